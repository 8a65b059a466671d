/** Rows and verdicts as routes tell them. */
import type { z } from 'zod'
import type { Engine } from '#engine/engine.ts'
import { history } from '#engine/store.ts'
import { type Approval, type Tally, tally } from '../approvals.ts'
import { deadlineOf } from '../deadline.ts'
import { decide } from '../decide.ts'
import type { ApprovalRule, PromotionPlan, Verdict } from '../events.ts'
import {
  type DeploymentRow,
  type doubtsOf,
  type PromotionRow,
  slotRow,
  type SlotRow,
  ticksOf,
} from '../queries.ts'
import { proofForecast } from '../forecast.ts'
import { type Gathered, gatherFacts, wishOf } from '../queries/facts.ts'
import { shadowsOf } from '../queries/shadows.ts'
import { trafficIn } from '../queries/traffic.ts'
import { movesWith } from '../moves-with.ts'
import { inTheWay } from '../reconcilers/closures.ts'
import { reasonsToRest } from '../resting.ts'
import { whyNotAsAsked } from '../strategy.ts'
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
    forecast: await forecastOf(engine, row, plan),
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

export async function explanationOf(
  engine: Engine,
  { facts, plan, planHash, slot, service: spec, environment: place }: Gathered,
  waiting: PromotionRow | undefined,
  now: number,
): Promise<z.infer<typeof explanation>> {
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
    notAsAsked: whyNotAsAsked(spec, place.kind, plan.strategy) ?? null,
    forecast: await forecastOf(engine, facts, plan),
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
  const shadows = await shadowsOf(engine.reads, row)
  const forecast = row.status === 'finished' ? null : await forecastOf(engine, row, row.plan)
  const [weights, deadline] = [[...row.weights], deadlineOf(row)]
  return { ...row, resting, deadline, forecast, weights, ticks, shadows }
}

/** Only where something is to be proven is anybody interested in the traffic. */
async function forecastOf({ reads }: Engine, place: Place, plan: PromotionPlan) {
  if (plan.analysis.ramp === undefined) return null
  return proofForecast(plan, await trafficIn(reads, place))
}

interface Place {
  readonly service: string
  readonly environment: string
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

/** What is missing in what is known of releases, by deployment. */
export type DoubtsById = Awaited<ReturnType<typeof doubtsOf>>

export function slotSummaryOf(
  { service, environment, port, revision, state }: SlotRow,
  inFlight: DeploymentRow | undefined,
  doubts: DoubtsById,
): z.infer<typeof slotSummary> {
  const { settled, validated, hold, stalled } = state
  const doubt = doubts.get(settled?.deployment ?? '')
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
    gaps: [...(doubt?.gaps ?? [])],
    unproven: [...(doubt?.unproven ?? [])],
    stalled: stalled ?? null,
    inFlight: inFlight ?? null,
    weights,
  }
}

const shareOf = (deployment: string, { version }: { readonly version: string }) => ({
  deployment,
  version,
})
