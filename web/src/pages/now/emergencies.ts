/** What Now says of an emergency: that it stands, what failed late, and a review that is overdue. */
import type { Emergency } from '../../api/emergencies.ts'
import type { Tone } from '../../format/deployment.ts'

export interface EmergencyText {
  readonly kind: string
  readonly detail: string
  readonly tone: Tone
}

export function emergencyTexts({
  status,
  reason,
  review,
  lateFailed,
}: Pick<Emergency, 'status' | 'reason' | 'review' | 'lateFailed'>): readonly EmergencyText[] {
  const kind = status === 'standing' ? 'Emergency' : 'Emergency asked for'
  const names = lateFailed.map(({ name }) => name).join(', ')
  return [
    ...(status === 'ended' ? [] : [{ kind, detail: reason, tone: 'open' as const }]),
    ...(names === '' ? [] : [{ kind: 'Late checks failed', detail: names, tone: 'bad' as const }]),
    ...(review?.state === 'overdue'
      ? [
          {
            kind: 'Review overdue',
            detail: 'The next emergency takes one approval more.',
            tone: 'bad' as const,
          },
        ]
      : []),
  ]
}
