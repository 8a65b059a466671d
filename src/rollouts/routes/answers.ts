/** Rows and verdicts as routes tell them. */
import type { z } from 'zod'
import type { Engine } from '#engine/engine.ts'
import { history } from '#engine/store.ts'
import { type Approval, type Tally, tally } from '../approvals.ts'
import { deadlineOf } from '../deadline.ts'
import { decide } from '../decide.ts'
import type { ApprovalRule, Verdict } from '../events.ts'
import {
  type DeploymentRow,
  type gapsOf,
  type PromotionRow,
  slotRow,
  type SlotRow,
  ticksOf,
} from '../queries.ts'
import { type Gathered, gatherFacts, wishOf } from '../queries/facts.ts'
import { movesWith } from '../moves-with.ts'
import { inTheWay } from '../reconcilers/closures.ts'
import { reasonsToRest } from '../resting.ts'
import type {
  deploymentDetail,
  explanation,
  promotionDetail,
  promotionSummary,
  slotSummary,
} from './shapes.ts'

export function promotionSummaryOf(row: PromotionRow): z.infer<typeof promotionSummary> {
  const { state, ...summary } = row
  return { ...summary, planHash: state.planHash, verdict: state.verdict ?? null }
}

/** With the verdict of this moment, as long as there is one to give. */
export async function promotionDetailOf(
  engine: Engine,
  row: PromotionRow,
  now: number,
): Promise<z.infer<typeof promotionDetail>> {
  const { plan, planHash, rule, approvals, requestedBy, acceptance } = row.state
  const recorded = await history(engine.database, `promotion-${row.id}`)
  return {
    ...promotionSummaryOf(row),
    verdict: await verdictOf(engine, row, now),
    plan,
    approvals: standingOf(rule, approvals, { planHash, requester: requestedBy, now }),
    acceptance: acceptance?.planHash === planHash ? acceptance : null,
    history: recorded.map(({ event }) => ({ ...event })),
  }
}

async function verdictOf(
  { reads }: Engine,
  { status, state }: PromotionRow,
  now: number,
): Promise<Verdict | null> {
  const recorded = state.verdict ?? null
  if (status !== 'waiting') return recorded
  const gathered = await gatherFacts(reads, wishOf(state), now)
  return 'missing' in gathered ? recorded : decide(gathered.facts, now)
}

export function explanationOf(
  { facts, plan, planHash, slot }: Gathered,
  waiting: PromotionRow | undefined,
  now: number,
): z.infer<typeof explanation> {
  const { service, environment, release, rule, approvals, requestedBy, checks } = facts
  const of = { planHash: facts.planHash, requester: requestedBy, now }
  return {
    service,
    environment,
    release: release.release,
    version: release.version,
    promotion: waiting?.id ?? null,
    verdict: decide(facts, now),
    checks: [...checks],
    approvals: standingOf(rule, approvals, of),
    plan,
    planHash,
    stalled: slot.stalled ?? null,
  }
}

function standingOf(
  rule: ApprovalRule,
  given: readonly Approval[],
  of: Parameters<typeof tally>[2],
) {
  const { missing, ownersMissing }: Tally = tally(rule, given, of)
  const copies = given.map((approval) => ({ ...approval, teams: [...approval.teams] }))
  return { rule, given: copies, missing, ownersMissing }
}

export async function deploymentDetailOf(
  engine: Engine,
  row: DeploymentRow,
  now: number,
): Promise<z.infer<typeof deploymentDetail>> {
  const ticks = await ticksOf(engine.reads, row.id)
  const resting = await restOf(engine, row, now)
  return { ...row, resting, deadline: deadlineOf(row), weights: [...row.weights], ticks }
}

/** The same question that the next step asks, so that what is shown is what is done. */
async function restOf(engine: Engine, row: DeploymentRow, now: number) {
  const { id: deployment, status, kind, weight, service, environment, plan } = row
  const isClimbing = status === 'running' || status === 'paused'
  if (!isClimbing || weight === 100) return null
  const slot = await slotRow(engine.reads, environment, service)
  const about = { deployment, service, environment, kind, plan }
  const found = await inTheWay({ engine, now: () => now }, about, slot?.state.hold)
  const why = reasonsToRest(row, found, now)
  return why.length === 0 ? null : { why: [...why], until: found.reopensAt }
}

/** What releases passed by on their way, by deployment. */
export type Gaps = Awaited<ReturnType<typeof gapsOf>>

export function slotSummaryOf(
  { service, environment, port, revision, state }: SlotRow,
  inFlight: DeploymentRow | undefined,
  gaps: Gaps,
): z.infer<typeof slotSummary> {
  const { settled, validated, hold, stalled } = state
  const share = inFlight?.weight ?? 0
  const weights = [
    ...(inFlight === undefined ? [] : [{ ...shareOf(inFlight.id, inFlight), weight: share }]),
    ...(settled === null ? [] : [{ ...shareOf(settled.deployment, settled), weight: 100 - share }]),
  ]
  const url = `http://127.0.0.1:${port}`
  const place = { service, environment, port, url, revision }
  return {
    ...place,
    deployed: settled,
    validated,
    hold: hold === undefined ? null : { ...hold, movesWith: movesWith(hold) },
    gaps: [...(gaps.get(settled?.deployment ?? '') ?? [])],
    stalled: stalled ?? null,
    inFlight: inFlight ?? null,
    weights,
  }
}

const shareOf = (deployment: string, { version }: { readonly version: string }) => ({
  deployment,
  version,
})
