/**
 * Tests handed out to shards while they ask for more: the largest first, in portions that shrink.
 * A portion is what keeps one shard busy for half of its share of what is left, and one file at
 * least; so the end is at most 4/3 of the best possible one when files take as long as they are
 * known to. A shard that dies gives back what it held, and what it had done as well: what it found
 * out there has died with it. So every file is worked on until somebody has told of it, by one
 * lease at a time.
 *
 * Why 4/3: let p be the file that ends last. If p is at most a third of the optimum, it began when
 * all shards were busy, and ends within a third of the optimum after their average. If it is more,
 * at most two such files fit a shard, no portion before it held two, and largest-first is optimal.
 */
import { type Decider, isRejection, type Rejection, reject } from '#kernel/decider.ts'
import type { SplitEvent, TimedFile } from '../events/splits.ts'

/** They all stand in one event. */
export const FILES_MAX = 5_000

interface Asked {
  readonly at: number
  readonly by: string
}

export type SplitCommand =
  | (Asked & {
      readonly type: 'split.take'
      readonly lease: string
      /** What the caller has found, with what each takes; the first to ask decides. */
      readonly files: readonly TimedFile[]
      readonly shards: number
      /** Of its portion before: done, whatever came of it. */
      readonly isDone: boolean
      /** Leases whose end nobody will tell, or has told: they count for nothing. */
      readonly dead: readonly string[]
    })
  | (Asked & {
      /** For shards that are dealt their part beforehand: what is dealt, and to how many. */
      readonly type: 'split.open'
      readonly files: readonly TimedFile[]
      readonly shards: number
    })
  | (Asked & { readonly type: 'split.giveBack'; readonly leases: readonly string[] })

export interface Split {
  readonly status: 'unknown' | 'open'
  readonly shards: number
  /** Largest first. */
  readonly queue: readonly TimedFile[]
  readonly held: ReadonlyMap<string, readonly TimedFile[]>
  /** By lease what it has been through. */
  readonly done: ReadonlyMap<string, readonly TimedFile[]>
}

export type SplitRefusal = 'split.too-many-files' | 'split.twice'

type Answer = readonly SplitEvent[] | Rejection<SplitRefusal>

export const split: Decider<Split, SplitCommand, SplitEvent, SplitRefusal> = {
  initial: { status: 'unknown', shards: 0, queue: [], held: new Map(), done: new Map() },
  decide(command, state) {
    switch (command.type) {
      case 'split.take':
        return take(command, state)
      case 'split.open':
        return state.status === 'unknown' ? open(command) : []
      case 'split.giveBack':
        return givenBack(command, state, command.leases)
    }
  },
  evolve(state, event) {
    switch (event.type) {
      case 'split.opened':
        return {
          ...split.initial,
          status: 'open',
          shards: event.shards,
          queue: sorted(event.files),
        }
      case 'split.handed': {
        const handed = new Set(event.files)
        const files = state.queue.filter(({ file }) => handed.has(file))
        const queue = state.queue.filter(({ file }) => !handed.has(file))
        return { ...state, queue, held: new Map(state.held).set(event.lease, files) }
      }
      case 'split.done': {
        const { lease } = event
        const all = [...(state.done.get(lease) ?? []), ...(state.held.get(lease) ?? [])]
        const done = new Map(state.done).set(lease, all)
        return { ...state, held: without(state.held, lease), done }
      }
      case 'split.returned': {
        const { lease } = event
        const files = [...(state.held.get(lease) ?? []), ...(state.done.get(lease) ?? [])]
        const queue = sorted([...state.queue, ...files])
        const [held, done] = [without(state.held, lease), without(state.done, lease)]
        return { ...state, queue, held, done }
      }
    }
  },
}

export const splits = { kind: 'split', decider: split } as const

/** Whose word may still be lost: to be asked about before anything is handed out. */
export const leasesIn = ({ held, done }: Split): readonly string[] => [
  ...new Set([...held.keys(), ...done.keys()]),
]

/** Files still to be worked on by somebody. */
export const openFiles = ({ queue, held }: Split): number =>
  queue.length + [...held.values()].reduce((all, files) => all + files.length, 0)

type Take = Extract<SplitCommand, { type: 'split.take' }>

function take(command: Take, before: Split): Answer {
  const { at, by, lease } = command
  const events: SplitEvent[] = []
  let state = before
  const add = (...more: readonly SplitEvent[]) => {
    events.push(...more)
    state = more.reduce((s, event) => split.evolve(s, event), state)
  }
  if (state.status === 'unknown') {
    const opened = open(command)
    if (isRejection(opened)) return opened
    add(...opened)
  }
  add(...givenBack(command, state, command.dead))
  const holds = state.held.has(lease)
  // Asked again without being done: the answer was lost on its way, and is given once more.
  if (holds && !command.isDone) return events
  if (holds) add({ type: 'split.done', at, by, lease })
  const files = portion(state.queue, state.shards).map(({ file }) => file)
  if (files.length > 0) add({ type: 'split.handed', at, by, lease, files })
  return events
}

function open(command: Take | Extract<SplitCommand, { type: 'split.open' }>): Answer {
  const { at, by, files, shards } = command
  if (files.length > FILES_MAX)
    return reject(
      'split.too-many-files',
      `${files.length} files of tests; ${FILES_MAX} at most.`,
      'Name folders instead of files.',
    )
  if (new Set(files.map(({ file }) => file)).size !== files.length)
    return reject('split.twice', 'A file is named twice.', 'Name each file of tests once.')
  return [{ type: 'split.opened', at, by, files, shards }]
}

function givenBack({ at, by }: Asked, state: Split, leases: readonly string[]): SplitEvent[] {
  return leases
    .filter((lease) => state.held.has(lease) || state.done.has(lease))
    .map((lease) => ({ type: 'split.returned', at, by, lease }))
}

/** From the front of the queue: half of a shard's share of it, one file at least. */
export function portion(queue: readonly TimedFile[], shards: number): readonly TimedFile[] {
  const left = queue.reduce((all, { ms }) => all + ms, 0)
  const share = left / (2 * Math.max(1, shards))
  let taken = 0
  const end = queue.findIndex(({ ms }, i) => {
    if (i > 0 && taken + ms > share) return true
    taken += ms
    return false
  })
  return end < 0 ? queue : queue.slice(0, end)
}

/** Dealt before they start, for shards that cannot ask: each to the one that has least so far. */
export function dealt(files: readonly TimedFile[], shards: number): readonly TimedFile[][] {
  const hands = Array.from({ length: shards }, () => ({ ms: 0, files: [] as TimedFile[] }))
  for (const each of sorted(files)) {
    const [least] = hands.toSorted((a, b) => a.ms - b.ms || a.files.length - b.files.length)
    if (least === undefined) break
    least.files.push(each)
    least.ms += each.ms
  }
  return hands.map((hand) => hand.files)
}

/** Of one order for all who ask: by time, and by name where that is the same. */
function sorted(files: readonly TimedFile[]): readonly TimedFile[] {
  return files.toSorted((a, b) => b.ms - a.ms || (a.file < b.file ? -1 : 1))
}

function without<V>(map: ReadonlyMap<string, V>, key: string): ReadonlyMap<string, V> {
  return new Map([...map].filter(([name]) => name !== key))
}
