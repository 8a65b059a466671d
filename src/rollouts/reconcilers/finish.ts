/**
 * The end of a deployment: its outcome, what its slot holds from now on, and the end of the
 * promotion that wanted it, in one transaction. Nobody ever sees one without the others.
 */
import { wish } from '#engine/engine.ts'
import { SYSTEM } from '#kernel/actor.ts'
import type { Rejection } from '#kernel/decider.ts'
import type { PromotionCommand, SlotCommand } from '../commands.ts'
import { deployments } from '../deployment.ts'
import type { Running, Undoing } from '../deployment-state.ts'
import { promotions } from '../promotion.ts'
import { deploymentNamed, type DeploymentRow, undosSince } from '../queries.ts'
import { shadowsOf } from '../queries/shadows.ts'
import { slotId, slots } from '../slot.ts'
import type { Reads, RolloutNeeds } from './needs.ts'

interface By {
  readonly at: number
  readonly by: string
}

const DAY_MS = 24 * 60 * 60 * 1000

/** The rejection when it is not over after all. */
export async function finish(
  { engine }: RolloutNeeds,
  moving: Running | Undoing,
  by: By,
): Promise<Rejection | undefined> {
  const { deployment, service, environment, promotion } = moving.about
  // The first abort stands: what its cause is does not change any more.
  const supersededBy = moving.status === 'undoing' ? moving.abort.makesWayFor : undefined
  const row = await deploymentNamed(engine.reads, deployment)
  const shadows = row === undefined ? [] : await shadowsOf(engine.reads, row)
  const wishes = [
    wish({
      thing: deployments,
      id: deployment,
      command: {
        type: 'deployment.finish',
        ...by,
        ...(shadows.length > 0 && { shadows }),
      },
    }),
    wish({
      thing: slots,
      id: slotId(environment, service),
      command: async ({ reads }) => ({
        ...(await conclusion(reads, await finished(reads, deployment), by)),
        isPreempted: supersededBy !== undefined,
      }),
    }),
  ]
  if (promotion !== undefined)
    wishes.push(
      wish({
        thing: promotions,
        id: promotion,
        command: async ({ reads }) => ({
          ...endOf(await finished(reads, deployment), by),
          supersededBy,
        }),
      }),
    )
  const done = await engine.executeAll(wishes, { actor: SYSTEM })
  return 'rejected' in done ? done : undefined
}

type FinishedRow = DeploymentRow & { readonly outcome: NonNullable<DeploymentRow['outcome']> }

async function finished(reads: Reads, deployment: string): Promise<FinishedRow> {
  const row = await deploymentNamed(reads, deployment)
  const outcome = row?.outcome ?? undefined
  if (row === undefined || outcome === undefined)
    throw new Error(`${deployment} was just finished, and its row does not show it`)
  return { ...row, outcome }
}

async function conclusion(
  reads: Reads,
  row: FinishedRow,
  by: By,
): Promise<Extract<SlotCommand, { type: 'slot.conclude' }>> {
  const { id: deployment, release, version, artifact, kind, outcome, returnPoint } = row
  return {
    type: 'slot.conclude',
    ...by,
    deployed: { deployment, release, version, artifact },
    // Whichever way it went, back is back: it lifts no hold, and proves nothing new.
    kind: row.undoes === null ? kind : 'rollback',
    outcome,
    reason: row.reason ?? '',
    isExposed: row.exposedAt !== null,
    isProduction: row.environmentKind === 'production',
    returnPoint,
    warmMs: row.plan.warmMs,
    undosLastDay: await undosSince(reads, row, by.at - DAY_MS),
  }
}

function endOf(
  { outcome, reason }: FinishedRow,
  by: By,
): Extract<PromotionCommand, { type: 'promotion.end' }> {
  return { type: 'promotion.end', ...by, outcome, reason: reason ?? '' }
}
