/**
 * Starts a promotion: takes the slot's lock, judges once more with it in hand, and begins the
 * deployment, all in one transaction. Either all of it happened or nothing did, and what was judged
 * is what is committed; the effects come later, by the deployment's own reconciler.
 */
import { type Facts, wish } from '#engine/engine.ts'
import { SYSTEM } from '#kernel/actor.ts'
import type { Rejection } from '#kernel/decider.ts'
import { releaseNamed } from '#releases/queries.ts'
import type { DeploymentCommand, PromotionCommand } from '../commands.ts'
import { decide } from '../decide.ts'
import { deployments } from '../deployment.ts'
import type { Deployed, NoReturnAcceptance } from '../events.ts'
import type { Acceptance } from '../no-return.ts'
import { deploymentOf, type Promotion, promotions, type Waiting } from '../promotion.ts'
import { validationsIn } from '../queries.ts'
import { type Gathered, gatherFacts, isVetoed, wishOf } from '../queries/facts.ts'
import { slotId, slots } from '../slot.ts'
import type { Reads, RolloutNeeds } from './needs.ts'
import { gone } from './planning.ts'

/** Back beyond that nobody remembers how it was. */
const RETURN_POINTS_MAX = 10

/** False: somebody was faster, or it may not start any more; look again. */
export async function startPromotion(
  { engine, now }: RolloutNeeds,
  id: string,
  { service, environment }: Waiting,
): Promise<boolean> {
  const by = { at: now(), by: SYSTEM.id }
  const deployment = deploymentOf(id)
  let begun: DeploymentCommand | undefined
  const start = async ({
    state,
    reads,
  }: Facts<Promotion>): Promise<PromotionCommand | Rejection> => {
    if (state.status === 'unplanned') return gone
    const gathered = await gatherFacts(reads, wishOf(state), by.at)
    if ('missing' in gathered) return gone
    const fence = gathered.slot.holder?.fence ?? 0
    begun = await deploymentFor(reads, gathered, state, { ...by, deployment, fence })
    const verdict = decide(gathered.facts, by.at)
    const { planHash } = state
    return { type: 'promotion.start', ...by, planHash, verdict, deployment, fence }
  }
  const done = await engine.executeAll(
    [
      wish({
        thing: slots,
        id: slotId(environment, service),
        command: { type: 'slot.acquire', ...by, deployment },
      }),
      wish({ thing: promotions, id, command: start }),
      wish({ thing: deployments, id: deployment, command: async () => begun ?? gone }),
    ],
    { actor: SYSTEM },
  )
  return !('rejected' in done)
}

async function deploymentFor(
  reads: Reads,
  { service, environment, release, slot }: Gathered,
  { promotion, plan, fixes, back, acceptance }: Exclude<Promotion, { status: 'unplanned' }>,
  by: {
    readonly at: number
    readonly by: string
    readonly deployment: string
    readonly fence: number
  },
): Promise<DeploymentCommand> {
  return {
    type: 'deployment.start',
    ...by,
    promotion,
    service: service.name,
    environment: environment.name,
    environmentKind: environment.kind,
    tier: service.tier,
    kind: slot.settled?.release === release.release ? 'redeploy' : 'forward',
    release: release.release,
    version: release.version,
    artifact: release.artifact,
    sha: release.sha,
    plan,
    returnPoint: await returnPoint(reads, service.name, environment.name),
    ...(fixes !== undefined && { fixes }),
    ...(back !== undefined && { undoes: back.undoes }),
    ...(plan.noReturn && acceptance && { noReturnAccepted: acceptanceOf(acceptance) }),
  }
}

const acceptanceOf = ({ by, at, reason }: Acceptance): NoReturnAcceptance => ({ by, at, reason })

/** The last validated in the slot that was not marked bad since. */
async function returnPoint(
  reads: Reads,
  service: string,
  environment: string,
): Promise<Deployed | null> {
  for (const row of await validationsIn(reads, { service, environment }, RETURN_POINTS_MAX)) {
    const { deployment, release, version, artifact } = row
    const known = await releaseNamed(reads, release)
    if (known !== undefined && !isVetoed(known, environment))
      return { deployment, release, version, artifact }
  }
  return null
}
