/** What was said and done about a plan, newest first. */
import type { PlanHappening } from '../../api/plans.ts'
import { words } from '../../format/text.ts'
import { Card } from '../../kit/card.tsx'
import { When } from '../../kit/when.tsx'

export function History({ happenings }: { happenings: readonly PlanHappening[] }) {
  return (
    <Card title="What happened" aside="newest first">
      <ol className="max-h-80 space-y-1.5 overflow-y-auto" tabIndex={0} aria-label="What happened">
        {happenings.toReversed().map(({ type, at, by, service, reason }, i) => (
          // Two of them may be of one instant; they never change places.
          <li key={happenings.length - i} className="break-words">
            {words(type.replace(/^plan\./, ''))}
            {service !== undefined && `: ${service}`}{' '}
            <span className="text-quiet text-xs">
              {by}, <When at={at} />
            </span>
            {reason !== undefined && <p className="text-quiet text-xs">{reason}</p>}
          </li>
        ))}
      </ol>
    </Card>
  )
}
