/**
 * A person's rollback: chooses where to go, holds the slot against automation, takes its lock and
 * begins the deployment that goes back, all in one transaction. No approval, no canary, no freeze
 * stands in its way: getting people out of trouble is never what needs permission.
 */
import { environmentNamed, serviceNamed } from '#catalog/queries.ts'
import { type Engine, type Facts, type Request, wish } from '#engine/engine.ts'
import { reject, type Rejection } from '#kernel/decider.ts'
import { standingAt } from '#releases/queries/calendar.ts'
import type { DeploymentCommand, SlotCommand } from '../commands.ts'
import { deployments } from '../deployment.ts'
import { rollbackPlanOf } from '../plan.ts'
import type { Reads } from '../reconcilers/needs.ts'
import { deploymentNamed, slotRow } from '../queries.ts'
import { rollbackFacts } from '../queries/rollback-facts.ts'
import { rollbackTarget, type RollbackWay } from '../rollback.ts'
import { slotId, slots, type SlotState, takenBy } from '../slot.ts'

export interface RollbackWish {
  readonly at: number
  readonly by: string
  readonly service: string
  readonly environment: string
  readonly to?: string | undefined
  readonly reason: string
  /** Below the rollback floor too. */
  readonly force?: boolean | undefined
  readonly deployment: string
}

export async function startRollback(
  engine: Engine,
  about: RollbackWish,
  request: Request,
): Promise<Rejection | undefined> {
  const { at, by, service, environment, reason, deployment } = about
  let way: RollbackWay | undefined
  const hold = async ({ state, reads }: Facts<SlotState>): Promise<SlotCommand | Rejection> => {
    const taken = takenBy(state, deployment)
    if (taken !== undefined) return taken
    const target = rollbackTarget(await rollbackFacts(reads, about, state))
    if ('rejected' in target) return target
    if (target.path === 'forward') return outsideWindow(target)
    const frozen = await hardFreeze(reads, about)
    if (frozen !== undefined) return frozen
    way = target
    const { to, undoes, caution } = target
    const told = caution === undefined ? reason : `${caution}; ${reason}`
    return { type: 'slot.holdForRollback', at, by, deployment, to, undoes, reason: told }
  }
  const start = async ({ reads }: Facts<unknown>): Promise<DeploymentCommand | Rejection> =>
    way === undefined ? nowhere : deploymentFor(reads, about, way)
  const done = await engine.executeAll(
    [
      wish({ thing: slots, id: slotId(environment, service), command: hold }),
      wish({ thing: deployments, id: deployment, command: start }),
    ],
    request,
  )
  return 'rejected' in done ? done : undefined
}

export const nowhere = reject(
  'rollback.no-target',
  'Where it was to go back to is not on record.',
  'Name another release to go to.',
)

/** The one thing on the calendar that a rollback asks; a person put their name to it. */
async function hardFreeze(
  reads: Reads,
  { service, environment, at }: RollbackWish,
): Promise<Rejection | undefined> {
  const standing = await standingAt(reads, { service, environment }, at)
  const freeze = standing?.closures.find(({ isHard }) => isHard)
  if (freeze === undefined) return undefined
  const { name, by, reason, endsAt } = freeze
  const until = endsAt === null ? '' : ` until ${new Date(endsAt).toISOString()}`
  const owner = by.join(', ')
  return reject(
    'rollback.hard-frozen',
    `${name} freezes it hard${until}, rollbacks too: ${reason}`,
    `Ask ${owner} to lift it: \`signalbox freeze lift ${name}\`. An abort is never blocked.`,
  )
}

function outsideWindow({ to, why }: RollbackWay): Rejection {
  return reject(
    'rollback.outside-window',
    `${to.version} is ${why}. It goes as something new would.`,
    'Ask for that with `--forward`: gates, approvals, calendar and canary as for a promotion; ' +
      'or choose a release that ran here not so long ago.',
  )
}

/** As the release ran when it was validated here, whatever its settings are today. */
async function deploymentFor(
  reads: Reads,
  { at, by, service: name, environment: place, deployment }: RollbackWish,
  { to, undoes }: RollbackWay,
): Promise<DeploymentCommand | Rejection> {
  const service = await serviceNamed(reads, name)
  const environment = await environmentNamed(reads, place)
  const then = await deploymentNamed(reads, to.deployment)
  const slot = await slotRow(reads, place, name)
  if (!service || !environment || !then || !slot) return nowhere
  return {
    type: 'deployment.start',
    at,
    by,
    deployment,
    service: name,
    environment: place,
    environmentKind: environment.kind,
    tier: service.tier,
    kind: 'rollback',
    release: to.release,
    version: to.version,
    artifact: to.artifact,
    sha: then.sha,
    plan: rollbackPlanOf(then.plan),
    fence: slot.state.holder?.fence ?? 0,
    // Should a person stop it half way, traffic stays where it was.
    returnPoint: undoes,
    undoes: undoes.deployment,
    ...(slot.state.warm?.deployment === to.deployment && { takesOver: to.deployment }),
  }
}
