import { between, type Counted, inside, none, type Window } from './answer.ts'
import type { ChangeFact, Facts, Stages } from './facts/facts.ts'
import { medianOf, spreadOf } from './statistics.ts'

type Instant = keyof Stages | 'committedAt' | 'deliveredAt'
const STAGES = [
  ['commitToReady', 'committedAt', 'readyAt'],
  ['readyToFirstReview', 'readyAt', 'firstReviewAt'],
  ['firstReviewToLastApproval', 'firstReviewAt', 'lastApprovalAt'],
  ['lastApprovalToMerge', 'lastApprovalAt', 'mergedAt'],
  ['mergeToArtifact', 'mergedAt', 'artifactAt'],
  ['artifactToDeployStart', 'artifactAt', 'deployStartedAt'],
  ['deployStartToFinish', 'deployStartedAt', 'deliveredAt'],
] as const satisfies readonly (readonly [name: string, start: Instant, end: Instant])[]

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
  const pairs = inside(facts.changes, ({ deliveredAt }) => deliveredAt, window)
  const changes = pairs.filter(({ isRepeat }) => !isRepeat)
  if (changes.length === 0) return none('no_events')
  const [merge, commit] = [spreadOf(changes.map(mergeToProd)), spreadOf(changes.map(commitToProd))]
  const isAll = changes.length === pairs.length
  return {
    answer: {
      value: merge.p50,
      n: changes.length,
      mergeToProd: merge,
      commitToProd: commit,
      p50: merge.p50,
      p90: merge.p90,
      mean: merge.mean,
      pairs: {
        mergeToProd: isAll ? merge : spreadOf(pairs.map(mergeToProd)),
        commitToProd: isAll ? commit : spreadOf(pairs.map(commitToProd)),
      },
      stages: stagesOf(changes),
      negative: changes.filter((one) => one.mergedAt > one.deliveredAt).length,
    },
    get parts() {
      return pairs.map((one) => ({
        what: 'change' as const,
        id: one.sha,
        at: one.deliveredAt,
        counts: one.isRepeat ? 'repeats another' : 'counted',
        value: mergeToProd(one),
        from: one.from,
      }))
    },
  }
}

/** Medians of the parts of the way, each of those changes where both of its ends are known. */
function stagesOf(changes: readonly ChangeFact[]) {
  const known = STAGES.map((): number[] => [])
  for (const { stages, committedAt, deliveredAt } of changes) {
    const instants = { ...stages, committedAt, deliveredAt }
    for (const [i, [, start, end]] of STAGES.entries()) {
      const [from, to] = [instants[start], instants[end]]
      if (from !== null && to !== null) known[i]?.push(between(from, to))
    }
  }
  const of = (its: readonly number[]) => ({ p50: medianOf(its), n: its.length })
  return Object.fromEntries(STAGES.map(([name], i) => [name, of(known[i] ?? [])]))
}
