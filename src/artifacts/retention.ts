/**
 * Which artifacts may go. By reference, never by age alone: what is old and in use stays, and keeps
 * nothing newer that nobody needs. What refers to them is found out by the rooms above.
 */
import type { Reference } from './events.ts'

/** A release is made within seconds; so long a person may still be looking at what a run built. */
export const YOUNG_MS = 7 * 24 * 60 * 60 * 1000

/**
 * Between the record that an artifact is pruned and the removal of its bytes. Whoever read that it
 * is there must have written what they were about to by then: no transaction lasts a minute.
 */
export const REMOVAL_MS = 10 * 60 * 1000

export interface Candidate {
  readonly digest: string
  readonly published_at: number
}

/** What keeps it; nothing: it may go. */
export function keptBy(
  { digest, published_at: publishedAt }: Candidate,
  references: readonly Reference[],
  now: number,
): readonly Reference[] {
  const kept = references.filter(({ artifact }) => artifact === digest)
  if (now - publishedAt >= YOUNG_MS) return kept
  return [...kept, { artifact: digest, reason: 'young', by: 'published less than 7 days ago' }]
}
