/**
 * Sends back what is on its way into a slot, for a hotfix that may go but for it. Judged once more
 * in the transaction that asks for the abort: what started, or became safe to leave, meanwhile
 * stays.
 */
import { SYSTEM } from '#kernel/actor.ts'
import { reject, type Rejection } from '#kernel/decider.ts'
import type { DeploymentCommand } from '../commands.ts'
import { decide } from '../decide.ts'
import { deployments } from '../deployment.ts'
import type { Verdict } from '../events.ts'
import type { Waiting } from '../promotion.ts'
import { gatherFacts, wishOf } from '../queries/facts.ts'
import type { RolloutNeeds } from './needs.ts'

/** Whether all that it waits for is what it may send back. */
export function preempts({ reasons }: Pick<Verdict, 'reasons'>): boolean {
  const unmet = reasons.filter(({ state }) => state !== 'met')
  return unmet.length > 0 && unmet.every(({ code }) => code === 'slot.preempts')
}

export async function preempt(
  { engine, now }: RolloutNeeds,
  state: Waiting,
  active: string,
): Promise<void> {
  const by = { at: now(), by: SYSTEM.id }
  const { promotion, version, plan } = state
  await engine.execute(
    deployments,
    active,
    async ({ reads }): Promise<DeploymentCommand | Rejection> => {
      const gathered = await gatherFacts(reads, wishOf(state), by.at)
      const mayGo =
        !('missing' in gathered) &&
        gathered.facts.slot.active?.deployment === active &&
        preempts(decide(gathered.facts, by.at))
      if (!mayGo) return stays
      const reason = `It makes way for the ${plan.priority ?? ''} ${version} (${promotion}).`
      return {
        type: 'deployment.abort',
        ...by,
        cause: 'preemption',
        reason,
        makesWayFor: promotion,
      }
    },
    { actor: SYSTEM },
  )
}

const stays = reject(
  'promotion.not-allowed',
  'It does not have to make way any more.',
  'Nothing needs to be done.',
)
