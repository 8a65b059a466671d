/**
 * Every constant by which a case is called flaky, in one place, with where it comes from. The
 * signal is never "it failed": it is that the same case answered both ways to the same commit with
 * the same inputs, which no change of the code can explain.
 */
const DAY_MS = 24 * 60 * 60 * 1000

export const FLAKY_RULES = {
  /**
   * Before anything is known: 1.5 % of runs, with the weight of twenty commits. Google reported
   * that share of flaky results over all its test runs (Micco, 2016).
   */
  prior: { disagreed: 0.3, agreed: 19.7 },
  /** Harness looks back 14 days; here what is as old counts half, so that nothing jumps. */
  halfLifeMs: 14 * DAY_MS,
  /** One disagreement, for as long as it counts half at least. */
  suspectFrom: 0.5,
  /** A second one while the first still counts half … */
  flakyFrom: 1.5,
  /** … and twice as often as a case that nothing is known of. */
  flakyMean: 0.03,
  /** Chance that a case still flaky at its mean would have hidden all the while. */
  fixedDoubt: 0.05,
  /** Harness clears after five passes: never sooner. Beyond sixty nobody would live to see it. */
  fixedAfterMin: 5,
  fixedAfterMax: 60,
  /** Of a run's tests: when more fail, it is the machine or the build (Trunk, 2026). */
  guardShare: 0.8,
  /** Fewer tests than these make no share worth speaking of. */
  guardTestsMin: 5,
  /** Commits that all failed, one after the other: broken, which is no flakiness. */
  brokenAfter: 5,
  /** Commits of the branch that must know a case before it may be quarantined. */
  knownAfter: 2,
  quarantineMsMax: 14 * DAY_MS,
  /** Commits whose answers are kept for a case in doubt. */
  unitsMax: 100,
} as const
