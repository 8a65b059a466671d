/**
 * Flagger's checks on our ticks, after pkg/controller/scheduler.go: at each interval every metric
 * within its range, no value is a failed check, failed checks are never forgiven, and at the
 * threshold the next look rolls back. It promotes when it has passed through its weights.
 */
import type { FlaggerShadowMetric, Shadow, ShadowVerdict } from '../../events/shadows.ts'
import { type ShadowTick, valueOf, within } from './window.ts'

export function flaggerVerdict(
  { intervalMs, threshold, weights, metrics }: Extract<Shadow, { kind: 'flagger' }>,
  ticks: readonly ShadowTick[],
): Pick<ShadowVerdict, 'verdict' | 'reason' | 'tick'> {
  let [failed, passed, next] = [0, 0, intervalMs]
  let last = ''
  for (const [i, { atMs }] of ticks.entries()) {
    if (atMs < next) continue
    next = atMs + intervalMs
    if (failed >= threshold)
      return { verdict: 'rollback', reason: `${failed} failed checks; ${last}`, tick: i + 1 }
    const wrong = metrics.flatMap((metric) => wrongWith(metric, ticks, atMs) ?? [])[0]
    if (wrong === undefined) passed++
    else {
      failed++
      last = wrong
    }
    if (passed >= Math.max(1, weights.length))
      return { verdict: 'promote', reason: `${passed} checks passed`, tick: i + 1 }
  }
  return { verdict: 'watching', reason: `${passed} passed, ${failed} failed`, tick: null }
}

function wrongWith(
  { name, measure, windowMs, min, max }: FlaggerShadowMetric,
  ticks: readonly ShadowTick[],
  atMs: number,
): string | undefined {
  const value = valueOf(measure, 'canary', within(ticks, atMs, windowMs))
  if (value === undefined || Number.isNaN(value)) return `${name}: no values found`
  if (min !== undefined && value < min) return `${name}: ${short(value)} < ${min}`
  if (max !== undefined && value > max) return `${name}: ${short(value)} > ${max}`
  return undefined
}

const short = (value: number) => Math.round(value * 1e4) / 1e4
