/**
 * A rollback out of its window: planned as a promotion, with all that a promotion needs, and judged
 * by the same rules. The slot is held from the request on, so that automation does not bring back
 * meanwhile what somebody wants away.
 */
import { type Engine, type Facts, type Request, wish } from '#engine/engine.ts'
import type { Rejection } from '#kernel/decider.ts'
import type { PromotionCommand, SlotCommand } from '../commands.ts'
import { deploymentOf, promotions } from '../promotion.ts'
import { rollbackFacts } from '../queries/rollback-facts.ts'
import { planByPerson } from '../reconcilers/planning.ts'
import { rollbackTarget, type RollbackWay } from '../rollback.ts'
import { slotId, slots, type SlotState, takenBy } from '../slot.ts'
import { nowhere, type RollbackWish } from './start-rollback.ts'

export async function startBack(
  engine: Engine,
  about: Omit<RollbackWish, 'deployment'> & { readonly promotion: string },
  request: Request,
): Promise<Rejection | undefined> {
  const { at, by, service, environment, reason, promotion, force } = about
  let way: RollbackWay | undefined
  const hold = async ({ state, reads }: Facts<SlotState>): Promise<SlotCommand | Rejection> => {
    const taken = takenBy(state, deploymentOf(promotion))
    if (taken !== undefined) return taken
    const target = rollbackTarget(await rollbackFacts(reads, about, state))
    if ('rejected' in target) return target
    way = target
    const told = `Going back to ${target.to.version}: ${reason}`
    const badRelease = target.undoes.release
    return { type: 'slot.hold', at, by, reason: told, badRelease }
  }
  const plan = async ({ reads }: Facts<unknown>): Promise<PromotionCommand | Rejection> => {
    if (way === undefined) return nowhere
    const back = { undoes: way.undoes.deployment, isForced: force === true }
    const place = { service, environment, release: way.to.release }
    return planByPerson(reads, { ...place, promotion, at, by, back })
  }
  const done = await engine.executeAll(
    [
      wish({ thing: slots, id: slotId(environment, service), command: hold }),
      wish({ thing: promotions, id: promotion, command: plan }),
    ],
    request,
  )
  return 'rejected' in done ? done : undefined
}
