/**
 * The analysis of Argo Rollouts, field by field: measurements at an interval, each successful,
 * failed, inconclusive or an error by its conditions, and limits on how many of each. Behaviour
 * read from analysis/analysis.go and utils/evaluate/evaluate.go; only a success condition means
 * that all else fails, only a failure condition that all else succeeds, both false is inconclusive.
 */
import {
  type Judge,
  MINUTE_TICKS,
  NEVER,
  type Window,
  quantile,
  warmUpTicks,
  windowOf,
} from './peer.ts'

export interface ArgoMetric {
  readonly successCondition?: (value: number) => boolean
  readonly failureCondition?: (value: number) => boolean
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
export function assess(metric: ArgoMetric, phases: readonly Phase[]): Phase {
  const limits = { ...ARGO_DEFAULTS, ...metric }
  const count = (phase: Phase) => phases.filter((each) => each === phase).length
  const inARow = (phase: Phase) =>
    phases.length - 1 - phases.findLastIndex((each) => each !== phase)
  if (count('Failed') > limits.failureLimit) return 'Failed'
  if (count('Inconclusive') > limits.inconclusiveLimit) return 'Inconclusive'
  if (inARow('Error') > limits.consecutiveErrorLimit) return 'Error'
  const { consecutiveSuccessLimit } = limits
  if (consecutiveSuccessLimit > 0 && inARow('Successful') >= consecutiveSuccessLimit)
    return 'Successful'
  // Errors are repeated, so they take no place among the measurements.
  const made = phases.length - count('Error')
  return limits.count > 0 && made >= limits.count ? 'Successful' : 'Running'
}

export interface ArgoSetting extends ArgoMetric {
  readonly intervalMinutes: number
  readonly windowMinutes: number
  readonly value: (window: Window) => number
}

export function argo(setting: ArgoSetting): Judge {
  return (ticks, scenario) => {
    const phases: Phase[] = []
    const every = setting.intervalMinutes * MINUTE_TICKS
    for (let t = warmUpTicks(scenario) + every; t <= ticks.length; t += every) {
      const seen = windowOf(ticks.slice(Math.max(0, t - setting.windowMinutes * MINUTE_TICKS), t))
      // A query over no requests yields nothing to compare: no measurement is counted for it.
      if (seen.reported > 0 && seen.canary.requests === 0) continue
      phases.push(measured(setting, seen.reported === 0 ? undefined : setting.value(seen)))
      const phase = assess(setting, phases)
      if (phase === 'Failed' || phase === 'Error') return { at: t, by: phase }
    }
    return NEVER
  }
}

/** Share of requests that did not fail. */
export const successRate = ({ canary }: Window) => 1 - canary.bad / canary.requests

const meets = (isMet: boolean) => (isMet ? 1 : 0)
export const absolute = (success: number, p99Ms: number) => (window: Window) =>
  meets(successRate(window) >= success && !(quantile(window.canary, 0.99) > p99Ms))
export const relative = (times: number, p99Times: number) => (window: Window) => {
  const { canary, stable } = window
  if (stable.requests === 0) return 1
  const isFailing = canary.bad / canary.requests > (times * stable.bad) / stable.requests + 1e-12
  return meets(!isFailing && !(quantile(canary, 0.99) > p99Times * quantile(stable, 0.99)))
}
