/**
 * How Argo Rollouts takes measurements: each successful, failed, inconclusive or an error by its
 * conditions, and limits on how many of each. Behaviour read from its analysis/analysis.go and
 * utils/evaluate/evaluate.go: only a success condition means that all else fails, only a failure
 * condition that all else succeeds, both false is inconclusive.
 */
export interface ArgoMetric extends ArgoLimits {
  readonly successCondition?: (value: number) => boolean
  readonly failureCondition?: (value: number) => boolean
}

export interface ArgoLimits {
  readonly failureLimit?: number
  readonly inconclusiveLimit?: number
  readonly consecutiveErrorLimit?: number
  readonly consecutiveSuccessLimit?: number
  /** Measurements after which it ends; 0 for as long as the rollout runs. */
  readonly count?: number
}
export type Phase = 'Successful' | 'Failed' | 'Inconclusive' | 'Error' | 'Running'

export const ARGO_DEFAULTS = {
  failureLimit: 0,
  inconclusiveLimit: 0,
  consecutiveErrorLimit: 4,
  consecutiveSuccessLimit: 0,
  count: 0,
} as const

/** `undefined` is a measurement that could not be made. */
export function measured(metric: ArgoMetric, value: number | undefined): Phase {
  if (value === undefined) return 'Error'
  const { successCondition, failureCondition } = metric
  if (successCondition === undefined && failureCondition === undefined) return 'Successful'
  const isFailed = failureCondition?.(value) ?? successCondition?.(value) === false
  if (isFailed) return 'Failed'
  const isSuccessful = successCondition?.(value) ?? true
  return isSuccessful ? 'Successful' : 'Inconclusive'
}

/** The metric's phase after these measurements. */
export function assess(metric: ArgoLimits, phases: readonly Phase[]): Phase {
  const limits = { ...ARGO_DEFAULTS, ...metric }
  const count = (phase: Phase) => phases.filter((each) => each === phase).length
  const inARow = (phase: Phase) =>
    phases.length - 1 - phases.findLastIndex((each) => each !== phase)
  // Minus one switches a limit off.
  const isBeyond = (found: number, limit: number) => limit >= 0 && found > limit
  if (isBeyond(count('Failed'), limits.failureLimit)) return 'Failed'
  if (isBeyond(count('Inconclusive'), limits.inconclusiveLimit)) return 'Inconclusive'
  if (isBeyond(inARow('Error'), limits.consecutiveErrorLimit)) return 'Error'
  const { consecutiveSuccessLimit } = limits
  if (consecutiveSuccessLimit > 0 && inARow('Successful') >= consecutiveSuccessLimit)
    return 'Successful'
  // Errors are repeated, so they take no place among the measurements.
  const made = phases.length - count('Error')
  return limits.count > 0 && made >= limits.count ? 'Successful' : 'Running'
}
