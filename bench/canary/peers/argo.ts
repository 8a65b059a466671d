/** Argo Rollouts at its place on the bench. */
import {
  type ArgoMetric,
  type Phase,
  assess,
  measured,
} from '#rollouts/judge/compat/argo-phases.ts'
import type { Counted } from '../trace.ts'
import {
  type Judge,
  MINUTE_TICKS,
  NEVER,
  type Window,
  quantile,
  warmUpTicks,
  windowOf,
} from './peer.ts'

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
      const phase = argoLook(setting, phases, ticks.slice(0, t))
      if (phase === 'Failed' || phase === 'Error') return { at: t, by: phase }
    }
    return NEVER
  }
}

/** One measurement of the last of these ticks, added to those before. */
export function argoLook(setting: ArgoSetting, phases: Phase[], ticks: readonly Counted[]): Phase {
  const seen = windowOf(ticks.slice(-setting.windowMinutes * MINUTE_TICKS))
  // A query over no requests yields nothing to compare: no measurement is counted for it.
  if (seen.reported === 0 || seen.canary.requests > 0)
    phases.push(measured(setting, seen.reported === 0 ? undefined : setting.value(seen)))
  return assess(setting, phases)
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

const succeeds = (value: number) => value === 1
/** The example of its documentation: at least 95 %, every 5 minutes, three failures borne. */
export const ARGO_DOCS: ArgoSetting = {
  intervalMinutes: 5,
  windowMinutes: 5,
  failureLimit: 3,
  successCondition: succeeds,
  value: absolute(0.95, Number.POSITIVE_INFINITY),
}
/** The best of those that compare with the stable release. */
export const ARGO_RELATIVE: ArgoSetting = {
  intervalMinutes: 1,
  windowMinutes: 10,
  failureLimit: 2,
  successCondition: succeeds,
  value: relative(5, 2),
}
