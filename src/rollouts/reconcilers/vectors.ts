/**
 * Writes down what ran together: whenever an environment has come to rest with all of its slots
 * validated. All slots are read inside the transaction that says so.
 */
import { defineReconciler, type Reconciler } from '#engine/loop.ts'
import { SYSTEM } from '#kernel/actor.ts'
import { reject, type Rejection } from '#kernel/decider.ts'
import type { SlotEvent } from '../events.ts'
import { type VectorCommand, vectors } from '../plans/vector.ts'
import { holderIn } from '../queries.ts'
import { vectorNow } from '../queries/vectors.ts'
import type { RolloutNeeds } from './needs.ts'

export function vectorKeeper({ engine, now }: RolloutNeeds): Reconciler {
  return defineReconciler<SlotEvent>({
    kind: 'vector',
    concurrency: 1,
    hears: ['slot'],
    wokenBy: ({ event, id }) => (event.type === 'slot.released' ? [environmentIn(id)] : []),
    async reconcile(environment) {
      // Where many services live something always moves, and whoever comes to rest wakes us.
      if ((await holderIn(engine.reads, environment)) !== undefined) return
      const seen = async ({ reads }: { reads: typeof engine.reads }): Promise<Said> => {
        const { members, digest, whyUnproven } = await vectorNow(reads, environment, 'settled')
        if (whyUnproven !== undefined)
          return reject('vector.unproven', whyUnproven, 'Wait until it has come to rest.')
        const by = { at: now(), by: SYSTEM.id }
        return { type: 'vector.validate', ...by, environment, digest, members }
      }
      await engine.execute(vectors, environment, seen, { actor: SYSTEM })
    },
  })
}

type Said = VectorCommand | Rejection

/** `<environment>/<service>`. */
const environmentIn = (slot: string) => slot.slice(0, slot.indexOf('/'))
