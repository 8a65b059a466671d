/**
 * Reads what is to be filled back, a page a turn: what a page tells is recorded before the place
 * moves on, so that a server that dies reads a page twice and loses none.
 */
import type { Engine } from '#engine/engine.ts'
import { defineReconciler, type Reconciler } from '#engine/loop.ts'
import { SYSTEM } from '#kernel/actor.ts'
import { Fault } from '#kernel/fault.ts'
import { type BackfillEvent, backfills } from '../backfill/backfill.ts'
import { storable } from '../hooks/storable.ts'
import type { Backfill } from '../ports.ts'
import { recordObservations } from './record.ts'

interface Needs {
  readonly engine: Engine
  readonly sources: readonly Backfill[]
  now(): number
}

export function backfillLoop({ engine, sources, now }: Needs): Reconciler {
  const known = new Map(sources.map((source) => [source.connection, source]))
  const asked = { actor: SYSTEM }
  return defineReconciler<BackfillEvent>({
    kind: 'backfill',
    // A tool's patience is for all its repositories together.
    concurrency: 1,
    hears: ['backfill'],
    wokenBy: ({ event, id }) =>
      event.type === 'backfill.requested' ||
      (event.type === 'backfill.advanced' && event.next !== null)
        ? [id]
        : [],
    async reconcile(id) {
      const { state } = await engine.load(backfills, id)
      if (state.status !== 'running') return
      const { connection, repository, since, place } = state
      const by = { at: now(), by: SYSTEM.id }
      const fail = (reason: string) =>
        engine.execute(backfills, id, { type: 'backfill.fail', ...by, reason }, asked)
      const source = known.get(connection)
      if (source === undefined) {
        await fail(`There is no connection ${connection} any more.`)
        return
      }
      try {
        const page = await source.page({ repository, since, at: place, now: by.at })
        if (page.waitUntil !== undefined) return { at: page.waitUntil }
        const told = storable(page.observations)
        await recordObservations(engine, told, { ...asked, now: by.at })
        const facts = { observations: told.length, notes: page.notes.length, next: page.next }
        const command = { type: 'backfill.advance' as const, ...by, from: place, ...facts }
        await engine.execute(backfills, id, command, asked)
      } catch (error) {
        if (!(error instanceof Fault) || error.retry) throw error
        await fail(`${error.message} ${error.remedy}`)
      }
    },
  })
}
