/**
 * Flags, their changes, and what the verdict on a change rests on. It is the verdict of promotions,
 * by those of its rules that make sense without a release: approvals, freezes, windows, holds.
 */
import { environmentNamed, serviceNamed } from '#catalog/queries.ts'
import { digestOf } from '#engine/ids.ts'
import type { Reads } from '#engine/sql.ts'
import { together } from '#engine/together.ts'
import { policyByPlace } from '#gates/queries.ts'
import { freezesByPlace } from '#releases/queries.ts'
import { standingByPlace } from '#releases/queries/calendar.ts'
import { reject, type Rejection } from '#kernel/decider.ts'
import type { FlagRules, Ramp } from '../events/flags.ts'
import type { ApprovalRule } from '../events/verdict.ts'
import type { PlannedRules } from '../flags/commands.ts'
import type { WaitingChange } from '../flags/flag.ts'
import { slotRow } from '../queries.ts'
import type { PromotionFacts } from '../rules/facts.ts'
import { slot as slotDecider } from '../slot.ts'
import type { FlagChangeRow, FlagRow } from '../views/flags.ts'
import { peopleIn } from './facts.ts'
import { queueOf } from './line.ts'

export { definedOf, type FlagChangeRow, type FlagRow } from '../views/flags.ts'

/** All of them are held in memory, and answered in one piece to those who ask for all. */
export const FLAGS_MAX = 5_000

const tables = (reads: Reads) => reads.withTables<{ flags: FlagRow; flag_changes: FlagChangeRow }>()

export async function flagRows(
  reads: Reads,
  { service }: { readonly service?: string | undefined } = {},
): Promise<FlagRow[]> {
  let query = tables(reads).selectFrom('flags').selectAll()
  if (service !== undefined) query = query.where('service', '=', service)
  return query.orderBy('flag').limit(FLAGS_MAX).execute()
}

export async function flagNamed(reads: Reads, name: string): Promise<FlagRow | undefined> {
  return tables(reads).selectFrom('flags').selectAll().where('flag', '=', name).executeTakeFirst()
}

/** Newest first. */
export async function flagChanges(
  reads: Reads,
  of: {
    readonly flag?: string | undefined
    readonly service?: string | undefined
    readonly limit: number
  },
): Promise<FlagChangeRow[]> {
  let query = tables(reads).selectFrom('flag_changes').selectAll()
  if (of.flag !== undefined) query = query.where('flag', '=', of.flag)
  if (of.service !== undefined) query = query.where('service', '=', of.service)
  return query.orderBy('plannedAt', 'desc').orderBy('id', 'desc').limit(of.limit).execute()
}

/** A wish with what an approval of it would sign. */
export async function plannedRules(
  reads: Reads,
  flag: { readonly flag: string; readonly service: string },
  wish: {
    readonly environment: string
    readonly change: string
    readonly rules: FlagRules
    readonly ramp?: Ramp | undefined
    readonly reason: string
  },
): Promise<PlannedRules | Rejection> {
  const rule = await ruleFor(reads, flag.service, wish.environment)
  if ('rejected' in rule) return rule
  const { environment, rules, ramp } = wish
  const planHash = digestOf({ flag: flag.flag, environment, rules, ...(ramp && { ramp }) })
  return { ...wish, planHash, approvals: rule.rule }
}

async function ruleFor(reads: Reads, service: string, environment: string) {
  const { spec, place, policy } = await together({
    spec: serviceNamed(reads, service),
    place: environmentNamed(reads, environment),
    policy: policyByPlace(reads),
  })
  if (spec === undefined || place === undefined) return nowhere(service, environment)
  const effective = policy({ tier: spec.tier, environmentKind: place.kind })
  const rule: ApprovalRule = { ...effective.row.approvals, ownerTeam: spec.owner, excluded: [] }
  return { rule, spec, place, ...effective }
}

function nowhere(service: string, environment: string): Rejection {
  return reject(
    'flag.nowhere',
    `There is no environment ${environment}, or no service ${service}.`,
    'List them: `signalbox get environments`, `signalbox get services`.',
  )
}

/** Automation takes the steps of a ramp: what stops automation stops them. */
export async function flagFacts(
  reads: Reads,
  about: {
    readonly service: string
    readonly environment: string
    readonly origin: 'automatic' | 'person'
    readonly requestedBy: string
    readonly waiting?: WaitingChange | undefined
  },
  now: number,
): Promise<PromotionFacts | Rejection> {
  const { service, environment, origin, requestedBy, waiting } = about
  const { known, held, people, freezes, standing } = await together({
    known: ruleFor(reads, service, environment),
    held: slotRow(reads, environment, service),
    people: peopleIn(reads),
    freezes: freezesByPlace(reads, now),
    standing: standingByPlace(reads, now),
  })
  if ('rejected' in known) return known
  const { rule, spec, place, policy, row } = known
  const slot = held?.state ?? slotDecider.initial
  const { openings, closures, windows, note } = standing(spec, place)
  const ofWindows = closures.flatMap(({ kind, name, reason, by, endsAt }) =>
    kind === 'freeze' ? [] : [{ kind, name, reason, by, endsAt }],
  )
  return {
    ...{ service, environment, origin, requestedBy, policy, rule },
    ownerTeam: spec.owner,
    release: { release: waiting?.change ?? '', version: '', createdAt: now },
    deployment: undefined,
    isOnPath: true,
    priority: 'normal',
    skips: [],
    queue: queueOf(row, 'normal'),
    upstream: null,
    isVetoed: false,
    checks: [],
    planHash: waiting?.planHash ?? '',
    planChanged: [],
    approvals: waiting?.approvals ?? [],
    people,
    freezes: freezes({ service, environment, tier: spec.tier }),
    calendar: { openings, closures: ofWindows, windows, note },
    takes: { ms: 0, reserveMs: 0, basis: 'at once' },
    slot: {
      isOpen: true,
      holder: undefined,
      active: undefined,
      hold: slot.hold,
      deployed: null,
      relation: null,
      isHotfix: false,
    },
    ahead: [],
  }
}
