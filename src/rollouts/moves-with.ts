/**
 * Whose hold it is when no person's: plans and trains keep automation off the slots that they move,
 * and say so in words. Such a slot is on its way, and nothing about it is wrong.
 */
export interface MovesWith {
  readonly kind: 'plan' | 'train'
  readonly id: string
}

const WORDS = [
  ['plan', /^Moves with the release plan (.+)\.$/],
  ['train', /^Goes with the release train (.+)\.$/],
  ['train', /^The release train (.+) is about to leave from here\.$/],
] as const

/** Null: a person holds it, or automation after something went wrong. */
export function movesWith({
  by,
  reason,
}: {
  readonly by: string
  readonly reason: string
}): MovesWith | null {
  // Nobody's words but those of the program: a person may quote them.
  if (by !== 'system') return null
  for (const [kind, words] of WORDS) {
    const id = words.exec(reason)?.[1]
    if (id !== undefined) return { kind, id }
  }
  return null
}
