/** How long a line of runs took, one after the other, and what each came to. */
import type { Run } from '../api/types.ts'

/** As many as an eye takes in. */
const LAST = 20

type Of = Pick<Run, 'id' | 'service' | 'branch' | 'outcome' | 'queued_at' | 'ended_at'>

export interface Past {
  readonly id: string
  readonly tookMs: number
  readonly isGood: boolean
}

/** Of each run, those of its service and branch up to it, oldest first. `runs`: newest first. */
export function pasts(runs: readonly Of[]): ReadonlyMap<string, readonly Past[]> {
  const lines = new Map<string, Past[]>()
  const found = new Map<string, readonly Past[]>()
  for (const { id, service, branch, outcome, queued_at: from, ended_at: to } of runs.toReversed()) {
    const name = `${service}\n${branch}`
    const line = lines.get(name) ?? []
    lines.set(name, line)
    if (to !== null && outcome !== 'cancelled')
      line.push({ id, tookMs: Math.max(0, to - from), isGood: outcome === 'succeeded' })
    found.set(id, line.slice(-LAST))
  }
  return found
}

/** Half of those that succeeded took no longer; undefined: none did. */
export function usualMs(past: readonly Past[]): number | undefined {
  const took = past
    .filter(({ isGood }) => isGood)
    .map(({ tookMs }) => tookMs)
    .toSorted((a, b) => a - b)
  return took[Math.floor((took.length - 1) / 2)]
}

export function pastInWords(past: readonly Past[]): string {
  const failed = past.filter(({ isGood }) => !isGood).length
  if (past.length === 0) return 'none before it has ended'
  return `of the last ${past.length}, ${failed === 0 ? 'none' : failed} failed`
}
