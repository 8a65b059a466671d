/** One train: who would be on board of the next one, who not and why, and who was on the last. */
import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import type { TrainDetail } from '../api/plans.ts'
import { trainQuery } from '../api/queries.ts'
import { Answer } from '../kit/answer.tsx'
import { Card } from '../kit/card.tsx'
import { Do } from '../kit/do.tsx'
import { Fact, Facts } from '../kit/facts.tsx'
import { useTitle } from '../shell/title.ts'
import { Ahead } from './train/ahead.tsx'
import { Departures } from './train/departures.tsx'
import { Forecast } from './train/forecast.tsx'

export function TrainPage() {
  const { id } = useParams({ from: '/trains/$id' })
  const train = useQuery(trainQuery(id))
  return (
    <Answer query={train} heading={`Train ${id}`}>
      {(row) => <Train train={row} />}
    </Answer>
  )
}

function Train({ train }: { train: TrainDetail }) {
  const { id, from, to, next } = train
  useTitle(`Train ${id}`)
  return (
    <div className="space-y-4">
      <header className="flex flex-wrap items-end justify-between gap-x-6 gap-y-2">
        <div>
          <p className="text-quiet text-xs">
            Train · {from} <span aria-hidden="true">→</span>
            <span className="sr-only">to</span> {to}
          </p>
          <h1>{id}</h1>
        </div>
        <p role="status" className="text-lg font-semibold">
          {next === null ? (
            'No departure is in sight'
          ) : (
            <>
              Leaves <Ahead at={next} />
            </>
          )}
        </p>
      </header>
      <div className="beside">
        <div className="space-y-4">
          <Forecast train={train} />
          <Departures departures={train.departures} />
        </div>
        <Timetable train={train} />
      </div>
    </div>
  )
}

const LATE = { skip: 'is left out', run: 'is caught up with' } as const
const FAILS = {
  halt: 'its plan halts',
  continue: 'the rest goes on',
  'undo-group': 'its group goes back',
  'undo-plan': 'all of it goes back',
} as const

function Timetable({ train }: { train: TrainDetail }) {
  const { id, rule, zone, by, cutOffAt, late, onFailure, services, timetable, to } = train
  return (
    <Card title="Timetable">
      <Facts>
        <Fact name="Cut-off">
          <Ahead at={cutOffAt} />
        </Fact>
        <Fact name="Rule">
          <code className="font-mono text-xs">{rule}</code>
        </Fact>
        <Fact name="On the clock of">{zone}</Fact>
        <Fact name="A missed departure">{LATE[late]}</Fact>
        <Fact name="When one fails">{FAILS[onFailure]}</Fact>
        <Fact name="Goes in the name of">{by}</Fact>
        <Fact name="For">{services.length === 0 ? 'no service yet' : services.join(', ')}</Fact>
      </Facts>
      {timetable.length > 1 && (
        <>
          <h3 className="text-quiet mt-3 text-xs font-medium">And then</h3>
          <ol className="mb-3">
            {timetable.slice(1).map((at) => (
              <li key={at}>
                <Ahead at={at} />
              </li>
            ))}
          </ol>
        </>
      )}
      <Do
        name="Withdraw"
        title={`Withdraw the train ${id}?`}
        action="Withdraw it"
        weight="danger"
        role="operator"
        path={`/trains/${encodeURIComponent(id)}/withdraw`}
        body={(reason) => ({ reason })}
        reason="needed"
        typed={id}
      >
        <p>
          It leaves no more, and automation may move {services.length}{' '}
          {services.length === 1 ? 'service' : 'services'} in {to} again. A plan that left already
          goes on.
        </p>
      </Do>
    </Card>
  )
}
