/** The graph of jobs; one of them is chosen by a press, and of several legs below it. */
import type { Job } from '../api/types.ts'
import { duration } from '../format/text.ts'
import { Graph } from '../kit/graph.tsx'
import { State } from '../kit/state.tsx'
import { groupsOf, type JobGroup, legName, stateOf } from './job-groups.ts'

const BOX =
  'border-field bg-page flex size-full flex-col justify-center rounded-md border px-3 text-left'
const CHOSEN = 'aria-pressed:border-accent aria-pressed:ring-accent aria-pressed:ring-1'
const LEG = 'border-field bg-page flex min-h-7 items-center gap-2 rounded-md border px-2 text-xs'

interface Props {
  readonly jobs: readonly Job[]
  readonly selected: Job | undefined
  readonly onSelect: (name: string) => void
}

export function JobGraph({ jobs, selected, onSelect }: Props) {
  const main = groupsOf(jobs.filter(({ isFinal }) => !isFinal))
  const last = groupsOf(jobs.filter(({ isFinal }) => isFinal))
  const chosen = [...main, ...last].find(({ name }) => name === selected?.of)
  return (
    <div className="space-y-3">
      <Groups label="Jobs in the order they run" {...{ groups: main, selected, onSelect }} />
      {last.length > 0 && (
        <section className="border-field space-y-2 border-t pt-3">
          <h3 className="text-quiet text-xs">Finally, whatever came of them</h3>
          <Groups label="Jobs that run at the end" {...{ groups: last, selected, onSelect }} />
        </section>
      )}
      {chosen !== undefined && chosen.legs.length > 1 && (
        <Legs {...{ group: chosen, selected, onSelect }} />
      )}
    </div>
  )
}

interface GroupsProps extends Omit<Props, 'jobs'> {
  readonly label: string
  readonly groups: readonly JobGroup[]
}

function Groups({ label, groups, selected, onSelect }: GroupsProps) {
  return (
    <Graph label={label} nodes={groups}>
      {({ name, first, legs, state, ended, durationMs }) => (
        <button
          type="button"
          aria-pressed={name === selected?.of}
          onClick={() => onSelect(first.name)}
          className={`${BOX} ${CHOSEN}`}
        >
          <span className="flex justify-between gap-2">
            <span className="truncate font-medium">{name}</span>
            {legs.length > 1 && (
              <span className="text-quiet text-xs">
                {ended} of {legs.length}
              </span>
            )}
          </span>
          <span className="flex justify-between text-xs">
            <State of={state} />
            <span className="text-quiet">
              {durationMs === undefined ? '' : duration(durationMs)}
            </span>
          </span>
        </button>
      )}
    </Graph>
  )
}

function Legs({ group, selected, onSelect }: Omit<Props, 'jobs'> & { group: JobGroup }) {
  return (
    <ul aria-label={`Legs of ${group.name}`} className="flex flex-wrap gap-2">
      {group.legs.map((leg) => (
        <li key={leg.name}>
          <button
            type="button"
            aria-pressed={leg.name === selected?.name}
            onClick={() => onSelect(leg.name)}
            className={`${LEG} ${CHOSEN}`}
          >
            <State of={stateOf(leg)} text={legName(leg)} />
          </button>
        </li>
      ))}
    </ul>
  )
}
