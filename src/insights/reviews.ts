/**
 * Whether emergencies are looked back at in time: of the reviews that were due in the window, how
 * many are still owed, and how many were done by their day. No review that was due is no merit.
 */
import type { Figure } from './dora.ts'

export interface ReviewFact {
  readonly emergency: string
  readonly dueAt: number
  /** Null: nobody has, yet. */
  readonly doneAt: number | null
}

export interface ReviewFigures {
  /** Reviews whose day has passed, and that nobody has done. */
  readonly overdueReviews: Figure<number, 'no-reviews'>
  /** Share of those that were due that were done by their day. */
  readonly reviewsInTime: Figure<number, 'no-reviews'>
}

export function reviewFigures(facts: readonly ReviewFact[], now: number): ReviewFigures {
  const due = facts.filter(({ dueAt, doneAt }) => dueAt <= now || doneAt !== null)
  const n = due.length
  if (n === 0) {
    const none = { value: null, n, reason: 'no-reviews' } as const
    return { overdueReviews: none, reviewsInTime: none }
  }
  const overdue = due.filter(({ doneAt }) => doneAt === null).length
  const inTime = due.filter(({ dueAt, doneAt }) => doneAt !== null && doneAt <= dueAt).length
  return { overdueReviews: { value: overdue, n }, reviewsInTime: { value: inTime / n, n } }
}
