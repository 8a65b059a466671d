/**
 * Starts a promotion: takes the slot's lock, judges once more with it in hand, and begins the
 * deployment, all in one transaction. Either all of it happened or nothing did, and what was judged
 * is what is committed; the effects come later, by the deployment's own reconciler.
 */
import { type Facts, type Wish, wish } from '#engine/engine.ts'
import { SYSTEM } from '#kernel/actor.ts'
import type { Rejection } from '#kernel/decider.ts'
import { releaseNamed } from '#releases/queries.ts'
import type { DeploymentCommand, PromotionCommand } from '../commands.ts'
import { decide } from '../decide.ts'
import { emergencies } from '../emergency/emergency.ts'
import { deployments } from '../deployment.ts'
import type { Deployed, NoReturnAcceptance } from '../events.ts'
import type { Acceptance } from '../no-return.ts'
import { deploymentOf, type Promotion, promotions, type Waiting } from '../promotion.ts'
import { validationsIn } from '../queries.ts'
import { emergencyAt } from '../queries/emergencies.ts'
import { type Gathered, gatherFacts, isVetoed, wishOf } from '../queries/facts.ts'
import { lateChecks } from '../rules/moment.ts'
import { slotId, slots } from '../slot.ts'
import type { Reads, RolloutNeeds } from './needs.ts'
import { gone } from './planning.ts'

/** Back beyond that nobody remembers how it was. */
const RETURN_POINTS_MAX = 10

/** False: somebody was faster, or it may not start any more; look again. */
export async function startPromotion(
  { engine, now }: RolloutNeeds,
  id: string,
  state: Waiting,
): Promise<boolean> {
  const { service, environment, release, version } = state
  const by = { at: now(), by: SYSTEM.id }
  const deployment = deploymentOf(id)
  let begun: DeploymentCommand | undefined
  let late: readonly string[] = []
  const rights = await rightsOf(engine.reads, state)
  const start = async (facts: Facts<Promotion>): Promise<PromotionCommand | Rejection> => {
    const { state: planned, reads } = facts
    if (planned.status === 'unplanned') return gone
    const gathered = await gatherFacts(reads, wishOf(planned), by.at)
    if ('missing' in gathered) return gone
    // Another one stands now: what is owed would be written down for the wrong one.
    if (gathered.facts.emergency?.emergency !== rights) return gone
    const fence = gathered.slot.holder?.fence ?? 0
    begun = await deploymentFor(reads, gathered, planned, { ...by, deployment, fence })
    const verdict = decide(gathered.facts, by.at)
    late = lateChecks(gathered.facts, by.at)
    const { planHash } = planned
    return { type: 'promotion.start', ...by, planHash, verdict, deployment, fence }
  }
  const use = (emergency: string): Wish =>
    wish({
      thing: emergencies,
      id: emergency,
      command: async () => ({
        type: 'emergency.use' as const,
        ...by,
        promotion: id,
        release,
        version,
        late,
      }),
    })
  const done = await engine.executeAll(
    [
      wish({
        thing: slots,
        id: slotId(environment, service),
        command: { type: 'slot.acquire', ...by, deployment },
      }),
      wish({ thing: promotions, id, command: start }),
      wish({ thing: deployments, id: deployment, command: async () => begun ?? gone }),
      ...(rights === undefined ? [] : [use(rights)]),
    ],
    { actor: SYSTEM },
  )
  return !('rejected' in done)
}

/** The emergency that it goes by; undefined: it is in no such hurry. */
async function rightsOf(reads: Reads, { service, environment, plan }: Waiting) {
  if (plan.priority !== 'emergency') return undefined
  return (await emergencyAt(reads, { service, environment }))?.emergency
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
