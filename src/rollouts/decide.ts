/**
 * The one answer to "may this promotion start?". The reconciler asks inside the transaction that
 * starts it; pages, the command line and chat ask for show: all get this function's word, so that
 * nobody is told one thing while another is done. Every rule speaks, met or not; the worst of them
 * is the verdict, and there is no way around one but to meet it.
 */
import type { Verdict, VerdictReason } from './events.ts'
import { approvals, plan } from './rules/approval.ts'
import { freezes, reopensAt, windows } from './rules/calendar.ts'
import { emergency } from './rules/emergency.ts'
import type { PromotionFacts } from './rules/facts.ts'
import type { Finding, Rule } from './rules/finding.ts'
import { fits } from './rules/fits.ts'
import { checks, hold, protectedUntil, turn } from './rules/moment.ts'
import { contract, noReturn } from './rules/no-return.ts'
import { bytes, carriedBack, order, path, skips, upstream, veto } from './rules/release.ts'

/** In the order in which people read them. */
const RULES: readonly Rule[] = [
  path,
  upstream,
  skips,
  veto,
  bytes,
  order,
  carriedBack,
  emergency,
  checks,
  plan,
  approvals,
  contract,
  noReturn,
  freezes,
  windows,
  fits,
  turn,
  hold,
]

/** A change of a flag has no release and no instances; people and the calendar it has. */
const FLAG_RULES: readonly Rule[] = [approvals, freezes, windows, hold]

/** Names shown; more would be a mailing list. */
const WHO_MAX = 12

export function decide(facts: PromotionFacts, now: number): Verdict {
  return judged(RULES, facts, now)
}

export function decideFlag(facts: PromotionFacts, now: number): Verdict {
  return judged(FLAG_RULES, facts, now)
}

/** A step of a ramp was approved with the ramp. */
export function decideFlagStep(facts: PromotionFacts, now: number): Verdict {
  return judged(
    FLAG_RULES.filter((rule) => rule !== approvals),
    facts,
    now,
  )
}

function judged(rules: readonly Rule[], facts: PromotionFacts, now: number): Verdict {
  const findings = rules.flatMap((rule) => rule(facts, now))
  const until = latest(reopensAt(facts, now), protectedUntil(facts, now))
  const unmet = findings.filter(({ state }) => state !== 'met')
  return {
    verdict: worst(findings),
    reasons: findings.map(reasonOf),
    ...(until !== undefined && { until }),
    whoCanAct: [...new Set(unmet.flatMap(({ who }) => who ?? []))].slice(0, WHO_MAX),
  }
}

function latest(...instants: readonly (number | undefined)[]): number | undefined {
  const known = instants.filter((at) => at !== undefined)
  return known.length === 0 ? undefined : Math.max(...known)
}

function reasonOf({ code, state, message, remedy, policy }: Finding): VerdictReason {
  return { code, state, message, remedy, policy }
}

function worst(findings: readonly Finding[]): Verdict['verdict'] {
  if (findings.some(({ state }) => state === 'refused')) return 'deny'
  return findings.some(({ state }) => state === 'waiting') ? 'wait' : 'allow'
}
