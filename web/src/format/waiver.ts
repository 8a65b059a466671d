/** How a waiver stands, in words. */
import type { Waiver } from '../api/governance.ts'
import type { InWords } from './deployment.ts'
import { ago } from './text.ts'

const DAY_MS = 86_400_000

type Known = Pick<Waiver, 'status' | 'expiresAt'>

export function waiverInWords({ status, expiresAt }: Known, now: number): InWords {
  if (status === 'revoked') return { text: 'Revoked', tone: 'plain' }
  if (now >= expiresAt) return { text: `Expired ${ago(expiresAt, now)}`, tone: 'plain' }
  if (status === 'requested') return { text: 'Waits for approval', tone: 'open' }
  const isSoon = expiresAt - now < DAY_MS
  return { text: `Holds, ends ${ago(expiresAt, now)}`, tone: isSoon ? 'open' : 'good' }
}

/** What still counts or waits first, and of these what ends first. */
export function waiversInOrder<Row extends Known>(
  all: readonly Row[],
  now: number,
): readonly Row[] {
  const isOver = ({ status, expiresAt }: Known) => status === 'revoked' || now >= expiresAt
  const open = all.filter((each) => !isOver(each)).toSorted((a, b) => a.expiresAt - b.expiresAt)
  return [...open, ...all.filter(isOver).toSorted((a, b) => b.expiresAt - a.expiresAt)]
}
