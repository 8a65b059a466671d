/**
 * Kayenta's NetflixACAJudge on our ticks: points of a minute from the beginning on, judged again at
 * each interval; below marginal it rolls back.
 */
import type { KayentaShadowMetric, Shadow, ShadowVerdict } from '../../events/shadows.ts'
import { classify, score } from './kayenta-score.ts'
import { type ShadowTick, valueOf, within } from './window.ts'

const POINT_MS = 60_000

export function kayentaVerdict(
  shadow: Extract<Shadow, { kind: 'kayenta' }>,
  ticks: readonly ShadowTick[],
): Pick<ShadowVerdict, 'verdict' | 'reason' | 'tick'> {
  let [next, latest] = [shadow.intervalMs, 'not judged yet']
  for (const [i, { atMs }] of ticks.entries()) {
    if (atMs < next) continue
    next = atMs + shadow.intervalMs
    const found = scoreAt(shadow, ticks, atMs)
    latest = `score ${found}`
    if (found < shadow.marginal)
      return { verdict: 'rollback', reason: `${latest} < ${shadow.marginal}`, tick: i + 1 }
  }
  return { verdict: 'watching', reason: latest, tick: null }
}

function scoreAt(
  { metrics, groupWeights }: Extract<Shadow, { kind: 'kayenta' }>,
  ticks: readonly ShadowTick[],
  atMs: number,
): number {
  const ends = Array.from({ length: Math.floor(atMs / POINT_MS) }, (_, i) => (i + 1) * POINT_MS)
  const points = ends.map((end) => within(ticks, end, POINT_MS))
  const results = metrics.flatMap((metric) => {
    const of = (arm: 'canary' | 'stable') =>
      points.map((point) => valueOf(metric.measure, arm, point) ?? Number.NaN)
    const classified = classify(of('stable'), of('canary'), settingsOf(metric))
    return metric.groups.map((group) => ({ ...classified, group }))
  })
  return score(results, groupWeights)
}

function settingsOf({
  direction,
  nanStrategy,
  critical,
  mustHaveData,
  effectSize,
  outliers = 'keep',
}: KayentaShadowMetric): Parameters<typeof classify>[2] {
  const { measure, ...sizes } = effectSize
  const given = Object.entries(sizes).filter(([, size]) => size !== undefined)
  return {
    direction,
    nanStrategy,
    isCritical: critical,
    mustHaveData,
    effect: measure,
    outliers,
    ...Object.fromEntries(given),
  }
}
