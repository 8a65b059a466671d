/** A test case in doubt, in words: how much it is doubted, and until when somebody answers for it. */
import type { FlakyCase } from '../api/flaky.ts'
import type { InWords } from './deployment.ts'
import { ago } from './text.ts'

export function flakyInWords(
  { state, quarantine, ended }: Pick<FlakyCase, 'state' | 'quarantine' | 'ended'>,
  now: number,
): InWords {
  if (quarantine !== null)
    return now < quarantine.expiresAt
      ? { text: `quarantined, ends ${ago(quarantine.expiresAt, now)}`, tone: 'open' }
      : { text: 'quarantine over', tone: 'bad' }
  const after = ended === null || ended.why === 'fixed' ? '' : `, quarantine ${ended.why}`
  switch (state) {
    case 'suspect':
      return { text: `suspect${after}`, tone: 'open' }
    case 'flaky':
    case 'quarantined':
      return { text: `flaky${after}`, tone: 'bad' }
    case 'fixed':
    case 'healthy':
      return { text: state, tone: 'good' }
  }
}

/** Of one commit: how often it sees the case answer both ways. */
export const share = (mean: number) => `${(mean * 100).toFixed(1)} %`

/** What is wrong with what was filled in; empty: nothing is. */
export function issueProblem(issue: string): string {
  return /^(?:https?:\/\/\S+|[A-Z][A-Z0-9]*-\d+|(?:[\w.-]+\/[\w.-]+)?#\d+)$/.test(issue)
    ? ''
    : 'a link, or the key of a ticket such as SHOP-123'
}
