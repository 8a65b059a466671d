/** What one rule has to say. Codes are for machines, the message and remedy for people. */
import type { VerdictReason } from '../events.ts'
import type { PromotionFacts } from './facts.ts'

export type VerdictCode =
  | 'path.on'
  | 'path.off'
  | 'upstream.none'
  | 'upstream.validated'
  | 'upstream.not-validated'
  | 'upstream.vetoed'
  | 'upstream.rolled-back'
  | 'upstream.skipped'
  | 'release.not-vetoed'
  | 'release.vetoed'
  | 'artifact.pruned'
  | 'release.newer'
  | 'release.older'
  | 'release.back'
  | 'release.back-late'
  | 'release.below-floor'
  | 'release.again'
  | 'release.apart'
  | 'hotfix.carried-back'
  | 'hotfix.not-carried-back'
  | 'emergency.standing'
  | 'emergency.profile'
  | 'emergency.none'
  | 'emergency.not-approved'
  | 'emergency.over'
  | 'emergency.approved'
  | 'check.none'
  | 'check.passed'
  | 'check.failed'
  | 'check.pending'
  | 'check.late'
  | 'check.waived'
  | 'check.not-applicable'
  | 'plan.unchanged'
  | 'plan.unapproved-change'
  | 'approval.not-needed'
  | 'approval.given'
  | 'approval.missing'
  | 'approval.expired'
  | 'schema.no-longer-needed'
  | 'schema.still-needed'
  | 'schema.no-return-accepted'
  | 'schema.point-of-no-return'
  | 'freeze.none'
  | 'freeze.active'
  | 'freeze.passed'
  | 'window.none'
  | 'window.open'
  | 'window.closed'
  | 'window.long-enough'
  | 'window.too-short'
  | 'window.overridden'
  | 'window.passed'
  | 'slot.free'
  | 'slot.not-open'
  | 'slot.busy'
  | 'slot.protected'
  | 'slot.preempts'
  | 'slot.preempt-unapproved'
  | 'slot.queued'
  | 'slot.not-held'
  | 'slot.held'

export interface Finding extends VerdictReason {
  readonly code: VerdictCode
  /** Actors or teams that can do something about it. */
  readonly who?: readonly string[]
}

export type Rule = (facts: PromotionFacts, now: number) => readonly Finding[]

interface Unmet {
  readonly remedy: string
  readonly who?: readonly string[]
}

export function met({ policy }: PromotionFacts, code: VerdictCode, message: string): Finding {
  return { code, state: 'met', message, remedy: '', policy }
}

/** Time or somebody's act can still make it true. */
export function waiting(
  { policy }: PromotionFacts,
  code: VerdictCode,
  message: string,
  unmet: Unmet,
): Finding {
  return { code, state: 'waiting', message, policy, ...unmet }
}

/** No waiting helps: something has to change. */
export function refused(
  { policy }: PromotionFacts,
  code: VerdictCode,
  message: string,
  unmet: Unmet,
): Finding {
  return { code, state: 'refused', message, policy, ...unmet }
}

export function operators({ people }: PromotionFacts): readonly string[] {
  return people.filter(({ mayOperate }) => mayOperate).map(({ actor }) => actor)
}

export const minuteOf = (at: number) => `${new Date(at).toISOString().slice(0, 16)}Z`
