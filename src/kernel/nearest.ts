/** "Did you mean": the known word that takes the fewest edits, when that is few enough to help. */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  let best: string | undefined
  // Past a third of the word a suggestion is noise; two edits are always worth offering.
  let limit = Math.max(2, Math.floor(word.length / 3)) + 1
  for (const candidate of known) {
    const distance = editsBetween(word.toLowerCase(), candidate.toLowerCase(), limit)
    // Changing every letter is no resemblance, however short the word.
    if (distance < limit && distance < Math.max(word.length, candidate.length)) {
      limit = distance
      best = candidate
    }
  }
  return best
}

/** Levenshtein distance, one row at a time; gives up with `limit` when it must be at least that. */
function editsBetween(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const substitute = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(substitute, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? limit
}
