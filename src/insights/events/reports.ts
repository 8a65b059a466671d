/** Reports that were published, each whole. */
import type { Difference, ReportDocument } from '../reports/document.ts'

export interface ReportPublished {
  readonly type: 'report.published'
  readonly at: number
  readonly by: string
  /** Counted from 1. */
  readonly revision: number
  readonly document: ReportDocument
  /** To the revision before. */
  readonly differences: readonly Difference[]
}
