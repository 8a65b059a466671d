/**
 * Gathers what the verdict on a promotion rests on, from every room below, in one go. The routes
 * ask it over a connection of the pool, to explain; the reconciler asks it inside the transaction
 * that starts the promotion, so that what was judged is what is committed. What does not depend on
 * each other is asked together, and travels as one: ten thousand may wait for one freeze to end.
 */
import {
  accountsOfPersons,
  actorNamed,
  type ActorRow,
  actors,
  otherAccounts,
} from '#access/queries.ts'
import { artifactNamed } from '#artifacts/queries.ts'
import type { EnvironmentSpec, ServiceSpec } from '#catalog/events.ts'
import { environmentNamed, serviceNamed } from '#catalog/queries.ts'
import { digestOf } from '#engine/ids.ts'
import type { Reads } from '#engine/sql.ts'
import type { TierPolicy } from '#gates/events.ts'
import { personsAmong } from '#kernel/person.ts'
import { together } from '#engine/together.ts'
import { checksFor, type EffectivePolicy, policyByPlace } from '#gates/queries.ts'
import { authorsCheck } from './authors.ts'
import { commitsBetween, freezesFor, releaseNamed, type ReleaseRow } from '#releases/queries.ts'
import { relationOf } from '#releases/queries/relation.ts'
import { standingOf } from '#releases/queries/calendar.ts'
import { ASKED, peopleBehind } from '../approvals.ts'
import type { ApprovalRule, Back, Priority, PromotionPlan, Skip } from '../events.ts'
import { expectedDuration, PAST_WANTED } from '../expected-duration.ts'
import { planOf } from '../plan.ts'
import { aheadOf } from '../queue.ts'
import type { Promotion } from '../promotion.ts'
import { deploymentNamed, durationsIn, isValidatedIn, slotRow, slotRows } from '../queries.ts'
import { emergencyAt } from './emergencies.ts'
import { activeIn, lineIn, queueOf } from './line.ts'
import type { PromotionFacts, SlotCalendar } from '../rules/facts.ts'
import { deploymentOf } from '../promotion.ts'
import { changedFields, same } from '../same.ts'
import { slotFloor } from './floor.ts'
import { rolloutsByMetric } from './measured.ts'
import { environmentBefore, withSkips } from '../skips.ts'
import { needingIn, noReturnOf, windowText } from './no-return.ts'
import { slot as slotDecider, type SlotState } from '../slot.ts'

export interface PromotionWish {
  readonly service: string
  readonly environment: string
  readonly release: string
  readonly origin: 'automatic' | 'person'
  /** Left out: normal. */
  readonly priority?: Priority | undefined
  /** Left out: none. */
  readonly skips?: readonly Skip[] | undefined
  readonly requestedBy: string
  /** Going back, out of the rollback window. */
  readonly back?: Back | undefined
  /** As planned, when it is; otherwise the answer is a hypothetical one. */
  readonly planned?: Exclude<Promotion, { status: 'unplanned' }> | undefined
}

export interface Gathered {
  readonly service: ServiceSpec
  readonly environment: EnvironmentSpec
  readonly release: ReleaseRow
  readonly row: TierPolicy
  readonly slot: SlotState
  /** As it would be made now. */
  readonly plan: PromotionPlan
  readonly planHash: string
  readonly rule: ApprovalRule
  /** All who wait for the slot, in the order of their coming. */
  readonly line: Awaited<ReturnType<typeof lineIn>>
  readonly facts: PromotionFacts
}

/** The wish that stands behind a promotion on record. */
export function wishOf(planned: NonNullable<PromotionWish['planned']>): PromotionWish {
  const { service, environment, release, origin, requestedBy, back, plan } = planned
  const { priority, skips } = plan
  const hurry = { priority, skips }
  return { service, environment, release, origin, ...hurry, requestedBy, back, planned }
}

/** What the wish names and nobody knows. */
export interface Missing {
  readonly missing: 'service' | 'environment' | 'release'
  readonly name: string
}

