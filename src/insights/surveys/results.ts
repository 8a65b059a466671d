/** What a survey came to, where enough answered that nobody is known by theirs. */
import { ANSWERS_MIN } from '../figures/support.ts'
import { meanInterval } from '../figures/statistics.ts'
import { isOver, type SurveyState } from './survey.ts'

export interface SurveyResult {
  readonly title: string
  readonly question: string
  readonly status: 'open' | 'closed'
  readonly openedAt: number
  readonly closesAt: number
  readonly closedAt: number | null
  readonly invited: number
  readonly answers: number
  /** Null, as is all below, with fewer answers than five. */
  readonly mean: number | null
  readonly interval: readonly [number, number] | null
  /** Answers by score, 1 to 5. */
  readonly scores: readonly number[] | null
  /** In the order of the alphabet: their own order would tell when each was given. */
  readonly comments: readonly string[] | null
}

export function resultOf(state: SurveyState, at: number): SurveyResult {
  const { title, question, openedAt, closesAt, closedAt, invited, scores, comments } = state
  const isShown = scores.length >= ANSWERS_MIN
  const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length
  return {
    ...{ title, question, status: isOver(state, at) ? 'closed' : 'open' },
    ...{ openedAt, closesAt, closedAt, invited, answers: scores.length },
    mean: isShown ? mean : null,
    interval: isShown ? (meanInterval(scores) ?? null) : null,
    scores: isShown ? [1, 2, 3, 4, 5].map((one) => scores.filter((s) => s === one).length) : null,
    comments: isShown ? comments.toSorted() : null,
  }
}
