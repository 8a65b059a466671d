/**
 * Looks at what runs, every minute, and compares it with what was deployed. Nobody tells when
 * somebody goes to a machine and starts something, so it has to be looked for.
 */
import { environments, services } from '#catalog/queries.ts'
import type { Engine } from '#engine/engine.ts'
import { defineReconciler, type Reconciler } from '#engine/loop.ts'
import { SYSTEM } from '#kernel/actor.ts'
import type { SlotEvent } from '#rollouts/events.ts'
import type { RunningThing, Snapshots } from '../ports/snapshots.ts'
import { deployedAs, snapshotRows } from '../queries/snapshots.ts'
import { untracedIn } from '../snapshots/reconcile.ts'
import { snapshots as things } from '../snapshots/snapshot.ts'

export interface SnapshotNeeds {
  readonly engine: Engine
  readonly snapshots: Snapshots
  now(): number
}

/** One look sees the whole target. */
export const ALL_SLOTS = 'all'
/** So soon is it found; a look costs some file system, and no traffic. */
const LOOK_MS = 60_000

export function snapshotKeeper(needs: SnapshotNeeds): Reconciler {
  return defineReconciler<SlotEvent>({
    kind: 'snapshot',
    concurrency: 1,
    hears: ['slot'],
    wokenBy: ({ event }) => (event.type === 'slot.opened' ? [ALL_SLOTS] : []),
    async reconcile(_, { signal }) {
      const running = await needs.snapshots.take()
      if (running !== undefined) await compare(needs, running, signal)
      return { at: needs.now() + LOOK_MS }
    },
  })
}

async function compare(
  { engine, now }: SnapshotNeeds,
  running: readonly RunningThing[],
  signal: AbortSignal,
): Promise<void> {
  const seen = Map.groupBy(running, ({ slot }) => `${slot.environment}/${slot.service}`)
  const known = new Map((await snapshotRows(engine.reads)).map((row) => [row.id, row]))
  const kinds = new Map((await environments(engine.reads)).map(({ name, kind }) => [name, kind]))
  const tiers = new Map((await services(engine.reads)).map(({ name, tier }) => [name, tier]))
  for (const id of new Set([...seen.keys(), ...known.keys()])) {
    if (signal.aborted) return
    const [environment = '', service = ''] = id.split('/')
    const groups = seen.get(id) ?? []
    const artifacts = groups.map(({ artifact }) => artifact)
    const facts = { service, environment, artifacts, at: now(), by: SYSTEM.id }
    // Asked for in the transaction: what is being deployed now is on record before it runs.
    await engine.execute(
      things,
      id,
      async ({ reads }) => ({
        type: 'snapshot.record' as const,
        ...facts,
        environmentKind: kinds.get(environment) ?? 'unknown',
        tier: tiers.get(service) ?? 0,
        untraced: untracedIn(
          { service, environment },
          groups,
          await deployedAs(reads, [...new Set(groups.map(({ group }) => group))]),
        ),
      }),
      { actor: SYSTEM },
    )
  }
}
