/** Where the time of a run went: what it waited for, in order, and what could be had back. */
import { useQuery } from '@tanstack/react-query'
import { runPerformanceQuery } from '../api/queries.ts'
import type { RunPerformance } from '../api/types.ts'
import { duration } from '../format/text.ts'
import { Card } from '../kit/card.tsx'

export function RunPerformanceCard({ run }: { run: string }) {
  const { data } = useQuery(runPerformanceQuery(run))
  if (data?.performance == null) return null
  const { wallMs, criticalPath, recoverable, cache, costMs, lostMs } = data.performance
  return (
    <Card title="Where the time went" aside={`${duration(wallMs)} from push to end`}>
      <Chain performance={data.performance} />
      <dl className="mt-3 grid gap-x-6 gap-y-2 sm:grid-cols-2 lg:grid-cols-3">
        <Figure name="Critical path" value={duration(criticalPath.ms)}>
          {criticalPath.jobs.join(' → ')}
        </Figure>
        <Figure name="With a runner for every job" value={less(recoverable.byRunnersMs)} />
        <Figure name="With everything found in the cache" value={less(recoverable.byCacheMs)}>
          {cache.asked > 0 && `${cache.found} of ${cache.asked} jobs were found`}
        </Figure>
        <Figure name="Without retries" value={less(recoverable.byRetriesMs)} />
        <Figure name="Time of runners" value={duration(costMs)}>
          {lostMs > 0 && `${duration(lostMs)} of it in attempts that came to nothing`}
        </Figure>
      </dl>
    </Card>
  )
}

const less = (ms: number) => (ms < 1 ? 'nothing less' : `${duration(ms)} less`)

interface FigureProps {
  readonly name: string
  readonly value: string
  readonly children?: React.ReactNode
}

function Figure({ name, value, children }: FigureProps) {
  return (
    <div>
      <dt className="text-quiet text-xs">{name}</dt>
      <dd className="font-medium">
        {value}
        {children && <span className="text-quiet block text-xs font-normal">{children}</span>}
      </dd>
    </div>
  )
}

/** A bar for the eye; the list below it says the same. */
function Chain({ performance: { waitedFor, wallMs } }: { performance: RunPerformance }) {
  const width = (ms: number) => ({ width: `${wallMs === 0 ? 0 : (ms / wallMs) * 100}%` })
  return (
    <>
      <div aria-hidden="true" className="flex h-3 overflow-hidden rounded">
        {waitedFor.map(({ job, queueMs, workMs }) => (
          <span key={job} className="contents">
            <span className="bg-track block" style={width(queueMs)} />
            <span className="bg-stable border-card block border-r" style={width(workMs)} />
          </span>
        ))}
      </div>
      <ol aria-label="What the run waited for" className="mt-2 flex flex-wrap gap-x-4 text-xs">
        {waitedFor.map(({ job, queueMs, workMs }) => (
          <li key={job}>
            <span className="font-medium">{job}</span> {duration(workMs)}
            {queueMs >= 1 && (
              <span className="text-quiet"> after {duration(queueMs)} in the queue</span>
            )}
          </li>
        ))}
      </ol>
    </>
  )
}
