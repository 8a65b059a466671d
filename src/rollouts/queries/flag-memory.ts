/**
 * The flags of this process, held in memory so that an answer costs no question, and there is one
 * while the database is away. The feed says what happened since; an event that does not follow on
 * what is held, and a first look, read the flag anew.
 */
import { environments } from '#catalog/queries.ts'
import type { Feed } from '#engine/feed.ts'
import type { Logger } from '#engine/log.ts'
import type { Reads } from '#engine/sql.ts'
import type { Recorded } from '#engine/store.ts'
import { streamParts } from '#engine/views.ts'
import type { FlagEvent } from '../events/flags.ts'
import { type DefinedFlag, flag as decider } from '../flags/flag.ts'
import { definedOf, flagNamed, flagRows } from './flags.ts'

interface Held {
  readonly state: DefinedFlag
  readonly version: number
}

export interface FlagMemory {
  named(flag: string): DefinedFlag | undefined
  /** In order of their names. */
  all(): readonly DefinedFlag[]
  hasEnvironment(name: string): boolean
  environments(): readonly string[]
  /** Watches first and reads then: nothing falls in between. */
  start(feed: Feed): Promise<void>
}

export function flagMemory(reads: Reads, log: Logger): FlagMemory {
  const held = new Map<string, Held>()
  const places = new Set<string>()
  let ordered: readonly DefinedFlag[] | undefined
  const keep = (name: string, next: Held) => {
    if ((held.get(name)?.version ?? 0) >= next.version) return
    held.set(name, next)
    ordered = undefined
  }
  const readPlaces = async () => {
    for (const { name } of await environments(reads)) places.add(name)
  }
  const readFlag = async (name: string) => {
    const row = await flagNamed(reads, name)
    if (row !== undefined) keep(name, { state: definedOf(row), version: row.revision })
  }
  const later = (work: Promise<void>) =>
    void work.catch((error: unknown) => log.warn({ err: error }, 'a flag cannot be read anew'))
  const hear = ({ stream, version, event }: Recorded) => {
    const { kind, id } = streamParts(stream)
    if (kind === 'environment') return later(readPlaces())
    if (kind !== 'flag') return
    const known = held.get(id)
    if (version <= (known?.version ?? 0)) return
    if (version !== (known?.version ?? 0) + 1) return later(readFlag(id))
    const state = decider.evolve(known?.state ?? decider.initial, event as FlagEvent)
    if (state.status === 'defined') keep(id, { state, version })
  }
  return {
    named: (name) => held.get(name)?.state,
    all: () =>
      (ordered ??= [...held.values()]
        .map(({ state }) => state)
        .sort((a, b) => (a.flag < b.flag ? -1 : 1))),
    hasEnvironment: (name) => places.has(name),
    environments: () => [...places].sort(),
    async start(feed) {
      await feed.watch(hear)
      await readPlaces()
      for (const row of await flagRows(reads))
        keep(row.flag, { state: definedOf(row), version: row.revision })
    },
  }
}