export async function gatherFacts(
  reads: Reads,
  wish: PromotionWish,
  now: number,
): Promise<Gathered | Missing> {
  const asked = { service: wish.service, environment: wish.environment }
  const { service, environment, release, policyOf, held, line } = await together({
    service: serviceNamed(reads, wish.service),
    environment: environmentNamed(reads, wish.environment),
    release: releaseNamed(reads, wish.release),
    policyOf: policyByPlace(reads),
    held: slotRow(reads, wish.environment, wish.service),
    line: lineIn(reads, asked),
  })
  if (service === undefined) return { missing: 'service', name: wish.service }
  if (environment === undefined) return { missing: 'environment', name: wish.environment }
  if (release?.service !== service.name) return { missing: 'release', name: wish.release }
  const place = { tier: service.tier, environmentKind: environment.kind }
  const effective = policyOf(place)
  const { judged, dependencies, noReturn } = await together({
    judged: effective.row.analysis.dryRunRollouts === 0 ? {} : rolloutsByMetric(reads, asked),
    dependencies: addressesOf(reads, service, environment),
    noReturn: noReturnOf(reads, { service, environment }, release.release),
  })
  const slot = held?.state ?? slotDecider.initial
  const { priority = 'normal', skips = [] } = wish
  const approvals = withSkips(approvalsOf(effective.row, priority), skips)
  const asker = { approvals, noReturn, requestedBy: wish.requestedBy, priority }
  const rule = await ruleFor(reads, service, release, slot, asker)
  const parts = { service, environment, release, ...effective, priority, skips, dependencies }
  const plan = planOf({ ...parts, noReturn, judged })
  const planHash = digestOf(plan)
  const known = { service, environment, release, slot, plan, rule, planHash, line }
  const facts = await factsOf(reads, wish, { ...known, ...effective }, now)
  return { ...known, row: effective.row, facts }
}

type Known = Omit<Gathered, 'facts'> & EffectivePolicy

async function factsOf(
  reads: Reads,
  wish: PromotionWish,
  known: Known,
  now: number,
): Promise<PromotionFacts> {
  const { service, environment, release, slot, row, plan, rule } = known
  const { planned, origin, priority = 'normal', requestedBy } = wish
  const queue = queueOf(row, priority)
  const place = { service: service.name, environment: environment.name }
  const asked = await answersTo(reads, wish, known, now)
  return {
    ...place,
    ownerTeam: service.owner,
    release: datedOf(release),
    origin,
    priority,
    emergency: asked.emergency,
    requestedBy,
    requesterMayOperate: asked.requesterMayOperate,
    deployment: planned && deploymentOf(planned.promotion),
    policy: known.policy,
    isOnPath: service.path.includes(environment.name),
    skips: wish.skips ?? [],
    upstream: asked.upstream,
    isVetoed: isVetoed(release, environment.name),
    pruned: asked.pruned,
    veto: vetoTold(release, environment.name),
    checks: [...asked.checks, ...asked.authors],
    planHash: planned?.planHash ?? known.planHash,
    planChanged: planned === undefined ? [] : changesOf(planned, plan, rule),
    rule,
    approvals: planned?.approvals ?? [],
    people: asked.people,
    freezes: asked.freezes,
    calendar: asked.calendar,
    override: planned?.override?.planHash === known.planHash ? planned.override : undefined,
    takes: expectedDuration(plan, asked.durations),
    slot: {
      isOpen: slot.opened !== undefined,
      holder: slot.holder?.deployment,
      active: asked.active,
      hold: slot.hold,
      ...asked.standing,
    },
    back: asked.back,
    noReturn: asked.noReturn,
    queue,
    ahead: aheadOf(queue.policy, known.line, {
      promotion: planned?.promotion ?? '',
      priority,
    }),
  }
}

