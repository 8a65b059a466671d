/**
 * Rules about what cannot be undone. Taking something away from the database is for when nobody can
 * be sent back any more to a release that needs it; and then a person says so, by name.
 */
import { expiresAt, whyNot } from '../approvals.ts'
import type { PromotionFacts } from './facts.ts'
import { met, type Rule, waiting } from './finding.ts'

type Facts = NonNullable<PromotionFacts['noReturn']>

export const contract: Rule = (facts) => {
  if (facts.noReturn === undefined) return []
  const { needing, window } = facts.noReturn
  if (needing.length === 0)
    return [met(facts, 'schema.no-longer-needed', 'Nobody in the rollback window needs it.')]
  return needing.map(({ version, why }) =>
    waiting(facts, 'schema.still-needed', `${version} may still be gone back to. ${why}.`, {
      remedy:
        `Wait until ${version} has left the rollback window of ${window}, veto it in ` +
        `${facts.environment} if nobody is ever to go back to it, or release without these steps.`,
      who: [facts.ownerTeam],
    }),
  )
}

export const noReturn: Rule = (facts, now) => {
  if (facts.noReturn === undefined) return []
  const { acceptance } = facts.noReturn
  const what = whatOf(facts.noReturn)
  if (acceptance !== undefined && isStanding(facts, acceptance, now)) {
    const { by, reason } = acceptance
    return [met(facts, 'schema.no-return-accepted', `${by} accepts ${what}: ${reason}`)]
  }
  return [
    waiting(facts, 'schema.point-of-no-return', `It cannot be undone: ${what}.`, {
      remedy:
        'Ask one of those who can act to accept it by name, `signalbox accept-no-return`; ' +
        'authors and the requester may not.',
      who: facts.people
        .filter(({ mayApprove }) => mayApprove)
        .filter(({ actor }) => whyNot(facts.rule, facts.requestedBy, actor) === '')
        .map(({ actor }) => actor),
    }),
  ]
}

/** Who left since does not answer for it any more, nor does a word that went stale. */
function isStanding(
  { rule, requestedBy, people }: PromotionFacts,
  acceptance: NonNullable<Facts['acceptance']>,
  now: number,
): boolean {
  const person = people.find(({ actor }) => actor === acceptance.by)
  return (
    person?.mayApprove !== false &&
    whyNot(rule, requestedBy, acceptance.by) === '' &&
    now < expiresAt(rule, acceptance)
  )
}

/** The worst step stands for the others. */
function whatOf({ what }: Facts): string {
  const [worst] = what.steps
  const others = what.count - 1
  const more = others > 0 ? `, and ${others} more` : ''
  if (worst === undefined) return `${what.count} steps of its migrations`
  const { version, path, line, statement } = worst
  const place = path === '' ? version : `${path}:${line} of ${version}`
  return `${statement === '' ? worst.reason : `\`${statement}\``} (${place})${more}`
}
