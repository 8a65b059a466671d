/** When each job worked: a bar for the eye, and beside it the same in words. */
import type { Job } from '../../api/types.ts'
import { duration } from '../../format/text.ts'
import { type Bar, barsOf } from '../../format/waterfall.ts'
import { State } from '../../kit/state.tsx'
import { useNow } from '../../shell/now.ts'

interface Props {
  readonly jobs: readonly Job[]
  readonly queuedAt: number
  /** Names along the critical path. */
  readonly critical: readonly string[]
  readonly selected: Job | undefined
  readonly onSelect: (name: string) => void
}

export function Waterfall({ jobs, queuedAt, critical, selected, onSelect }: Props) {
  const now = useNow()
  const bars = barsOf(jobs, queuedAt, now)
  const idle = jobs.filter(({ startedAt }) => startedAt === undefined)
  if (bars.length === 0) return <p className="text-quiet">No job has begun yet.</p>
  return (
    <>
      <ol aria-label="Jobs by when they worked" className="max-h-[32rem] overflow-y-auto">
        {bars.map((bar) => (
          <li key={bar.job.name}>
            <Row
              bar={bar}
              isCritical={critical.includes(bar.job.name)}
              isChosen={bar.job.name === selected?.name}
              onSelect={() => onSelect(bar.job.name)}
            />
          </li>
        ))}
      </ol>
      <p className="text-quiet mt-2 flex flex-wrap gap-x-4 text-xs">
        <span>
          <span aria-hidden="true" className="bar-key bg-canary" /> on the critical path
        </span>
        <span>
          <span aria-hidden="true" className="bar-key bg-stable" /> work
        </span>
        <span>
          <span aria-hidden="true" className="bar-key bg-track" /> waited for a runner
        </span>
        {idle.length > 0 && <span>{idle.length} did not begin</span>}
      </p>
    </>
  )
}

function Row(props: {
  bar: Bar<Job>
  isCritical: boolean
  isChosen: boolean
  onSelect: () => void
}) {
  const { bar, isCritical, isChosen, onSelect } = props
  const { job, waitMs, workMs, waitsFrom, from, to } = bar
  return (
    <button
      type="button"
      aria-pressed={isChosen}
      onClick={onSelect}
      className="waterfall-row aria-pressed:bg-page hover:bg-page"
    >
      <span className="truncate font-medium" title={job.name}>
        {job.name}
      </span>
      <span aria-hidden="true" className="relative h-3">
        <span
          className="bg-track absolute inset-y-0 rounded-l"
          style={{ left: `${waitsFrom}%`, width: `${from - waitsFrom}%` }}
        />
        <span
          className={`absolute inset-y-0 min-w-0.5 rounded-sm ${isCritical ? 'bg-canary' : 'bg-stable'}`}
          style={{ left: `${from}%`, width: `${to - from}%` }}
        />
      </span>
      <span className="text-xs whitespace-nowrap">
        <State of={job.outcome ?? job.status} text={duration(workMs)} />
        {waitMs >= 1_000 && <span className="text-quiet"> after {duration(waitMs)}</span>}
        {isCritical && <span className="sr-only">, on the critical path</span>}
      </span>
    </button>
  )
}
