/** Facts about what a service's settings would have said of releases that were well. */
import type { Backtest } from '../judge/backtest.ts'
import type { AnalysisSettings } from './plan.ts'

export interface BacktestEvent {
  readonly type: 'analysis.backtested'
  readonly at: number
  readonly by: string
  readonly service: string
  readonly environment: string
  /** The settings that were tried: those of the row that applied. */
  readonly analysis: AnalysisSettings
  readonly found: Backtest
}
