/** Argo Rollouts' analysis on our ticks: each metric is measured at its interval until it ends. */
import type { ArgoShadowMetric, Shadow, ShadowVerdict } from '../../events/shadows.ts'
import { assess, type Phase } from './argo-phases.ts'
import { compile, type Condition } from './condition.ts'
import { type ShadowTick, valueOf, within } from './window.ts'

type Found = Pick<ShadowVerdict, 'verdict' | 'reason' | 'tick'>

export function argoVerdict(
  { metrics }: Extract<Shadow, { kind: 'argo' }>,
  ticks: readonly ShadowTick[],
): Found {
  const ended = metrics.map((metric) => ({ metric, ...endOf(metric, ticks) }))
  const bad = ended
    .filter(({ phase }) => ['Failed', 'Error', 'Inconclusive'].includes(phase))
    .toSorted((a, b) => (a.tick ?? 0) - (b.tick ?? 0))[0]
  if (bad !== undefined) {
    // An analysis that ends inconclusive pauses the rollout; one that fails, or errs, aborts it.
    const verdict = bad.phase === 'Inconclusive' ? 'hold' : 'rollback'
    return { verdict, reason: `${bad.metric.name}: ${bad.phase}`, tick: bad.tick }
  }
  if (metrics.length > 0 && ended.every(({ phase }) => phase === 'Successful'))
    return {
      verdict: 'promote',
      reason: 'every metric is Successful',
      tick: Math.max(...ended.map(({ tick }) => tick ?? 0)),
    }
  return { verdict: 'watching', reason: 'Running', tick: null }
}

function endOf(metric: ArgoShadowMetric, ticks: readonly ShadowTick[]) {
  const conditions = {
    success: compiled(metric.successCondition),
    failure: compiled(metric.failureCondition),
  }
  const phases: Phase[] = []
  let next = metric.initialDelayMs + metric.intervalMs
  for (const [i, { atMs }] of ticks.entries()) {
    if (atMs < next) continue
    next = atMs + metric.intervalMs
    const value = valueOf(metric.measure, 'canary', within(ticks, atMs, metric.windowMs))
    phases.push(phaseOf(conditions, value))
    const phase = assess(metric, phases)
    if (phase !== 'Running') return { phase, tick: i + 1 }
  }
  return { phase: 'Running' as const, tick: null }
}

interface Conditions {
  readonly success: Condition | undefined
  readonly failure: Condition | undefined
}

/** A condition that cannot be evaluated is an error, whichever of the two it is. */
function phaseOf({ success, failure }: Conditions, value: number | undefined): Phase {
  const [isSuccess, isFailure] = [success?.(value), failure?.(value)]
  if (success !== undefined && typeof isSuccess !== 'boolean') return 'Error'
  if (failure !== undefined && typeof isFailure !== 'boolean') return 'Error'
  if (success === undefined && failure === undefined)
    return value === undefined ? 'Error' : 'Successful'
  if (isFailure ?? isSuccess === false) return 'Failed'
  return (isSuccess ?? true) ? 'Successful' : 'Inconclusive'
}

/** What cannot be read was refused when it was brought along. */
function compiled(text: string | undefined): Condition | undefined {
  if (text === undefined) return undefined
  const found = compile(text)
  return found.ok ? found.condition : () => undefined
}
