/** Where runs wait: the jobs that decide when they end, what could be had back, week by week. */
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { Pipelines } from '../../api/insights.ts'
import { pipelinesQuery } from '../../api/queries.ts'
import { count, dayAndClock, duration, percent } from '../../format/text.ts'
import { Answer } from '../../kit/answer.tsx'
import { Card } from '../../kit/card.tsx'
import { type Column, Table } from '../../kit/table.tsx'

const TOP = 5

export function PipelinesSection({ at }: { at: Readonly<Record<string, string>> }) {
  const pipelines = useQuery(pipelinesQuery(at))
  return (
    <section aria-labelledby="pipelines" className="mt-6 space-y-4">
      <h2 id="pipelines">Bottlenecks of pipelines</h2>
      <Answer query={pipelines}>
        {(row) =>
          row.runs === 0 ? (
            <p className="text-quiet">No run has ended in these days.</p>
          ) : (
            <>
              <Figures of={row} />
              <Bottlenecks of={row} />
              <Weeks of={row} />
            </>
          )
        }
      </Answer>
    </section>
  )
}

function Figures({ of }: { of: Pipelines }) {
  const { recoverable, cache } = of
  const figures = [
    ['From push to end', took(of.wallP50Ms), `${took(of.wallP90Ms)} for nine of ten`],
    [
      'Waiting for a runner',
      duration(of.queueMs),
      `over ${count(of.runs)} ${of.runs === 1 ? 'run' : 'runs'}`,
    ],
    ['Found in the cache', shareOf(cache), `of ${cache.asked} jobs that could be`],
    ['Time of runners', duration(of.costMs), `${duration(of.lostMs)} of it lost in attempts`],
    [
      'To be had back',
      duration(Math.max(...Object.values(recoverable))),
      `runners ${duration(recoverable.byRunnersMs)}, cache ${duration(recoverable.byCacheMs)}, ` +
        `retries ${duration(recoverable.byRetriesMs)}; each taken alone`,
    ],
  ] as const
  return (
    <ul aria-label="Figures of pipelines" className="grid gap-4 sm:grid-cols-2 xl:grid-cols-3">
      {figures.map(([title, value, more]) => (
        <li key={title}>
          <Card title={title}>
            <p className="text-2xl font-semibold">{value}</p>
            <p className="text-quiet">{more}</p>
          </Card>
        </li>
      ))}
    </ul>
  )
}

type Bottleneck = Pipelines['bottlenecks'][number]

const BOTTLENECKS: readonly Column<Bottleneck>[] = [
  {
    heading: 'Job',
    cell: ({ service, job }) => (
      <Link to="/runs" search={{ service }} className="font-medium">
        {service} {job}
      </Link>
    ),
  },
  { heading: 'Share of waiting', numeric: true, cell: ({ share }) => percent(share) },
  { heading: 'Waited for it', numeric: true, cell: ({ waitedMs }) => duration(waitedMs) },
  { heading: 'Queue a run', numeric: true, cell: (row) => duration(row.queueMs / row.runs) },
  { heading: 'Work a run', numeric: true, cell: (row) => duration(row.workMs / row.runs) },
  { heading: 'Runs', numeric: true, cell: ({ runs }) => runs },
]

function Bottlenecks({ of: { bottlenecks, every } }: { of: Pipelines }) {
  const top = bottlenecks.slice(0, TOP)
  const share = top.reduce((all, one) => all + one.share, 0)
  const which = top.length === 1 ? 'One job is' : `${top.length} jobs are`
  return (
    <Card
      title={`${which} ${percent(share)} of what runs waited for`}
      aside={every === 1 ? undefined : `one run in ${every} was looked at`}
    >
      <Table
        label="Jobs that runs wait for"
        rows={bottlenecks}
        columns={BOTTLENECKS}
        keyOf={({ service, job }) => `${service} ${job}`}
        empty="No job ran."
      />
    </Card>
  )
}

type Week = Pipelines['weeks'][number]

const WEEKS: readonly Column<Week>[] = [
  { heading: 'Week from', cell: ({ from }) => dayAndClock(from) },
  { heading: 'Runs', numeric: true, cell: ({ runs }) => runs },
  { heading: 'Median', numeric: true, cell: ({ wallP50Ms }) => duration(wallP50Ms) },
  { heading: 'Nine of ten', numeric: true, cell: ({ wallP90Ms }) => duration(wallP90Ms) },
  { heading: 'In queues', numeric: true, cell: ({ queueMs }) => duration(queueMs) },
  { heading: 'Time of runners', numeric: true, cell: ({ costMs }) => duration(costMs) },
  { heading: 'From the cache', numeric: true, cell: ({ cache }) => shareOf(cache) },
]

function Weeks({ of: { weeks } }: { of: Pipelines }) {
  return (
    <Card title="Week by week">
      <Table
        label="Pipelines week by week"
        rows={weeks}
        columns={WEEKS}
        keyOf={({ from }) => `${from}`}
        empty="No run has ended."
      />
    </Card>
  )
}

const took = (ms: number | null) => (ms === null ? '–' : duration(ms))
const shareOf = ({ found, asked }: Pipelines['cache']) =>
  asked === 0 ? '–' : percent(found / asked)
