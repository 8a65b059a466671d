/**
 * Flagger's checks, read from pkg/controller/scheduler.go: every interval the success rate and the
 * p99 against thresholds; a failed check is never forgiven within a run, no values are a failed
 * check, and at the threshold the next look rolls back. Defaults: 99 %, 500 ms, every minute.
 */
import { type Judge, MINUTE_TICKS, NEVER, type Window, quantile, windowOf } from './peer.ts'

export interface FlaggerSetting {
  readonly successRate: number
  readonly p99Ms: number
  readonly threshold: number
  readonly intervalMinutes: number
}
export const FLAGGER_DEFAULTS: FlaggerSetting = {
  successRate: 99,
  p99Ms: 500,
  threshold: 1,
  intervalMinutes: 1,
}

export function passes(setting: FlaggerSetting, { canary, reported }: Window): boolean {
  if (reported === 0 || canary.requests === 0) return false
  const success = 100 * (1 - canary.bad / canary.requests)
  return success >= setting.successRate && !(quantile(canary, 0.99) > setting.p99Ms)
}

export function flagger(change: Partial<FlaggerSetting>): Judge {
  const setting = { ...FLAGGER_DEFAULTS, ...change }
  return (ticks) => {
    const every = setting.intervalMinutes * MINUTE_TICKS
    let failed = 0
    for (let t = every; t <= ticks.length; t += every) {
      if (failed >= setting.threshold) return { at: t, by: 'threshold' }
      if (!passes(setting, windowOf(ticks.slice(t - every, t)))) failed++
    }
    return NEVER
  }
}
