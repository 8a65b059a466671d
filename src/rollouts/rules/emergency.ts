/**
 * The rule about emergencies: whether the rights that such a promotion goes by stand now.
 * Every other rule that an emergency changes asks `rightsOf`, so that none outlives them.
 */
import { approversNeeded, isStanding, type KnownEmergency, overAt } from '../emergency/emergency.ts'
import { profileOf } from '../emergency/profile.ts'
import type { PromotionFacts } from './facts.ts'
import { type Finding, met, minuteOf, refused, type Rule, waiting } from './finding.ts'

/** Undefined: it is judged as any other is. */
export function rightsOf({ priority, emergency: known }: PromotionFacts, now: number) {
  if (priority !== 'emergency' || known === undefined) return undefined
  return isStanding(known, now) ? known : undefined
}

/** It stands as soon as somebody says yes; what is refused until then is not refused for good. */
export function isAskedFor({ priority, emergency: known }: PromotionFacts, now: number): boolean {
  return priority === 'emergency' && known?.status === 'requested' && now < overAt(known)
}

/** The emergency that it went by, once nothing can go by that any more. */
export function overFor(facts: PromotionFacts, now: number): string | undefined {
  const { priority, emergency: known } = facts
  if (priority !== 'emergency' || known === undefined) return undefined
  const mayYet = rightsOf(facts, now) !== undefined || isAskedFor(facts, now)
  return mayYet ? undefined : known.emergency
}

export const emergency: Rule = (facts, now) => {
  if (facts.priority !== 'emergency') return []
  const { emergency: known, service, environment } = facts
  const start = `\`signalbox emergency start ${service} --env ${environment} --reason …\``
  if (known === undefined)
    return [
      refused(facts, 'emergency.none', `No emergency of ${service} stands in ${environment}.`, {
        remedy: `Start one: ${start}; or promote it as a hotfix.`,
        who: [facts.ownerTeam],
      }),
    ]
  const rights = rightsOf(facts, now)
  if (rights !== undefined) return stands(facts, rights)
  if (isAskedFor(facts, now)) return [unapproved(facts, known)]
  const { emergency: id } = known
  return [
    refused(facts, 'emergency.over', `The rights of ${id} are over.`, {
      remedy: `Start another: ${start}; or cancel this, and promote it as a hotfix.`,
      who: [facts.ownerTeam],
    }),
  ]
}

function stands(
  facts: PromotionFacts,
  { emergency: id, endsAt, incident, reason, terms }: NonNullable<ReturnType<typeof rightsOf>>,
): readonly Finding[] {
  const names = facts.checks.map(({ name }) => name)
  const { kept } = profileOf(names, terms.keeps)
  const about = incident === undefined ? '' : ` for ${incident}`
  const until = minuteOf(endsAt)
  return [
    met(facts, 'emergency.standing', `Emergency ${id}${about} stands until ${until}: ${reason}`),
    met(facts, 'emergency.profile', `An emergency still shows: ${kept.join(', ')}.`),
  ]
}

function unapproved(facts: PromotionFacts, known: KnownEmergency): Finding {
  const { emergency: id, approvals, overdue, ownerTeam, requestedBy } = known
  const missing = approversNeeded(known) - approvals.length
  const more =
    overdue.length === 0 ? '' : ` One of them because a review is overdue: ${overdue.join(', ')}.`
  const what = missing === 1 ? 'approval is' : 'approvals are'
  const message = `Emergency ${id} does not stand yet: ${missing} more ${what} needed.${more}`
  const who = facts.people
    .filter(({ isApprover, teams }) => isApprover === true && teams.includes(ownerTeam))
    .map(({ actor }) => actor)
    .filter((actor) => actor !== requestedBy && !approvals.includes(actor))
  return waiting(facts, 'emergency.not-approved', message, {
    remedy: `An approver of ${ownerTeam} says yes: \`signalbox emergency approve ${id}\`.`,
    who,
  })
}
