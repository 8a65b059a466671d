/** What Now asks of people about an emergency: a yes, an eye on it, and looking back at it. */
import type { Emergency } from '../../api/emergencies.ts'
import type { Tone } from '../../format/deployment.ts'
import { emergencyInWords, reviewInWords } from '../../format/emergency.ts'

export interface EmergencyText {
  readonly kind: string
  readonly detail: string
  readonly tone: Tone
}

type Known = Pick<
  Emergency,
  'status' | 'endsAt' | 'approvalsMissing' | 'reason' | 'review' | 'lateFailed'
>

export function emergencyTexts(emergency: Known, now: number): readonly EmergencyText[] {
  const { status, reason, review, lateFailed } = emergency
  const { text, tone } = emergencyInWords(emergency, now)
  const names = lateFailed.map(({ name }) => name).join(', ')
  return [
    ...(status === 'ended' ? [] : [{ kind: 'Emergency', detail: `${text}: ${reason}`, tone }]),
    ...(names === '' ? [] : [{ kind: 'Late checks failed', detail: names, tone: 'bad' as const }]),
    // While it stands its review is nobody's business yet, unless it is overdue all the same.
    ...(review === null ||
    review.state === 'done' ||
    (status !== 'ended' && review.state === 'open')
      ? []
      : [reviewText(review, now)]),
  ]
}

function reviewText(review: NonNullable<Emergency['review']>, now: number): EmergencyText {
  const { text, tone } = reviewInWords(review, now)
  const costs = ' The next emergency takes one approval more.'
  const detail = `${text}.${review.state === 'overdue' ? costs : ''}`
  return { kind: 'Review owed', detail, tone }
}
