/** Legs of one job as one box of the graph, with the state that asks for attention first. */
import type { Job } from '../api/types.ts'

export interface JobGroup {
  readonly name: string
  /** Of other groups. */
  readonly needs: readonly string[]
  readonly legs: readonly [Job, ...Job[]]
  /** The state of the whole. */
  readonly state: string
  readonly ended: number
  /** Of all legs that have ended. */
  readonly durationMs: number | undefined
  /** Whom a press on it chooses. */
  readonly first: Job
}

/** What is shown of several: the first of these that any of them is in. */
const LOUDEST = [
  'doubted',
  'unknown',
  'failed',
  'timedOut',
  'lost',
  'leased',
  'waiting',
  'cancelled',
  'succeeded',
  'cached',
  'skipped',
]

export const stateOf = (job: Job): string => job.outcome ?? job.status

export function groupsOf(jobs: readonly Job[]): readonly JobGroup[] {
  const names = new Map(jobs.map(({ name, of }) => [name, of]))
  return [...Map.groupBy(jobs, ({ of }) => of)].flatMap(([name, legs]) => {
    const [one, ...more] = legs
    if (one === undefined) return []
    const needs = new Set(legs.flatMap((leg) => leg.needs.map((need) => names.get(need) ?? need)))
    const states = new Set(legs.map(stateOf))
    const state = LOUDEST.find((each) => states.has(each)) ?? stateOf(one)
    const ended = legs.filter(({ outcome }) => outcome !== undefined)
    const took = ended.flatMap(({ durationMs }) => durationMs ?? [])
    return [
      {
        name,
        needs: [...needs],
        legs: [one, ...more] as const,
        state,
        ended: ended.length,
        durationMs: took.length === 0 ? undefined : Math.max(...took),
        first: legs.find((leg) => stateOf(leg) === state) ?? one,
      },
    ]
  })
}

/** What a leg is, beside the others of its job. */
export function legName({ leg, name }: Job): string {
  if (leg === undefined) return name
  const axes = Object.entries(leg.matrix).map(([axis, value]) => `${axis} ${value}`)
  const shard = leg.shard === undefined ? [] : [`${leg.shard.index} of ${leg.shard.total}`]
  return [...axes, ...shard].join(', ')
}
