/** Of one answer of the server, what a row of the go/no-go matrix shows. It decides nothing. */
import type { Check, Explanation, VerdictReason } from '../api/rollouts.ts'
import type { Tone } from './deployment.ts'

export interface Cell {
  readonly glyph: string
  readonly tone: Tone
  /** In a word, for who does not see the glyph. */
  readonly word: string
  readonly says: string
}

/** Reasons by the beginning of their codes; checks have columns of their own. */
export const GROUPS = [
  { name: 'path', codes: ['path.', 'upstream.'] },
  { name: 'release', codes: ['release.'] },
  { name: 'approvals', codes: ['approval.', 'plan.'] },
  { name: 'calendar', codes: ['freeze.', 'window.'] },
  { name: 'slot', codes: ['slot.'] },
] as const

const OF_REASON = {
  refused: { glyph: '✕', tone: 'bad', word: 'no' },
  waiting: { glyph: '◐', tone: 'open', word: 'waits' },
  met: { glyph: '✓', tone: 'good', word: 'yes' },
} as const
const OF_CHECK = {
  passed: { glyph: '✓', tone: 'good', word: 'passed' },
  waived: { glyph: '◇', tone: 'open', word: 'waived' },
  failed: { glyph: '✕', tone: 'bad', word: 'failed' },
  pending: { glyph: '◐', tone: 'open', word: 'pending' },
  'not-applicable': { glyph: '–', tone: 'plain', word: 'not applicable' },
} as const
/** Asked of other services there, not of this one. */
const NOT_ASKED: Cell = { glyph: '·', tone: 'plain', word: 'not asked', says: 'Not asked of it.' }
const WORST = ['refused', 'waiting', 'met'] as const

export function groupCell({ verdict: { reasons } }: Explanation, codes: readonly string[]): Cell {
  const mine = reasons.filter(({ code }) => codes.some((beginning) => code.startsWith(beginning)))
  const state = WORST.find((each) => mine.some((reason) => reason.state === each))
  if (state === undefined) return NOT_ASKED
  const says = (all: readonly VerdictReason[]) => all.map(({ message }) => message).join(' ')
  return { ...OF_REASON[state], says: says(mine.filter((reason) => reason.state === state)) }
}

export function checkCell({ checks }: Explanation, name: string): Cell {
  const check = checks.find((each) => each.name === name)
  return check === undefined ? NOT_ASKED : { ...OF_CHECK[check.state], says: saysOf(check) }
}

const saysOf = ({ message, remedy }: Check) =>
  [message, remedy].filter((text) => text !== '').join(' ')

/** Every check that is asked of any of them, in the order of who is asked for most. */
export function checkNames(answers: readonly Explanation[]): readonly string[] {
  const most = answers.toSorted((a, b) => b.checks.length - a.checks.length)
  return [...new Set(most.flatMap(({ checks }) => checks.map(({ name }) => name)))]
}

export type Go = 'go' | 'wait' | 'no-go' | 'there'

/** What is there already has nowhere to go, and is no bad news. */
export function goOf({ verdict: { verdict, reasons } }: Explanation): Go {
  if (reasons.some(({ code }) => code === 'release.again')) return 'there'
  return ({ allow: 'go', wait: 'wait', deny: 'no-go' } as const)[verdict]
}

export const GO_IN_WORDS: Readonly<Record<Go, { readonly text: string; readonly tone: Tone }>> = {
  go: { text: 'Go', tone: 'good' },
  wait: { text: 'Waits', tone: 'open' },
  'no-go': { text: 'No-go', tone: 'bad' },
  there: { text: 'Runs there', tone: 'plain' },
}

/** `1 go, 2 wait`: of those that were answered; the rest is said to be unknown. */
export function sumOf(answers: readonly Explanation[], asked: number): string {
  const counts = Map.groupBy(answers, goOf)
  const words = { go: 'go', wait: 'waiting', 'no-go': 'no-go', there: 'run there already' } as const
  const said = (['go', 'wait', 'no-go', 'there'] as const).flatMap((go) => {
    const count = counts.get(go)?.length ?? 0
    return count === 0 ? [] : [`${count} ${words[go]}`]
  })
  const unknown = asked - answers.length
  return [...said, ...(unknown > 0 ? [`${unknown} not known`] : [])].join(', ')
}
