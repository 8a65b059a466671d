/** Rules about people: whether enough of those who may have said yes to this very plan. */
import { type Approval, isEnough, tally, type Tally, whyNot } from '../approvals.ts'
import type { PromotionFacts } from './facts.ts'
import { rightsOf } from './emergency.ts'
import { met, type Rule, waiting } from './finding.ts'

export const plan: Rule = (facts) => {
  const { planChanged } = facts
  if (planChanged.length === 0)
    return [met(facts, 'plan.unchanged', 'The plan is the one that was put before people.')]
  return [
    waiting(facts, 'plan.unapproved-change', `The plan changed: ${planChanged.join(', ')}.`, {
      remedy: 'It is planned anew by itself; approvals of the old plan are void.',
    }),
  ]
}

export const approvals: Rule = (facts, now) => {
  const { rule, requestedBy: requester, planHash, people } = facts
  const isAsked = rule.count > 0 || rule.ownersMin > 0
  // The emergency's own approval stands for these; the rule about it says whether it has it.
  if (!isAsked && facts.priority === 'emergency') return replaced(facts, now)
  if (!isAsked) return [met(facts, 'approval.not-needed', 'No approval is asked for here.')]
  // Membership counts as it is now: who left the team since has left the tally. Whom we do not know
  // by name was let in another way, and stays what they were when they said yes.
  // By person: a second account of theirs is no second yes.
  const given = new Map<string, Approval>()
  for (const approval of facts.approvals) {
    const known = people.find(({ actor }) => actor === approval.approver)
    if (known?.mayApprove === false) continue
    const teams = known?.teams ?? approval.teams
    given.set(known?.person ?? approval.approver, { ...approval, teams })
  }
  const count = tally(rule, [...given.values()], { planHash, requester, now })
  const yes = count.counted.map(({ approver }) => approver)
  if (isEnough(count)) return [met(facts, 'approval.given', `Approved by ${yes.join(', ')}.`)]
  const stale = count.expired.map(({ approver }) => approver)
  const skipped = facts.skips.map(({ environment }) => environment).join(', ')
  const names = skipped === '' ? '' : ` It must name what is skipped: ${skipped}.`
  const message = `${missing(count, rule.ownerTeam)}${names}`
  const unmet = {
    remedy: 'Ask one of those who can act; authors and the requester may not approve.',
    who: candidates(facts, count),
  }
  return stale.length > 0
    ? [
        waiting(
          facts,
          'approval.expired',
          `${message} ${stale.join(', ')} said yes too long ago.`,
          unmet,
        ),
      ]
    : [waiting(facts, 'approval.missing', message, unmet)]
}

const replaced: Rule = (facts, now) => {
  const rights = rightsOf(facts, now)
  if (rights === undefined) return []
  const by = rights.approvals.join(', ')
  const how = rights.isAlone
    ? `${rights.requestedBy} was alone; two others review it later`
    : by === ''
      ? 'its row asks nobody'
      : `by ${by}`
  return [met(facts, 'emergency.approved', `Approved with its emergency, ${how}.`)]
}

function missing({ missing: any, ownersMissing }: Tally, ownerTeam: string): string {
  const needed = Math.max(any, ownersMissing)
  const owners = ownersMissing > 0 ? `, ${ownersMissing} of them of ${ownerTeam}` : ''
  return `${needed} more ${needed === 1 ? 'approval is' : 'approvals are'} needed${owners}.`
}

function candidates(
  { people, rule, requestedBy }: PromotionFacts,
  count: Tally,
): readonly string[] {
  const done = new Set(count.counted.map(({ approver }) => approver))
  const onlyOwners = count.ownersMissing >= count.missing
  return people
    .filter(({ mayApprove, actor }) => mayApprove && !done.has(actor))
    .filter(({ actor }) => whyNot(rule, requestedBy, actor) === '')
    .filter(({ teams }) => !onlyOwners || teams.includes(rule.ownerTeam))
    .map(({ actor }) => actor)
}
