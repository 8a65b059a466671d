/** The runners: which there are, what each does, how well they keep, and what waits for them. */
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { fleetQuery } from '../api/queries.ts'
import type { Fleet, FleetRunner } from '../api/types.ts'
import { share } from '../format/flaky.ts'
import { ago, duration, instant } from '../format/text.ts'
import { Answer } from '../kit/answer.tsx'
import { Card } from '../kit/card.tsx'
import { Says, State } from '../kit/state.tsx'
import { type Column, Table } from '../kit/table.tsx'
import { When } from '../kit/when.tsx'
import { useNow } from '../shell/now.ts'
import { useTitle } from '../shell/title.ts'

const RUNNERS: readonly Column<FleetRunner>[] = [
  { heading: 'Runner', cell: ({ name }) => <span className="font-medium">{name}</span> },
  { heading: 'State', cell: ({ status }) => <RunnerState status={status} /> },
  { heading: 'Labels', cell: ({ labels }) => labels.join(', ') },
  { heading: 'Does', cell: (runner) => <Does runner={runner} /> },
  { heading: 'Since', cell: ({ since }) => <When at={since} /> },
  { heading: 'Heard', cell: ({ heardAt }) => <Heard at={heardAt} /> },
  { heading: 'Uptime', cell: ({ availability }) => <Uptime of={availability} /> },
]

type Queued = Fleet['queue'][number]
const QUEUE: readonly Column<Queued>[] = [
  { heading: 'Labels', cell: ({ labels }) => (labels.length === 0 ? 'any' : labels.join(', ')) },
  { heading: 'Waiting', cell: ({ waiting }) => waiting },
  { heading: 'Oldest', cell: ({ oldestAt }) => <When at={oldestAt} /> },
  {
    heading: 'Served',
    cell: ({ isServed }) =>
      isServed ? 'yes' : <Says tone="bad" text="no runner has these labels" />,
  },
]

export function FleetPage() {
  useTitle('Fleet')
  const fleet = useQuery(fleetQuery())
  return (
    <div className="space-y-4">
      <h1>Fleet</h1>
      <Answer query={fleet}>
        {({ runners, queue, availability }) => (
          <>
            <Card title="Runners" aside={<Uptime of={availability} isWhole />}>
              <Table
                label="Runners"
                rows={runners}
                columns={RUNNERS}
                keyOf={({ name }) => name}
                empty="No runner has ever asked for a job. Start one: signalbox runner --name build-1"
              />
            </Card>
            <Card title="Jobs that wait for a runner">
              <Table
                label="Jobs that wait for a runner"
                rows={queue}
                columns={QUEUE}
                keyOf={({ labels }) => labels.join(' ')}
                empty="Nothing waits."
              />
            </Card>
          </>
        )}
      </Answer>
    </div>
  )
}

function RunnerState({ status }: { status: FleetRunner['status'] }) {
  if (status === 'up') return <State of="passed" text="there" />
  return status === 'lost' ? <Says tone="bad" text="lost" /> : <Says tone="plain" text="ended" />
}

function Does({ runner: { jobs, status } }: { runner: FleetRunner }) {
  if (jobs.length === 0) return <span className="text-quiet">{status === 'up' ? 'idle' : ''}</span>
  return (
    <ul>
      {jobs.map(({ run, job, service, since }) => (
        <li key={`${run}/${job}`}>
          <Link to="/runs/$id" params={{ id: run }} search={{ job }}>
            {service} {job}
          </Link>{' '}
          <span className="text-quiet">
            <When at={since} />
          </span>
        </li>
      ))}
    </ul>
  )
}

function Heard({ at }: { at: number | null }) {
  const now = useNow()
  if (at === null) return <span className="text-quiet">not lately</span>
  return <span title={instant(at)}>{ago(at, now)}</span>
}

/** Good of known time; what nobody looked at is said, and is neither. */
function Uptime({ of, isWhole = false }: { of: Fleet['availability']; isWhole?: boolean }) {
  const { share: known, knownMs, unknownMs } = of
  const figure = known === null ? 'unknown' : share(known)
  const about = `${duration(knownMs)} known, ${duration(unknownMs)} unknown`
  return <span title={about}>{isWhole ? `uptime in 7 days: ${figure} (${about})` : figure}</span>
}
