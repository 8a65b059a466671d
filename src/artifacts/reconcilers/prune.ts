/**
 * Removes the bytes of what was pruned, some time after it was recorded. What has come to be
 * referred to since is spared. The record comes last: until then the removal is repeated.
 */
import type { Engine } from '#engine/engine.ts'
import { defineReconciler, type Reconciler } from '#engine/loop.ts'
import { SYSTEM } from '#kernel/actor.ts'
import { artifacts } from '../artifact.ts'
import type { ArtifactCommand } from '../commands.ts'
import type { ArtifactEvent } from '../events.ts'
import type { Registry } from '../ports.ts'
import { prunedArtifacts, type ReferencesTo } from '../queries.ts'
import { REMOVAL_MS } from '../retention.ts'

/** Each time every manifest that stays is read once; the rest is next. */
const AT_ONCE_MAX = 500
/** One removal looks at the whole registry, so there is one for all. */
const ALL = 'all'

export interface PruneNeeds {
  readonly engine: Engine
  readonly registry: Registry
  readonly referencesTo: ReferencesTo
  now(): number
}

export const reconcilers = (needs: PruneNeeds): readonly Reconciler[] => [
  defineReconciler<ArtifactEvent>({
    kind: 'removal',
    concurrency: 1,
    hears: ['artifact'],
    wokenBy: ({ event }) => (event.type === 'artifact.pruned' ? [ALL] : []),
    async reconcile(_, { signal }) {
      const { engine, registry, now } = needs
      const pruned = await prunedArtifacts(engine.reads, AT_ONCE_MAX)
      const due = pruned.filter(({ pruned_at: at }) => now() - (at ?? 0) >= REMOVAL_MS)
      const going: string[] = []
      for (const { digest, service } of due)
        if (!(await isSpared(needs, digest, service))) going.push(digest)
      if (signal.aborted) return { at: now() }
      if (going.length > 0) await registry.remove(going)
      for (const digest of going) await execute(needs, digest, { type: 'artifact.remove' })
      if (pruned.length === AT_ONCE_MAX && due.length > 0) return { at: now() }
      const next = pruned.find((row) => !due.includes(row))?.pruned_at
      return next === undefined || next === null ? undefined : { at: next + REMOVAL_MS }
    },
  }),
]

async function isSpared(needs: PruneNeeds, digest: string, service: string): Promise<boolean> {
  const { engine, referencesTo, now } = needs
  const references = await referencesTo(engine.reads, service, now())
  const reference = references.find(({ artifact }) => artifact === digest)
  if (reference === undefined) return false
  await execute(needs, digest, { type: 'artifact.spare', reference })
  return true
}

type Bare =
  | Pick<Extract<ArtifactCommand, { type: 'artifact.remove' }>, 'type'>
  | Pick<Extract<ArtifactCommand, { type: 'artifact.spare' }>, 'type' | 'reference'>

function execute({ engine, now }: PruneNeeds, digest: string, command: Bare) {
  const facts = { at: now(), by: SYSTEM.id, digest }
  return engine.execute(artifacts, digest, { ...command, ...facts }, { actor: SYSTEM })
}
