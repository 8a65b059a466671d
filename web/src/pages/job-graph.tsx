/** The graph of jobs: a picture for the eye, and the same as an ordered list for everyone else. */
import type { Job } from '../api/types.ts'
import { duration } from '../format/text.ts'
import { State } from '../kit/state.tsx'
import { layOut } from './job-graph.ts'

const BOX = 'border-field bg-page flex flex-col justify-center rounded-md border px-3 text-left'
const CHOSEN = 'aria-pressed:border-accent aria-pressed:ring-accent aria-pressed:ring-1'
const WIDTH = 176
const HEIGHT = 46
const GAP_X = 44
const GAP_Y = 12

export function JobGraph({
  jobs,
  selected,
  onSelect,
}: {
  jobs: readonly Job[]
  selected: string | undefined
  onSelect: (name: string) => void
}) {
  const placed = layOut(jobs)
  const at = new Map(placed.map((node) => [node.name, node]))
  const columns = Math.max(...placed.map(({ column }) => column)) + 1
  const rows = Math.max(...placed.map(({ row }) => row)) + 1
  const x = (column: number) => column * (WIDTH + GAP_X)
  const y = (row: number) => row * (HEIGHT + GAP_Y)
  const width = x(columns) - GAP_X
  const height = y(rows) - GAP_Y
  return (
    <div className="overflow-x-auto">
      <div className="relative" style={{ width, height }}>
        <svg aria-hidden="true" width={width} height={height} className="absolute inset-0">
          {jobs.flatMap(({ name, needs }) =>
            needs.map((need) => {
              const [from, to] = [at.get(need), at.get(name)]
              if (from === undefined || to === undefined) return null
              const [x1, y1] = [x(from.column) + WIDTH, y(from.row) + HEIGHT / 2]
              const [x2, y2] = [x(to.column), y(to.row) + HEIGHT / 2]
              // Straight along its row, and down or up in the last gap.
              const middle = x2 - GAP_X / 2
              const bend = `H ${x2 - GAP_X} C ${middle} ${y1}, ${middle} ${y2}, ${x2} ${y2}`
              return <path key={`${need} ${name}`} d={`M ${x1} ${y1} ${bend}`} className="edge" />
            }),
          )}
        </svg>
        <ol aria-label="Jobs in the order they run">
          {jobs.map((job) => {
            const { column = 0, row = 0 } = at.get(job.name) ?? {}
            return (
              <li key={job.name} className="absolute" style={{ left: x(column), top: y(row) }}>
                <button
                  type="button"
                  aria-pressed={job.name === selected}
                  onClick={() => onSelect(job.name)}
                  style={{ width: WIDTH, height: HEIGHT }}
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
              </li>
            )
          })}
        </ol>
      </div>
    </div>
  )
}
