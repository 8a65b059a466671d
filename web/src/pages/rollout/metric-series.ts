/** One metric's verdicts as the charts draw them, and what happened between them. */
import type { DeploymentDetail, Tick } from '../../api/rollouts.ts'
import { EVIDENCE_MIN } from './series.ts'

type Column = (number | null)[]

/** Ratios beyond are drawn at the edge: what is a hundred times as bad needs no chart. */
export const RATIO_MIN = 0.2
export const RATIO_MAX = 100

export interface MetricSeries {
  readonly at: number[]
  readonly ratio: Column
  readonly low: Column
  readonly high: Column
  readonly one: Column
  readonly evidence: Column
  readonly threshold: Column
}

/** Those that were judged, in the judge's order. */
export function metricsOf(ticks: readonly Tick[]): readonly { id: string; isDry: boolean }[] {
  return ticks.at(-1)?.verdict.metrics?.map(({ id, isDry }) => ({ id, isDry })) ?? []
}

export function metricSeriesOf(ticks: readonly Tick[], id: string): MetricSeries {
  const found = ticks.map(({ verdict }) => verdict.metrics?.find((metric) => metric.id === id))
  const shown = (value: number | undefined) =>
    value === undefined ? null : Math.min(RATIO_MAX, Math.max(RATIO_MIN, value))
  return {
    at: ticks.map(({ at }) => at / 1000),
    ratio: found.map((metric) => shown(metric?.ratio)),
    low: found.map((metric) => shown(metric?.low)),
    high: found.map((metric) => shown(metric?.high)),
    one: ticks.map(() => 1),
    evidence: found.map((metric) => metric && Math.max(EVIDENCE_MIN, metric.evidence)).map(orNull),
    threshold: ticks.map(({ verdict }) => verdict.threshold),
  }
}

/** Weights, and below them where a verdict began that is more than going on. */
export function marksOf(weights: DeploymentDetail['weights'], ticks: readonly Tick[]) {
  const turned = ticks.filter(
    ({ verdict }, i) =>
      verdict.verdict !== 'continue' && verdict.verdict !== ticks[i - 1]?.verdict.verdict,
  )
  return [
    ...weights.map(({ at, weight }) => ({ at: at / 1000, text: `${weight} %` })),
    ...turned.map(({ at, verdict }) => ({ at: at / 1000, text: verdict.verdict, row: 1 })),
  ]
}

/** Percent that the canary had then. */
export function weightAt(weights: DeploymentDetail['weights'], at: number): number {
  return weights.findLast((each) => each.at <= at)?.weight ?? 0
}

const orNull = (value: number | undefined) => value ?? null
