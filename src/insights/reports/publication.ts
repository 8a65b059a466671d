/**
 * Published reports (C9): what was published stays as it was. Published again, it is the next
 * revision where anything is another, with what is; where nothing is, nothing happens.
 */
import { type Decider, reject } from '#kernel/decider.ts'
import type { ReportPublished } from '../events/reports.ts'
import { differences, type ReportDocument } from './document.ts'

export interface Publish {
  readonly type: 'report.publish'
  readonly at: number
  readonly by: string
  readonly document: ReportDocument
}

export type Publication = {
  readonly revision: number
  readonly document: ReportDocument | null
}

/** More have been made by a loop, not by news. */
const REVISIONS_MAX = 200

export const publication: Decider<
  Publication,
  Publish,
  ReportPublished,
  'report.period-open' | 'report.revisions-exhausted'
> = {
  initial: { revision: 0, document: null },
  decide({ at, by, document }, { revision, document: was }) {
    if (document.isPartial)
      return reject(
        'report.period-open',
        `${document.period.name} is not over.`,
        'Publish it when it is; until then `signalbox report` shows it without publishing.',
      )
    const changed = was === null ? [] : differences(was, document)
    if (was !== null && changed.length === 0) return []
    if (revision >= REVISIONS_MAX)
      return reject(
        'report.revisions-exhausted',
        `${document.period.name} has ${revision} revisions.`,
        'Ask for it without publishing: what is known now is shown with what is another.',
      )
    return [
      { type: 'report.published', at, by, revision: revision + 1, document, differences: changed },
    ]
  },
  evolve: (_, { revision, document }) => ({ revision, document }),
}

/** `week-2026-W09`, `month-2026-03.tier-1`: a report's stream. */
export function reportId({ period, scope }: Pick<ReportDocument, 'period' | 'scope'>): string {
  const team = scope.team === undefined ? '' : `.team-${scope.team}`
  const tier = scope.tier === undefined ? '' : `.tier-${scope.tier}`
  return `${period.kind}-${period.name}${tier}${team}`
}
