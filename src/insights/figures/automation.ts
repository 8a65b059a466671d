import { type Counted, inside as within, isIn, none, rate, type Window } from './answer.ts'
import type { DeploymentFact, Facts, RunFact } from './facts/facts.ts'
import { partOf } from './frequency.ts'

const TRIED = new Set(['succeeded', 'failed', 'timedOut'])

/**
 * K6, deployment success rate: of the production deployments that automation brought to an end, the
 * share that succeeded: succeeded ÷ (succeeded + failed + timed out). What an analysis stopped, a
 * gate refused, a person cancelled or a newer one passed by is left out, and shown. The value is of
 * how each ended; by its first attempt beside it, and both of staging and production together.
 */
export function deploymentSuccess(facts: Facts, window: Window): Counted {
  if (facts.deployments.length === 0) return none('no_source')
  const inside = within(facts.deployments, ({ finishedAt }) => finishedAt, window).filter(
    ({ isProductionLike }) => isProductionLike,
  )
  const production = inside.filter(({ isProduction }) => isProduction)
  if (production.length === 0) return none('no_events')
  const of = (deployments: readonly DeploymentFact[], which: 'outcome' | 'firstOutcome') => {
    const tried = deployments.filter((one) => TRIED.has(one[which]))
    return rate(tried.filter((one) => one[which] === 'succeeded').length, tried.length)
  }
  const final = of(production, 'outcome')
  const outcomes: Record<string, number> = {}
  for (const { outcome } of production) outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
  return {
    answer: {
      ...final,
      ...(final.value === null && { reason: 'no_events' as const }),
      final,
      firstAttempt: of(production, 'firstOutcome'),
      productionLike: { final: of(inside, 'outcome'), firstAttempt: of(inside, 'firstOutcome') },
      outcomes: Object.fromEntries(Object.entries(outcomes).sort(([a], [b]) => (a < b ? -1 : 1))),
    },
    get parts() {
      return production.map((one) =>
        partOf(one, TRIED.has(one.outcome) ? one.outcome : `left out: ${one.outcome}`),
      )
    },
  }
}

const LEFT_OUT = new Set(['superseded', 'cancelled', 'skipped'])

/**
 * K7, pipeline success rate: of the runs on the default branch that ended in the window, the share
 * that was green without anybody's help: by the first attempt, or by attempts that automation made
 * (which are flagged). Those that a newer commit passed by, a person cancelled or a path filter
 * skipped are left out. An attempt that says nothing of who made it was made by a person.
 */
export function pipelineSuccess(facts: Facts, window: Window): Counted {
  if (facts.runs.length === 0) return none('no_source')
  const inside = facts.runs.filter((one) => one.isDefaultBranch && isIn(window, one.finishedAt))
  const judged = inside.filter((one) => !LEFT_OUT.has(one.outcome))
  const leftOut = inside.length - judged.length
  if (judged.length === 0) return none('no_events', { leftOut })
  const green = judged.filter(isGreen)
  return {
    answer: {
      ...rate(green.length, judged.length),
      succeeded: green.length,
      automaticRetries: green.filter((one) => one.attempts[0]?.outcome !== 'succeeded').length,
      byHand: judged.filter((one) => one.outcome === 'succeeded' && !isGreen(one)).length,
      leftOut,
    },
    parts: inside.map((one) => ({
      what: 'run' as const,
      id: one.run,
      at: one.finishedAt,
      counts: LEFT_OUT.has(one.outcome)
        ? `left out: ${one.outcome}`
        : isGreen(one)
          ? 'succeeded'
          : 'failed',
      from: one.from,
    })),
  }
}

/** Green before anybody helped. */
function isGreen({ attempts }: RunFact): boolean {
  for (const { outcome, isManual } of attempts) {
    if (isManual) return false
    if (outcome === 'succeeded') return true
  }
  return false
}
