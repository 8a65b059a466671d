/**
 * How often one commit sees a case answer both ways, as a Beta posterior over the commits that it
 * ran for: one that answered both ways is a success of that coin, one that only passed a failure.
 * A commit that only failed says nothing: that is what a broken case does.
 */
import type { CaseStatus, CaseUnit } from '../events/tests.ts'
import { FLAKY_RULES } from './flaky-rules.ts'

export interface DatedUnit extends CaseUnit {
  /** When it was last heard of. */
  readonly at: number
}

export interface Posterior {
  readonly mean: number
  readonly disagreed: number
  readonly agreed: number
  /** Commits that only passed since the last that answered both ways. */
  readonly cleanSince: number
}

export const disagrees = ({ passes, fails }: Pick<CaseUnit, 'passes' | 'fails'>): boolean =>
  passes > 0 && fails > 0
const agrees = ({ passes, fails }: CaseUnit) => passes > 0 && fails === 0

export function posteriorOf(units: readonly DatedUnit[], now: number): Posterior {
  const weight = ({ at }: DatedUnit) => 2 ** (-Math.max(0, now - at) / FLAKY_RULES.halfLifeMs)
  const sum = (of: (unit: DatedUnit) => boolean) =>
    units.reduce((all, unit) => all + (of(unit) ? weight(unit) : 0), 0)
  const [disagreed, agreed] = [sum(disagrees), sum(agrees)]
  const { prior } = FLAKY_RULES
  const mean = (prior.disagreed + disagreed) / (prior.disagreed + prior.agreed + disagreed + agreed)
  const last = Math.max(-Infinity, ...units.filter(disagrees).map(({ at }) => at))
  const cleanSince = units.filter((unit) => agrees(unit) && unit.at > last).length
  return { mean, disagreed, agreed, cleanSince }
}

/** So many commits in a row would have shown a case that is as flaky as this. */
export function cleanNeeded(mean: number): number {
  const needed = Math.ceil(Math.log(FLAKY_RULES.fixedDoubt) / Math.log(1 - mean))
  return Math.min(FLAKY_RULES.fixedAfterMax, Math.max(FLAKY_RULES.fixedAfterMin, needed))
}

export function statusAfter(before: CaseStatus, posterior: Posterior): CaseStatus {
  const { mean, disagreed, cleanSince } = posterior
  const isClean = cleanSince >= cleanNeeded(mean)
  const isFlaky = disagreed >= FLAKY_RULES.flakyFrom && mean >= FLAKY_RULES.flakyMean
  const isSuspect = disagreed >= FLAKY_RULES.suspectFrom
  switch (before) {
    case 'healthy':
    case 'suspect':
      if (isClean) return 'healthy'
      if (isFlaky) return 'flaky'
      return isSuspect ? 'suspect' : 'healthy'
    case 'flaky':
      // Time alone mends nothing: a case that does not run stays what it was.
      return isClean ? 'fixed' : 'flaky'
    case 'fixed':
      // Who called it fixed was wrong: once more is enough.
      if (isSuspect && cleanSince === 0) return 'flaky'
      return isSuspect ? 'fixed' : 'healthy'
  }
}
