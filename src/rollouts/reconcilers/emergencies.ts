/**
 * Ends emergencies that are over, and judges afterwards what they did not wait for. The rights are
 * over by the clock whether or not this runs; what it writes down wakes those that waited on them.
 */
import { defineReconciler, type Next, type Reconciler } from '#engine/loop.ts'
import type { DomainEvent } from '#engine/store.ts'
import { SYSTEM } from '#kernel/actor.ts'
import type { Check } from '#gates/events.ts'
import { emergencies, overAt } from '../emergency/emergency.ts'
import type { EmergencyEvent, LateCheck } from '../events/emergency.ts'
import { emergenciesIn, reviewedAmong } from '../queries/emergencies.ts'
import { gatherFacts } from '../queries/facts.ts'
import type { RolloutNeeds } from './needs.ts'

/** A waiver that nobody takes back ends all the same. */
const WAIVED_LOOK_MS = 6 * 3_600_000
const EVERY_ONE = '*'
/** What changes what a late check says. */
const TELLING = new Set([
  'waiver.approved',
  'waiver.revoked',
  'run.finished',
  'record.checkReceived',
])

/** A job that is to prove a check may still run; nobody waits for this answer by the second. */
const AGAIN_MS = 30_000
/** More that owe a review at once than these are no emergencies. */
const OWING_MAX = 500

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
  return defineReconciler<DomainEvent>({
    kind: 'late',
    concurrency: 1,
    hears: ['emergency', 'waiver', 'run', 'record'],
    wokenBy({ event, id }) {
      if (TELLING.has(event.type)) return [EVERY_ONE]
      return event.type === 'emergency.used' ? [id] : []
    },
    async reconcile(id): Promise<Next> {
      if (id === EVERY_ONE) {
        const owing = await emergenciesIn(engine.reads, { owing: true, limit: OWING_MAX })
        const late = owing.filter((row) => row.state.uses.some((use) => use.late.length > 0))
        return engine.wake(late.map((row) => ({ kind: 'late', key: row.id })))
      }
      const { state } = await engine.load(emergencies, id)
      // What was looked back at is history, whatever is waived later.
      if (state.status === 'none' || (await reviewedAmong(engine.reads, [id])).has(id))
        return undefined
      const owed = state.uses.filter(({ late }) => late.length > 0)
      let goesOn = false
      let isWaived = false
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
        isWaived ||= checks.some((check) => check.state === 'waived')
        const by = { at: now(), by: SYSTEM.id }
        const command = { type: 'emergency.judgeLate', ...by, promotion, checks } as const
        await engine.execute(emergencies, id, command, { actor: SYSTEM })
      }
      if (goesOn) return { at: now() + AGAIN_MS }
      return isWaived ? { at: now() + WAIVED_LOOK_MS } : undefined
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
