/**
 * Lets flags change when they may: judges what waits, inside the transaction that changes it, and
 * takes the steps of ramps. All of it stands in the flag's history, so whoever looks next, after a
 * crash or on another server, goes on from there. A step that was due long ago is taken once, and
 * the next one waits its whole time.
 */
import type { Facts } from '#engine/engine.ts'
import { defineReconciler, type Next, type Reconciler } from '#engine/loop.ts'
import type { DomainEvent } from '#engine/store.ts'
import { SYSTEM } from '#kernel/actor.ts'
import { reject, type Rejection } from '#kernel/decider.ts'
import { decideFlag, decideFlagStep } from '../decide.ts'
import type { Verdict } from '../events/verdict.ts'
import type { FlagCommand } from '../flags/commands.ts'
import { type DefinedFlag, type Flag, flags, type Placement } from '../flags/flag.ts'
import { flagFacts, flagRows } from '../queries/flags.ts'
import type { Reads, RolloutNeeds } from './needs.ts'

/** What nobody told of, a change of who is in a team, is noticed within this. */
const LOOK_MS = 60_000
/** A wish that nobody said yes to for so long is not meant any more. */
const LAPSES_MS = 7 * 86_400_000
const EVERY_FLAG = '*'
const WAKING = new Set(['flag.planned', 'flag.approved', 'flag.changed', 'flag.stepped'])
/** What may open or close a way. */
const MOVING = new Set(['freeze', 'window', 'policy'])

export function flagKeeper(needs: RolloutNeeds): Reconciler {
  const { engine, now } = needs
  return defineReconciler<DomainEvent>({
    kind: 'flag',
    concurrency: 2,
    hears: ['flag', 'freeze', 'window', 'policy', 'slot'],
    wokenBy({ event: { type }, id }) {
      if (WAKING.has(type)) return [id]
      const [kind = ''] = type.split('.')
      return MOVING.has(kind) || type === 'slot.resumed' ? [EVERY_FLAG] : []
    },
    async reconcile(key): Promise<Next> {
      if (key === EVERY_FLAG) {
        const rows = (await flagRows(engine.reads)).filter(({ environments }) =>
          Object.values(environments).some(isMoving),
        )
        return engine.wake(rows.map(({ flag }) => ({ kind: 'flag', key: flag })))
      }
      const { state } = await engine.load(flags, key)
      if (state.status === 'none') return undefined
      const next: number[] = []
      for (const [environment, placement] of Object.entries(state.environments)) {
        if (placement.waiting !== undefined)
          next.push(await tryChange(needs, state, environment, placement.waiting))
        if (placement.live?.ramp !== undefined)
          next.push(await tryStep(needs, state, environment, placement.live))
      }
      const soonest = Math.min(...next)
      return Number.isFinite(soonest) ? { at: Math.max(soonest, now()) } : undefined
    },
  })
}

const isMoving = ({ live, waiting }: Placement) => waiting !== undefined || live?.ramp !== undefined

/** When to look again. */
async function tryChange(
  { engine, now }: RolloutNeeds,
  { flag, spec }: DefinedFlag,
  environment: string,
  waiting: NonNullable<Placement['waiting']>,
): Promise<number> {
  const by = { at: now(), by: SYSTEM.id, environment }
  const { change, planHash, requestedBy } = waiting
  if (by.at >= waiting.plannedAt + LAPSES_MS) {
    const reason = 'Nobody let it go in time.'
    const command = { type: 'flag.expire', ...by, reason } as const
    await engine.execute(flags, flag, command, { actor: SYSTEM })
    return Infinity
  }
  let seen: Verdict | undefined
  const go = async ({ state, reads }: Facts<Flag>): Promise<FlagCommand | Rejection> => {
    const now = waitingIn(state, environment)
    const about = { service: spec.service, environment, origin: 'person', requestedBy } as const
    seen = await verdictOf(reads, { ...about, waiting: now }, by.at, decideFlag)
    if (seen === undefined || seen.verdict !== 'allow') return notYet
    return { type: 'flag.change', ...by, change, planHash, verdict: seen }
  }
  const done = await engine.execute(flags, flag, go, { actor: SYSTEM })
  return 'rejected' in done ? Math.min(seen?.until ?? Infinity, by.at + LOOK_MS) : Infinity
}

async function tryStep(
  { engine, now }: RolloutNeeds,
  { flag, spec }: DefinedFlag,
  environment: string,
  { change, ramp, by: requestedBy }: NonNullable<Placement['live']>,
): Promise<number> {
  if (ramp === undefined) return Infinity
  const by = { at: now(), by: SYSTEM.id, environment }
  const dueAt = ramp.steppedAt + ramp.everyMs
  if (by.at < dueAt) return dueAt
  let seen: Verdict | undefined
  const go = async ({ reads }: Facts<Flag>): Promise<FlagCommand | Rejection> => {
    const about = { service: spec.service, environment, origin: 'automatic', requestedBy } as const
    seen = await verdictOf(reads, about, by.at, decideFlagStep)
    if (seen === undefined || seen.verdict !== 'allow') return notYet
    return { type: 'flag.step', ...by, change, step: ramp.step + 1, verdict: seen }
  }
  const done = await engine.execute(flags, flag, go, { actor: SYSTEM })
  if ('rejected' in done) return Math.min(seen?.until ?? Infinity, by.at + LOOK_MS)
  return ramp.step + 2 < ramp.steps.length ? by.at + ramp.everyMs : Infinity
}

const notYet = reject('flag.not-allowed', 'The change may not go now.', 'It goes when it may.')

const waitingIn = (state: Flag, environment: string) =>
  state.status === 'none' ? undefined : state.environments[environment]?.waiting

async function verdictOf(
  reads: Reads,
  about: Parameters<typeof flagFacts>[1],
  at: number,
  judge: typeof decideFlag,
): Promise<Verdict | undefined> {
  const facts = await flagFacts(reads, about, at)
  return 'rejected' in facts ? undefined : judge(facts, at)
}
