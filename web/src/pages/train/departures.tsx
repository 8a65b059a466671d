/** Trains that left, or should have: who was on board is unfolded. */
import { Link } from '@tanstack/react-router'
import type { Departure } from '../../api/plans.ts'
import { instant } from '../../format/text.ts'
import { Card, Quiet } from '../../kit/card.tsx'
import { State } from '../../kit/state.tsx'
import { Boarding } from './forecast.tsx'

export function Departures({ departures }: { departures: readonly Departure[] }) {
  return (
    <Card title="Departures" aside="newest first">
      {departures.length === 0 ? (
        <Quiet>It has not left yet.</Quiet>
      ) : (
        <ul className="divide-line divide-y">
          {departures.map((each) => (
            <li key={each.departsAt} className="py-2 first:pt-0 last:pb-0">
              <One departure={each} />
            </li>
          ))}
        </ul>
      )}
    </Card>
  )
}

function One({ departure }: { departure: Departure }) {
  const { departsAt, leftAt, plan, reason, boards, leftBehind } = departure
  return (
    <>
      <p className="flex flex-wrap items-baseline gap-x-3">
        <time dateTime={new Date(departsAt).toISOString()}>{instant(departsAt)}</time>
        {leftAt === null ? (
          <State of="missed" tone="bad" text="Missed" />
        ) : plan === null ? (
          <State of="empty" text="Left with nobody on board" />
        ) : (
          <>
            <State of="left" tone="good" text="Left as" />
            <Link to="/plans/$id" params={{ id: plan }}>
              {plan}
            </Link>
          </>
        )}
      </p>
      {reason !== null && <p className="text-quiet">{reason}</p>}
      {leftAt !== null && (
        <details>
          <summary className="text-quiet min-h-6 cursor-pointer text-xs">
            {boards.length} on board, {leftBehind.length} left behind
          </summary>
          <div className="mt-2">
            <Boarding boards={boards} leftBehind={leftBehind} />
          </div>
        </details>
      )}
    </>
  )
}
