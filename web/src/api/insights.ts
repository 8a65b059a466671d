/** What the server answers about figures: the types of its own functions. */
import type { PipelineFigures } from '../../../src/pipelines/performance/bottlenecks.ts'

export type Pipelines = PipelineFigures & {
  readonly from: number
  readonly to: number
  /** One run in so many was looked at. */
  readonly every: number
}

export type {
  FigureReport as Kpi,
  Measured as KpiMeasured,
  Report as Kpis,
} from '../../../src/insights/figures/report.ts'
export type { Part as KpiPart, Reason as KpiReason } from '../../../src/insights/figures/answer.ts'
export type { Unit as KpiUnit } from '../../../src/insights/figures/figures.ts'
export type { Difference, ReportLine } from '../../../src/insights/reports/document.ts'
export type { Shown as DeliveryReport } from '../../../src/insights/reports/forms.ts'

import type { Part } from '../../../src/insights/figures/answer.ts'
import type { SplitRow, TrendPoint } from '../../../src/insights/figures/trend.ts'

export type { SplitRow, TrendPoint }

export interface Trend {
  /** By number: `K3`. */
  readonly kpis: Readonly<Record<string, readonly TrendPoint[]>>
}
export interface Split {
  readonly isCut: boolean
  readonly rows: readonly SplitRow[]
}
export interface CountedParts {
  readonly counted: number
  readonly parts: readonly Part[]
}
export interface PublishedReport {
  readonly report: string
  readonly revision: number
  readonly at: number
  readonly by: string
}
