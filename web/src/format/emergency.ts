/** How an emergency and what is owed for it stand, in words. */
import type { Emergency, LateCheck, Review } from '../api/emergencies.ts'
import type { InWords, Tone } from './deployment.ts'
import { ago, duration } from './text.ts'

type Known = Pick<Emergency, 'status' | 'endsAt' | 'approvalsMissing'>

export function emergencyInWords(
  { status, endsAt, approvalsMissing }: Known,
  now: number,
): InWords {
  if (status === 'standing') {
    const left = endsAt === null ? '' : `, ${duration(Math.max(0, endsAt - now))} left`
    return { text: `Stands${left}`, tone: 'bad' }
  }
  if (status === 'ended') return { text: 'Over', tone: 'plain' }
  const more = approvalsMissing === 1 ? '1 approval' : `${approvalsMissing} approvals`
  return { text: `Asked for, waits for ${more}`, tone: 'open' }
}

export function reviewInWords(review: Emergency['review'], now: number): InWords {
  if (review === null) return { text: 'none is owed', tone: 'plain' }
  const { state, dueAt } = review
  if (state === 'done') return { text: 'Done', tone: 'good' }
  if (state === 'overdue') return { text: `Overdue since ${duration(now - dueAt)}`, tone: 'bad' }
  return { text: `Due ${ago(dueAt, now)}`, tone: 'open' }
}

/** Every late check of one use, those not judged yet too. */
export function lateOf({
  late,
  judged,
}: Pick<Emergency['uses'][number], 'late' | 'judged'>): readonly LateCheck[] {
  const waits = late.filter((name) => !judged.some((check) => check.name === name))
  const pending = waits.map((name): LateCheck => ({
    name,
    state: 'pending',
    message: 'Not judged yet.',
    remedy: 'It is, as soon as its job has ended.',
  }))
  return [...judged, ...pending]
}

export const LATE_TONE: Readonly<Record<LateCheck['state'], Tone>> = {
  passed: 'good',
  waived: 'good',
  failed: 'bad',
  pending: 'open',
  'not-applicable': 'plain',
}

/** Of an open review: who has said what they learned, and how many are missing. */
export function signaturesMissing({ state: { reviewers, signed } }: Review): number {
  return Math.max(0, reviewers - signed.length)
}