/** All that is asked once the plan is known, at once. */
async function answersTo(reads: Reads, wish: PromotionWish, known: Known, now: number) {
  const { service, environment, release, slot, rule } = known
  const { planned, priority = 'normal', requestedBy } = wish
  const place = { service: service.name, environment: environment.name }
  const question = {
    service,
    release: release.release,
    artifact: release.artifact,
    run: release.run,
    environment: environment.name,
    environmentKind: environment.kind,
    firstInEnvironment: slot.settled === null,
    now,
  }
  return together({
    emergency: priority === 'emergency' ? emergencyAt(reads, place) : undefined,
    requesterMayOperate: mayOperate(reads, requestedBy),
    upstream: upstreamOf(reads, service, environment.name, release, wish.skips ?? []),
    pruned: prunedOf(reads, release.artifact),
    checks: checksFor(reads, question),
    authors: authorsCheck(reads, { ...question, rule, policy: known.policy, slot }),
    people: peopleIn(reads),
    freezes: freezesFor(reads, { ...place, tier: service.tier, now }),
    calendar: calendarOf(reads, service, environment, now),
    durations: durationsIn(reads, place, PAST_WANTED),
    active: activeIn(reads, place, slot, planned?.promotion),
    standing: standingIn(reads, place.environment, slot, release),
    back: backOf(reads, wish.back, known),
    noReturn: noReturnFacts(reads, planned, known, now),
  })
}

/** An emergency brings its own approval, which the verdict asks for instead. */
const approvalsOf = ({ approvals }: TierPolicy, priority: Priority) =>
  priority === 'emergency' ? { ...approvals, count: 0, ownersMin: 0 } : approvals

async function calendarOf(
  reads: Reads,
  service: ServiceSpec,
  environment: EnvironmentSpec,
  now: number,
): Promise<SlotCalendar> {
  const standing = await standingOf(reads, service, environment, now)
  const { openings, closures, freezesAhead, windows, note } = standing
  const ofWindows = closures.flatMap(({ kind, name, reason, by, endsAt }) =>
    kind === 'freeze' ? [] : [{ kind, name, reason, by, endsAt }],
  )
  return { openings, closures: ofWindows, freezesAhead, windows, note }
}

async function prunedOf(reads: Reads, digest: string): Promise<PromotionFacts['pruned']> {
  const row = await artifactNamed(reads, digest)
  if (row === undefined || row.pruned_at === null) return undefined
  return { isRemoved: row.removed_at !== null }
}

export function isVetoed({ vetoes }: Pick<ReleaseRow, 'vetoes'>, environment: string): boolean {
  return vetoes.includes('*') || vetoes.includes(environment)
}

function vetoTold({ vetoDetails }: ReleaseRow, environment: string): string | undefined {
  const veto = vetoDetails.find((each) => ['*', environment].includes(each.environment))
  return veto && `by ${veto.by}: ${veto.reason}`
}

async function upstreamOf(
  reads: Reads,
  { name: service, path }: ServiceSpec,
  environment: string,
  release: ReleaseRow,
  skips: readonly Skip[],
): Promise<PromotionFacts['upstream']> {
  const before = environmentBefore(path, environment, skips)
  if (before === undefined) return null
  const place = { service, environment: before }
  const { slot, isValidated } = await together({
    slot: slotRow(reads, before, service),
    isValidated: isValidatedIn(reads, place, release.release),
  })
  return {
    environment: before,
    isValidated,
    isVetoed: isVetoed(release, before),
    veto: vetoTold(release, before),
    isRolledBack: slot?.state.hold?.badRelease === release.release,
  }
}

async function addressesOf(reads: Reads, { dependsOn }: ServiceSpec, { name }: EnvironmentSpec) {
  const open = await slotRows(reads, { environment: name, services: dependsOn })
  return open.map(({ service, port }) => ({ service, port }))
}

