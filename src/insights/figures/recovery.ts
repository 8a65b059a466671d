import { between, type Counted, isIn, none, type Window } from './answer.ts'
import type { Facts, Failure } from './facts/facts.ts'
import { counts } from './failure-rate.ts'
import { partOf } from './frequency.ts'
import { medianOf, spreadOf, survivalMedian } from './statistics.ts'

/** With more than this share still open, a median of those that are over would flatter. */
const OPEN_SHARE_MAX = 0.2

/**
 * K4, failed deployment recovery time: of each confirmed failed deployment, from the start of the
 * harm (or from when users first met it, if that is later) to the earliest of its rollback, its
 * remedy and its incident's mitigation. Median, 90th percentile and mean, of those that recovered
 * in the window; those that failed in it and have not are open, and no end is made up for them:
 * when they are more than a fifth, the median is Kaplan and Meier's.
 */
export function recovery(facts: Facts, window: Window): Counted {
  if (facts.deployments.length === 0) return none('no_source')
  const failed = facts.failures.filter((one) => one.isConfirmed && counts(one.deployment))
  const over = failed.filter(({ endedAt }) => endedAt !== null && isIn(window, endedAt))
  const open = failed.filter(
    ({ endedAt, deployment }) => endedAt === null && isIn(window, deployment.finishedAt),
  )
  const oldest = Math.min(...open.map(({ startedAt }) => startedAt))
  const opened = {
    open: open.length,
    oldestOpenMs: open.length === 0 ? null : between(oldest, window.asOf),
  }
  if (over.length + open.length === 0) return none('no_events', opened)
  const spread = spreadOf(over.map(lasted))
  const isCensored = open.length > OPEN_SHARE_MAX * (over.length + open.length)
  const value = isCensored ? survivalMedian(durations(over, open, window)) : spread.p50
  return {
    answer: {
      value,
      ...(value === null && { reason: 'n_too_small' as const }),
      n: over.length,
      p50: spread.p50,
      p90: spread.p90,
      mean: spread.mean,
      estimator: isCensored ? 'kaplan-meier' : 'median',
      ...opened,
      breakdown: breakdownOf(over),
    },
    parts: [
      ...over.map((one) => partOfFailure(one, `recovered by ${one.endedBy ?? ''}`, lasted(one))),
      ...open.map((one) => partOfFailure(one, 'open')),
    ],
  }
}

const lasted = ({ startedAt, endedAt }: Failure) => between(startedAt, endedAt ?? startedAt)

const durations = (over: readonly Failure[], open: readonly Failure[], { asOf }: Window) => [
  ...over.map((one) => ({ ms: lasted(one), isOpen: false })),
  ...open.map(({ startedAt }) => ({ ms: between(startedAt, asOf), isOpen: true })),
]

function partOfFailure(failure: Failure, says: string, value?: number) {
  return { ...partOf(failure.deployment, says, value), from: failure.from }
}

/** From harm to knowing, to doing, to its end; of those where both ends are known. */
function breakdownOf(failures: readonly Failure[]) {
  const span = (start: (one: Failure) => number | null, end: (one: Failure) => number | null) => {
    const known = failures.flatMap((one) => {
      const [from, to] = [start(one), end(one)]
      return from === null || to === null ? [] : [between(from, to)]
    })
    return { p50: medianOf(known), n: known.length }
  }
  return {
    detect: span(
      (one) => one.startedAt,
      (one) => one.openedAt,
    ),
    decide: span(
      (one) => one.openedAt,
      (one) => one.remedyStartedAt,
    ),
    act: span(
      (one) => one.remedyStartedAt,
      (one) => one.endedAt,
    ),
  }
}
