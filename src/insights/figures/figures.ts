/**
 * All figures, each with its number, name, unit and target by tier (the row "KPI targets" of the
 * tiers' table, and the platform's own goals): the one list that API, command line and pages read.
 */
import { progressiveDelivery, templateAdoption } from './adoption.ts'
import type { CountFigure } from './answer.ts'
import { deploymentSuccess, pipelineSuccess } from './automation.ts'
import { availability } from './availability.ts'
import { timeToDiagnose } from './diagnosis.ts'
import { duration } from './duration.ts'
import { failureRate, rework } from './failure-rate.ts'
import { flakyTests } from './flaky.ts'
import { frequency } from './frequency.ts'
import { gateCoverage } from './gate-coverage.ts'
import { leadTime } from './lead-time.ts'
import { documentationFreshness, rollbackReadiness } from './readiness.ts'
import { recovery } from './recovery.ts'
import { satisfaction, supportTickets } from './support.ts'
import { traceability } from './traceability.ts'
import { cveFixTime } from './vulnerabilities.ts'

export type FigureNumber = `K${number}`
export type Unit = 'perDay' | 'ms' | 'share' | 'count' | 'score'

export interface Target {
  /** Of the answer, what is to be reached: its value, or `p90`. */
  readonly of: 'value' | 'p90'
  readonly isAtMost: boolean
  readonly value: number
}

export interface Figure {
  readonly number: FigureNumber
  readonly name: string
  readonly title: string
  readonly unit: Unit
  readonly count: CountFigure
  /** Whether it is told apart by tier; a survey is of everybody. */
  readonly hasTiers: boolean
  /** By tier 0–3; one for all where it does not depend on it; null: none is set. */
  readonly targets: readonly (Target | null)[]
}

const [MINUTE, HOUR, DAY, WEEK] = [60_000, 3_600_000, 86_400_000, 604_800_000]
const atLeast = (value: number): Target => ({ of: 'value', isAtMost: false, value })
const atMost = (value: number, of: Target['of'] = 'value'): Target => ({
  of,
  isAtMost: true,
  value,
})
const all = (target: Target | null) => [target, target, target, target]

type Row = readonly [
  name: string,
  title: string,
  unit: Unit,
  count: CountFigure,
  targets: readonly (Target | null)[],
]

const ROWS: readonly Row[] = [
  [
    'deploymentFrequency',
    'Deployment frequency',
    'perDay',
    frequency,
    [atLeast(1 / 7), atLeast(1), atLeast(1), null],
  ],
  [
    'leadTime',
    'Lead time for changes',
    'ms',
    leadTime,
    [atMost(DAY), atMost(DAY), atMost(DAY), atMost(WEEK)],
  ],
  [
    'changeFailureRate',
    'Change failure rate',
    'share',
    failureRate,
    [atMost(0.05), atMost(0.1), atMost(0.15), atMost(0.15)],
  ],
  [
    'recoveryTime',
    'Failed deployment recovery time',
    'ms',
    recovery,
    [atMost(HOUR), atMost(HOUR), atMost(4 * HOUR), atMost(DAY)],
  ],
  ['reworkRate', 'Deployment rework rate', 'share', rework, all(null)],
  [
    'deploymentSuccessRate',
    'Deployment success rate',
    'share',
    deploymentSuccess,
    all(atLeast(0.98)),
  ],
  [
    'pipelineSuccessRate',
    'Pipeline success rate (main)',
    'share',
    pipelineSuccess,
    all(atLeast(0.9)),
  ],
  [
    'pipelineDuration',
    'Pipeline duration',
    'ms',
    duration,
    [20, 15, 15, 20].map((minutes) => atMost(minutes * MINUTE, 'p90')),
  ],
  ['flakyTestRate', 'Flaky test rate', 'share', flakyTests, all(atMost(0.02))],
  ['timeToDiagnose', 'Time to diagnose', 'ms', timeToDiagnose, all(atMost(30 * MINUTE))],
  [
    'rollbackReadiness',
    'Rollback readiness',
    'share',
    rollbackReadiness,
    [atLeast(0.9), atLeast(0.9), null, null],
  ],
  ['progressiveDelivery', 'Progressive delivery adoption', 'share', progressiveDelivery, all(null)],
  ['traceability', 'Traceability coverage', 'share', traceability, all(atLeast(0.95))],
  ['gateCoverage', 'Security gate coverage', 'share', gateCoverage, all(atLeast(0.9))],
  ['cveFixTime', 'Critical CVE fix time', 'ms', cveFixTime, all(atMost(WEEK))],
  ['templateAdoption', 'Template adoption', 'share', templateAdoption, all(atLeast(0.7))],
  ['supportTickets', 'Release-related support tickets', 'count', supportTickets, all(null)],
  ['satisfaction', 'Stakeholder satisfaction', 'score', satisfaction, all(atLeast(4))],
  [
    'documentationFreshness',
    'Documentation freshness',
    'share',
    documentationFreshness,
    all(atLeast(0.9)),
  ],
  ['availability', 'CI/CD platform availability', 'share', availability, all(atLeast(0.995))],
]

/** Of everybody at once. */
const WITHOUT_TIERS = new Set(['supportTickets', 'satisfaction', 'availability'])

export const FIGURES: readonly Figure[] = ROWS.map(([name, title, unit, count, targets], i) => ({
  number: `K${i + 1}`,
  name,
  title,
  unit,
  count,
  targets,
  hasTiers: !WITHOUT_TIERS.has(name),
}))

/** By its number or its name, however it is written. */
export function figureNamed(said: string): Figure | undefined {
  const plain = (text: string) => text.toLowerCase().replaceAll(/[\s_-]/g, '')
  return FIGURES.find(({ number, name }) =>
    [number, name].some((one) => plain(one) === plain(said)),
  )
}
