import { type Counted, inside as within, none, rate, type Window } from './answer.ts'
import type { DeploymentFact, Facts, Failure } from './facts/facts.ts'
import { partOf } from './frequency.ts'
import { wilson } from './statistics.ts'

const HOUR_MS = 3_600_000
/** So long a deployment may yet turn out to have failed. */
const MATURING_MS = 72 * HOUR_MS

/** Users met it, and it was to bring them something. */
export const counts = ({ isProduction, exposedAt, kind }: DeploymentFact) =>
  isProduction && exposedAt !== null && kind !== 'rollback'

/**
 * K3, change failure rate: of the production deployments that users met, rollbacks left out, the
 * share that failed: confirmed as the cause of an incident, rolled back, aborted by itself when
 * users had met it, mended by a later deployment, or with a commit that a later deployment took
 * back. Each counts once. Published as [confirmed, confirmed and suspected]; the value is the
 * confirmed.
 */
export function failureRate(facts: Facts, window: Window): Counted {
  if (facts.deployments.length === 0) return none('no_source')
  const inside = within(facts.deployments, finish, window).filter(counts)
  const n = inside.length
  if (n === 0) return none('no_events')
  const failures = new Map(facts.failures.map((one) => [one.deployment, one]))
  const failed = inside.filter((one) => failures.get(one)?.isConfirmed === true)
  const suspected = inside.filter((one) => failures.get(one)?.isConfirmed === false)
  const all = failed.length + suspected.length
  const ofKind = (kind: string) => {
    const its = inside.filter((one) => one.kind === kind)
    const bad = its.filter((one) => failures.get(one)?.isConfirmed === true).length
    return { failed: bad, ...rate(bad, its.length) }
  }
  const maturingSince = window.asOf - MATURING_MS
  return {
    answer: {
      ...rate(failed.length, n),
      failed: failed.length,
      suspected: suspected.length,
      confirmed: failed.length / n,
      withSuspected: all / n,
      range: [failed.length / n, all / n],
      withSuspectedInterval: wilson(all, n),
      maturing: inside.filter(({ finishedAt }) => finishedAt > maturingSince).length,
      byEvidence: byEvidence(failed.flatMap((one) => failures.get(one) ?? [])),
      byKind: Object.fromEntries(
        ['normal', 'hotfix', 'redeploy', 'config', 'flag', 'infra'].map((kind) => [
          kind,
          ofKind(kind),
        ]),
      ),
    },
    get parts() {
      return inside.map((one) => {
        const failure = failures.get(one)
        const part = partOf(one, countedAs(failure))
        return failure === undefined ? part : { ...part, from: failure.from }
      })
    },
  }
}

const finish = ({ finishedAt }: DeploymentFact) => finishedAt

function countedAs(failure: Failure | undefined): string {
  if (failure === undefined) return 'fine'
  const why = failure.evidence.map(({ kind, by }) => `${kind} ${by}`).join(', ')
  return `${failure.isConfirmed ? 'failed' : 'suspected'}: ${why}`
}

function byEvidence(failures: readonly Failure[]): Readonly<Record<string, number>> {
  const found: Record<string, number> = {}
  for (const { evidence } of failures)
    for (const kind of new Set(evidence.map((one) => one.kind)))
      found[kind] = (found[kind] ?? 0) + 1
  return Object.fromEntries(Object.entries(found).sort(([a], [b]) => (a < b ? -1 : 1)))
}

/**
 * K5, deployment rework rate: of all production deployments, whatever became of them, the share
 * that was unplanned and made because of an incident. Hotfixes and rollbacks are, unless they say
 * otherwise.
 */
export function rework(facts: Facts, window: Window): Counted {
  if (facts.deployments.length === 0) return none('no_source')
  const inside = within(facts.deployments, finish, window).filter(
    ({ isProduction }) => isProduction,
  )
  if (inside.length === 0) return none('no_events')
  const unplanned = inside.filter(({ isRework }) => isRework)
  return {
    answer: { ...rate(unplanned.length, inside.length), unplanned: unplanned.length },
    get parts() {
      return inside.map((one) => partOf(one, one.isRework ? 'rework' : 'planned'))
    },
  }
}
