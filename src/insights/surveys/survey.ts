/**
 * A survey: one question, answered from 1 to 5 by whoever holds a link, once each, until it is
 * closed or its time is over. Nobody is asked who they are.
 */
import { type Decider, type Rejection, reject } from '#kernel/decider.ts'
import type { SurveyEvent } from '../events/surveys.ts'

interface Asked {
  readonly at: number
  readonly by: string
  readonly survey: string
}

export type SurveyCommand =
  | (Asked & {
      readonly type: 'survey.open'
      readonly title: string
      readonly question: string
      readonly keys: readonly string[]
      readonly closesAt: number
    })
  | (Asked & {
      readonly type: 'survey.answer'
      readonly key: string
      readonly score: number
      readonly comment?: string | undefined
    })
  | (Asked & { readonly type: 'survey.close' })

export interface SurveyState {
  readonly status: 'none' | 'open' | 'closed'
  readonly title: string
  readonly question: string
  readonly invited: number
  readonly openedAt: number
  readonly closesAt: number
  readonly closedAt: number | null
  readonly unused: ReadonlySet<string>
  readonly used: ReadonlySet<string>
  readonly scores: readonly number[]
  readonly comments: readonly string[]
}

export type SurveyRefusal =
  | 'survey.opened-already'
  | 'survey.unknown-link'
  | 'survey.answered-already'
  | 'survey.over'

type Answer = readonly SurveyEvent[] | Rejection<SurveyRefusal>

export const survey: Decider<SurveyState, SurveyCommand, SurveyEvent, SurveyRefusal> = {
  initial: {
    ...{ status: 'none', title: '', question: '', invited: 0, openedAt: 0, closesAt: 0 },
    ...{ closedAt: null, unused: new Set(), used: new Set(), scores: [], comments: [] },
  },
  decide(command, state): Answer {
    switch (command.type) {
      case 'survey.open':
        if (state.status === 'none') return [{ ...command, type: 'survey.opened' }]
        return reject(
          'survey.opened-already',
          `${command.survey} is there already, and its links are told once.`,
          'Close it, and open another.',
        )
      case 'survey.answer':
        return answer(command, state)
      case 'survey.close':
        return state.status === 'open' ? [{ ...command, type: 'survey.closed' }] : []
    }
  },
  evolve(state, event): SurveyState {
    switch (event.type) {
      case 'survey.opened': {
        const { title, question, keys, closesAt, at: openedAt } = event
        const invited = keys.length
        const opened = { title, question, invited, openedAt, closesAt }
        return { ...survey.initial, ...opened, status: 'open', unused: new Set(keys) }
      }
      case 'survey.answered': {
        const { key, score, comment } = event
        const unused = new Set(state.unused)
        unused.delete(key)
        return {
          ...state,
          ...{ unused, used: new Set([...state.used, key]), scores: [...state.scores, score] },
          comments: comment === undefined ? state.comments : [...state.comments, comment],
        }
      }
      case 'survey.closed':
        return { ...state, status: 'closed', closedAt: event.at }
    }
  },
}

export const surveys = { kind: 'survey', decider: survey } as const

export const isOver = ({ status, closesAt }: SurveyState, at: number): boolean =>
  status === 'closed' || at >= closesAt

type Given = Extract<SurveyCommand, { type: 'survey.answer' }>

function answer(command: Given, state: SurveyState): Answer {
  const isUsed = state.used.has(command.key)
  if (!isUsed && !state.unused.has(command.key))
    return reject(
      'survey.unknown-link',
      'There is no such link.',
      'Copy it whole, or ask whoever sent it to you.',
    )
  if (isUsed)
    return reject(
      'survey.answered-already',
      'This link was answered before.',
      'An answer stands as it was given; each link is for one.',
    )
  if (isOver(state, command.at))
    return reject('survey.over', 'This survey is over.', 'There will be another.')
  return [{ ...command, type: 'survey.answered' }]
}
