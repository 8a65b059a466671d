/** The graph of jobs; one of them is chosen by a press. */
import type { Job } from '../api/types.ts'
import { duration } from '../format/text.ts'
import { Graph } from '../kit/graph.tsx'
import { State } from '../kit/state.tsx'

const BOX =
  'border-field bg-page flex size-full flex-col justify-center rounded-md border px-3 text-left'
const CHOSEN = 'aria-pressed:border-accent aria-pressed:ring-accent aria-pressed:ring-1'

export function JobGraph({
  jobs,
  selected,
  onSelect,
}: {
  jobs: readonly Job[]
  selected: string | undefined
  onSelect: (name: string) => void
}) {
  return (
    <Graph label="Jobs in the order they run" nodes={jobs}>
      {(job) => (
        <button
          type="button"
          aria-pressed={job.name === selected}
          onClick={() => onSelect(job.name)}
          className={`${BOX} ${CHOSEN}`}
        >
          <span className="truncate font-medium">{job.name}</span>
          <span className="flex justify-between text-xs">
            <State of={job.outcome ?? job.status} />
            <span className="text-quiet">
              {job.durationMs === undefined ? '' : duration(job.durationMs)}
            </span>
          </span>
        </button>
      )}
    </Graph>
  )
}
