/** Surveys, a row each: what was asked, and how many have answered. */
import { defineView } from '#engine/views.ts'
import type { SurveyEvent } from '../events/surveys.ts'

export interface SurveyRow {
  readonly survey: string
  readonly title: string
  readonly invited: number
  readonly answers: number
  readonly opened_at: number
  readonly closes_at: number
  readonly closed_at: number | null
}

export const surveyRows = defineView<SurveyRow, SurveyEvent>({
  name: 'surveys',
  version: 1,
  reads: ['survey'],
  columns: {
    survey: 'text',
    title: 'text',
    invited: 'integer',
    answers: 'integer',
    opened_at: 'timestamptz',
    closes_at: 'timestamptz',
    closed_at: 'timestamptz',
  },
  key: ['survey'],
  indexes: [['opened_at']],
  rows: ({ id }) => [[id]],
  fold(row, { event, id }) {
    if (event.type === 'survey.opened') {
      const { title, keys, at, closesAt } = event
      const of = { survey: id, title, invited: keys.length, answers: 0 }
      return { ...of, opened_at: at, closes_at: closesAt, closed_at: null }
    }
    if (row === undefined) return row
    if (event.type === 'survey.answered') return { ...row, answers: row.answers + 1 }
    return { ...row, closed_at: event.at }
  },
})
