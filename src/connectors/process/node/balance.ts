/**
 * Smooth weighted round robin: each pick raises everybody by their weight and takes the highest,
 * who then pays the sum. Shares are exact over every hundred requests, not only on average, and
 * requests of one server are spread evenly between the others'.
 */
export interface Candidate {
  readonly weight: number
  /** What it has saved up; written by `pick` alone. */
  credit: number
}

/** The next of those with a weight; undefined when there is none. */
export function pick<C extends Candidate>(candidates: readonly C[]): C | undefined {
  let chosen: C | undefined
  let total = 0
  for (const candidate of candidates) {
    if (candidate.weight <= 0) continue
    total += candidate.weight
    candidate.credit += candidate.weight
    if (!chosen || candidate.credit > chosen.credit) chosen = candidate
  }
  if (chosen) chosen.credit -= total
  return chosen
}
