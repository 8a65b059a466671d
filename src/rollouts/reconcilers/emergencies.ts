/**
 * Ends emergencies that are over, and judges afterwards what they did not wait for. The rights are
 * over by the clock whether or not this runs; what it writes down wakes those that waited on them.
 */
import { defineReconciler, type Next, type Reconciler } from '#engine/loop.ts'
import { SYSTEM } from '#kernel/actor.ts'
import type { Check } from '#gates/events.ts'
import { emergencies, overAt } from '../emergency/emergency.ts'
import type { EmergencyEvent, LateCheck } from '../events/emergency.ts'
import { gatherFacts } from '../queries/facts.ts'
import type { RolloutNeeds } from './needs.ts'

/** A job that is to prove a check may still run; nobody waits for this answer by the second. */
const AGAIN_MS = 30_000

export function emergencyKeeper({ engine, now }: RolloutNeeds): Reconciler {
  return defineReconciler<EmergencyEvent>({
    kind: 'emergency',
    concurrency: 1,
    hears: ['emergency'],
    wokenBy: ({ event, id }) =>
      event.type === 'emergency.requested' || event.type === 'emergency.started' ? [id] : [],
    async reconcile(id): Promise<Next> {
      const { state } = await engine.load(emergencies, id)
      if (state.status === 'none' || state.status === 'ended') return undefined
      const at = overAt(state)
      if (now() < at) return { at }
      const command = { type: 'emergency.lapse', at: now(), by: SYSTEM.id } as const
      await engine.execute(emergencies, id, command, { actor: SYSTEM })
      return undefined
    },
  })
}

export function lateKeeper({ engine, now }: RolloutNeeds): Reconciler {
  return defineReconciler<EmergencyEvent>({
    kind: 'late',
    concurrency: 1,
    hears: ['emergency'],
    wokenBy: ({ event, id }) =>
      event.type === 'emergency.used' && event.late.length > 0 ? [id] : [],
    async reconcile(id): Promise<Next> {
      const { state } = await engine.load(emergencies, id)
      if (state.status === 'none') return undefined
      const owed = state.uses.filter(({ late, judged }) => late.length > 0 && judged.length === 0)
      let goesOn = false
      for (const { promotion, release, late } of owed) {
        const { service, environment, requestedBy } = state
        const wish = { service, environment, release, origin: 'person', requestedBy } as const
        const gathered = await gatherFacts(engine.reads, wish, now())
        const found = 'missing' in gathered ? [] : gathered.facts.checks
        const checks = late.map((name) => lateCheck(name, found))
        if (checks.some((check) => check.state === 'pending')) {
          goesOn = true
          continue
        }
        const by = { at: now(), by: SYSTEM.id }
        const command = { type: 'emergency.judgeLate', ...by, promotion, checks } as const
        await engine.execute(emergencies, id, command, { actor: SYSTEM })
      }
      return goesOn ? { at: now() + AGAIN_MS } : undefined
    },
  })
}

function lateCheck(name: string, found: readonly Check[]): LateCheck {
  const check = found.find((each) => each.name === name)
  if (check === undefined)
    return { name, state: 'not-applicable', message: 'It is not asked for any more.', remedy: '' }
  const { state, message, remedy } = check
  return { name, state, message, remedy }
}