/** Nobody approves what they had a hand in: all that is new since what runs there now. */
async function ruleFor(
  reads: Reads,
  service: ServiceSpec,
  release: ReleaseRow,
  { settled }: SlotState,
  {
    approvals,
    noReturn,
    requestedBy,
    priority,
  }: Pick<TierPolicy, 'approvals'> &
    Pick<PromotionPlan, 'noReturn'> &
    Pick<PromotionWish, 'requestedBy' | 'priority'>,
): Promise<ApprovalRule> {
  const rule = { ...approvals, ownerTeam: service.owner }
  const isAsked = approvals.count > 0 || approvals.ownersMin > 0 || noReturn !== undefined
  if (!isAsked && priority !== 'hotfix') return { ...rule, excluded: [] }
  const since = settled?.release ?? null
  const commits = await commitsBetween(reads, service.name, since, release.release)
  const emails = commits.flatMap(({ author, committer, coAuthors }) =>
    [author, committer, ...coAuthors].map(({ email }) => email),
  )
  const { accounts, others } = await together({
    accounts: accountsOfPersons(reads, [...new Set(emails)]),
    others: otherAccounts(reads, requestedBy),
  })
  const authors = peopleBehind(commits, accounts)
  const askers = others
    .filter((actor) => !authors.some((author) => author.actor === actor))
    .map((actor) => ({ actor, why: `${ASKED} as ${requestedBy}` }))
  return { ...rule, excluded: [...authors, ...askers] }
}

function changesOf(
  planned: NonNullable<PromotionWish['planned']>,
  plan: PromotionPlan,
  rule: ApprovalRule,
): readonly string[] {
  const changed = changedFields(planned.plan, plan)
  return same(planned.rule, rule) ? changed : [...changed, 'approvals']
}

type Standing = Pick<PromotionFacts['slot'], 'deployed' | 'relation' | 'isHotfix'>

async function backOf(
  reads: Reads,
  back: Back | undefined,
  { service, environment, release, slot }: Known,
): Promise<PromotionFacts['back']> {
  if (back === undefined) return undefined
  const floor = await slotFloor(reads, { service: service.name, environment: environment.name })
  const below = back.isForced ? undefined : floor.below(release.release)
  return { isStillThere: slot.settled?.deployment === back.undoes, below }
}

async function noReturnFacts(
  reads: Reads,
  planned: PromotionWish['planned'],
  { service, environment, release, slot, row, plan, planHash }: Known,
  now: number,
): Promise<PromotionFacts['noReturn']> {
  if (plan.noReturn === undefined) return undefined
  const { rollbackWindow: window } = row
  const about = { service: service.name, environment: environment.name, release: release.release }
  const running = slot.settled?.release
  return {
    what: plan.noReturn,
    acceptance: planned?.acceptance?.planHash === planHash ? planned.acceptance : undefined,
    needing: await needingIn(reads, { ...about, running, window, now }),
    window: windowText(window),
  }
}

async function standingIn(
  reads: Reads,
  environment: string,
  { settled }: SlotState,
  release: ReleaseRow,
): Promise<Standing> {
  if (settled === null) return { deployed: null, relation: null, isHotfix: false }
  const { known, deployment } = await together({
    known: releaseNamed(reads, settled.release),
    deployment: deploymentNamed(reads, settled.deployment),
  })
  if (known === undefined)
    return { deployed: { ...settled, createdAt: 0 }, relation: 'apart', isHotfix: false }
  const plan = deployment?.plan
  return {
    deployed: datedOf(known),
    relation: await relationOf(reads, release, known),
    isHotfix: plan?.priority !== undefined && !isVetoed(known, environment),
  }
}

/** Whom we do not know by name was let in another way: whoever runs the machine. */
async function mayOperate(reads: Reads, id: string): Promise<boolean> {
  const { roles } = (await actorNamed(reads, id)) ?? {}
  return roles === undefined || roles.includes('operator') || roles.includes('admin')
}

/** Everybody who may be asked, each with the name of the person behind the account. */
export async function peopleIn(reads: Reads): Promise<PromotionFacts['people']> {
  const people = (await actors(reads)).filter(({ kind }) => kind === 'person')
  const persons = personsAmong(people)
  return people.map((row) => ({ ...personOf(row), person: persons.get(row.id) ?? row.id }))
}

function personOf({ id, teams, roles }: ActorRow): PromotionFacts['people'][number] {
  const holds = (role: ActorRow['roles'][number]) => roles.includes(role) || roles.includes('admin')
  const mayApprove = holds('approver')
  const isApprover = roles.includes('approver')
  return { actor: id, teams, mayApprove, isApprover, mayOperate: holds('operator') }
}

const datedOf = ({ release, version, createdAt }: ReleaseRow) => ({ release, version, createdAt })
