/** What two keys differ in, name by name: why a job runs that was expected not to. */
import type { KeyParts } from './cache-key.ts'

export interface KeyDifference {
  /** Of the part: `input.src/a.ts`, `env.MODE`, `need.install`. */
  readonly part: string
  /** Absent: it was not there. */
  readonly was?: string
  /** Absent: it is not there any more. */
  readonly is?: string
}

export function keyDifferences(before: KeyParts, after: KeyParts): KeyDifference[] {
  const parts = [...new Set([...Object.keys(before), ...Object.keys(after)])].toSorted()
  return parts.flatMap((part) => {
    const was = Object.hasOwn(before, part) ? before[part] : undefined
    const is = Object.hasOwn(after, part) ? after[part] : undefined
    if (was === is) return []
    return [{ part, ...(was !== undefined && { was }), ...(is !== undefined && { is }) }]
  })
}
