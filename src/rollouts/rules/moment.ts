/**
 * Rules about the moment: checks, whose turn it is, and whether somebody said stop.
 */
import { tally, whyNot } from '../approvals.ts'
import { profileOf } from '../emergency/profile.ts'
import { type Active, displacement } from '../queue.ts'
import { isAskedFor, rightsOf } from './emergency.ts'
import type { PromotionFacts } from './facts.ts'
import { type Finding, met, minuteOf, operators, type Rule, waiting } from './finding.ts'

export const checks: Rule = (facts, now) => {
  if (facts.checks.length === 0) return [met(facts, 'check.none', 'No checks are asked for here.')]
  const isAsked = isAskedFor(facts, now)
  const late = new Set(isAsked ? unproven(facts) : lateChecks(facts, now))
  return facts.checks.map(({ name, state, message, remedy, policy }): Finding => {
    const finding = { code: `check.${state}`, message: `${name}: ${message}`, policy } as const
    if (late.has(name))
      return {
        code: 'check.late',
        message: `${name}: late, judged once it is on its way. Now: ${message}`,
        policy,
        state: isAsked ? 'waiting' : 'met',
        remedy: isAsked ? 'Nothing waits for it once the emergency stands.' : '',
      }
    if (state === 'failed') return { ...finding, state: 'refused', remedy, who: [facts.ownerTeam] }
    if (state === 'pending') return { ...finding, state: 'waiting', remedy }
    return { ...finding, state: 'met', remedy: '' }
  })
}

/** Those that do not keep an emergency waiting, and are owed by it: not what is proven already. */
export function lateChecks(facts: PromotionFacts, now: number): readonly string[] {
  return rightsOf(facts, now) === undefined ? [] : unproven(facts)
}

function unproven({ checks: all, emergency }: PromotionFacts): readonly string[] {
  const names = all.map(({ name }) => name)
  const { late } = profileOf(names, emergency?.terms.keeps ?? [])
  return all
    .filter(({ name, state }) => late.includes(name) && (state === 'failed' || state === 'pending'))
    .map(({ name }) => name)
}

export const turn: Rule = (facts, now) => {
  const { slot, ahead, deployment, service, environment } = facts
  if (!slot.isOpen)
    return [
      waiting(facts, 'slot.not-open', `${service} has no port in ${environment} yet.`, {
        remedy: `It gets one within seconds; if not, widen the port range of ${environment}.`,
      }),
    ]
  if (slot.holder !== undefined && slot.holder !== deployment)
    return [
      (slot.active && makesWay(facts, slot.active, now)) ??
        waiting(facts, 'slot.busy', `${slot.holder} is on its way here.`, {
          remedy: `Wait until ${slot.holder} has finished.`,
        }),
    ]
  if (ahead.length > 0)
    return [
      waiting(facts, 'slot.queued', `Its turn comes after ${ahead.join(', ')}.`, {
        remedy: 'Wait, or cancel those before it.',
        who: operators(facts),
      }),
    ]
  return [met(facts, 'slot.free', 'Nothing else is on its way here.')]
}

/** A hotfix does not wait for what is on its way, unless automation asks too early. */
function makesWay(facts: PromotionFacts, active: Active, now: number): Finding | undefined {
  const answer = displacement(facts.queue, facts, active, now)
  if (answer.may === 'never') return undefined
  if (!isAnsweredFor(facts, now))
    return waiting(
      facts,
      'slot.preempt-unapproved',
      `${active.version} is on its way, and that it goes back is an operator’s or approver’s word.`,
      {
        remedy:
          'Let an operator promote the hotfix, or an approver say yes to it; or wait until ' +
          `${active.deployment} has finished.`,
        who: [...new Set([...operators(facts), ...approversOf(facts)])],
      },
    )
  const back = active.returnTo === null ? 'is taken away' : `goes back to ${active.returnTo}`
  if (answer.may === 'now')
    return waiting(facts, 'slot.preempts', `${active.version} makes way for it, and ${back}.`, {
      remedy: 'It starts by itself as soon as that is done.',
    })
  const until = minuteOf(answer.at)
  return waiting(facts, 'slot.protected', `${active.version} may bake in peace until ${until}.`, {
    remedy: `Wait until ${active.deployment} has finished, or promote the hotfix yourself.`,
    who: operators(facts),
  })
}

/**
 * To make others go back is an abort, and no developer aborts alone. What automation wants was a
 * hotfix in the environment before, and leaves alone what users have seen.
 */
function isAnsweredFor(facts: PromotionFacts, now: number): boolean {
  if (facts.origin === 'automatic' || facts.requesterMayOperate !== false) return true
  if (rightsOf(facts, now) !== undefined) return true
  const { rule, approvals, planHash, requestedBy: requester, people } = facts
  const { counted } = tally(rule, approvals, { planHash, requester, now })
  return counted.some(
    ({ approver }) => people.find(({ actor }) => actor === approver)?.mayApprove !== false,
  )
}

function approversOf({ people, rule, requestedBy }: PromotionFacts): readonly string[] {
  return people
    .filter(({ mayApprove, actor }) => mayApprove && whyNot(rule, requestedBy, actor) === '')
    .map(({ actor }) => actor)
}

/** When what is on its way has been left alone for long enough. */
export function protectedUntil(facts: PromotionFacts, now: number): number | undefined {
  const { active } = facts.slot
  const answer = active && displacement(facts.queue, facts, active, now)
  return answer?.may === 'later' ? answer.at : undefined
}

/** A hold stops automation; a person may go on, though not with the very release it is about. */
export const hold: Rule = (facts) => {
  const held = facts.slot.hold
  if (held === undefined) return [met(facts, 'slot.not-held', 'The slot is not held.')]
  const isBad = held.badRelease === facts.release.release
  if (facts.origin === 'person' && !isBad)
    return [met(facts, 'slot.held', `A person goes on although the slot is held: ${held.reason}`)]
  return [
    waiting(facts, 'slot.held', `The slot is held: ${held.reason}`, {
      remedy: isBad
        ? 'Promote a release that mends it, or resume the slot.'
        : 'Resume the slot, or promote the release yourself.',
      who: operators(facts),
    }),
  ]
}
