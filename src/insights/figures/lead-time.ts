import { between, type Counted, isIn, none, type Window } from './answer.ts'
import type { ChangeFact, Facts } from './facts/facts.ts'
import { medianOf, spreadOf } from './statistics.ts'

const mergeToProd = (one: ChangeFact) => between(one.mergedAt, one.deliveredAt)
const commitToProd = (one: ChangeFact) => between(one.committedAt, one.deliveredAt)

/**
 * K2, lead time for changes: of each change, a commit that is no merge, from when it was first
 * reachable from the default or a release branch to the end of the first successful production
 * deployment that contains it; median, and the 90th percentile. From its committing beside it, and
 * by pairs, where copies and reverts are counted by themselves. By the deployment's end. The first
 * deployment of a service and environment brings what is older than our knowledge: it counts none.
 */
export function leadTime(facts: Facts, window: Window): Counted {
  const isKnown = facts.deployments.some(({ sha }) => facts.commits.has(sha ?? ''))
  if (!isKnown) return none('no_source')
  const pairs = facts.changes.filter(({ deliveredAt }) => isIn(window, deliveredAt))
  const changes = pairs.filter(({ isRepeat }) => !isRepeat)
  if (changes.length === 0) return none('no_events')
  const merge = spreadOf(changes.map(mergeToProd))
  return {
    answer: {
      value: merge.p50,
      n: changes.length,
      mergeToProd: merge,
      commitToProd: spreadOf(changes.map(commitToProd)),
      p50: merge.p50,
      p90: merge.p90,
      mean: merge.mean,
      pairs: {
        mergeToProd: spreadOf(pairs.map(mergeToProd)),
        commitToProd: spreadOf(pairs.map(commitToProd)),
      },
      stages: stagesOf(changes),
      negative: changes.filter((one) => one.mergedAt > one.deliveredAt).length,
    },
    parts: pairs.map((one) => ({
      what: 'change' as const,
      id: one.sha,
      at: one.deliveredAt,
      counts: one.isRepeat ? 'repeats another' : 'counted',
      value: mergeToProd(one),
      from: one.from,
    })),
  }
}

/** Medians of the parts of the way, each of those changes where both of its ends are known. */
function stagesOf(changes: readonly ChangeFact[]) {
  const span = (
    start: (one: ChangeFact) => number | null,
    end: (one: ChangeFact) => number | null,
  ) => {
    const known = changes.flatMap((one) => {
      const [from, to] = [start(one), end(one)]
      return from === null || to === null ? [] : [between(from, to)]
    })
    return { p50: medianOf(known), n: known.length }
  }
  return {
    commitToReady: span(
      (one) => one.committedAt,
      (one) => one.stages.readyAt,
    ),
    readyToFirstReview: span(
      (one) => one.stages.readyAt,
      (one) => one.stages.firstReviewAt,
    ),
    firstReviewToLastApproval: span(
      (one) => one.stages.firstReviewAt,
      (one) => one.stages.lastApprovalAt,
    ),
    lastApprovalToMerge: span(
      (one) => one.stages.lastApprovalAt,
      (one) => one.mergedAt,
    ),
    mergeToArtifact: span(
      (one) => one.mergedAt,
      (one) => one.stages.artifactAt,
    ),
    artifactToDeployStart: span(
      (one) => one.stages.artifactAt,
      (one) => one.stages.deployStartedAt,
    ),
    deployStartToFinish: span(
      (one) => one.stages.deployStartedAt,
      (one) => one.deliveredAt,
    ),
  }
}
