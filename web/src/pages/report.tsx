/** What a week, month or quarter was: figures beside the period before; prints as it stands. */
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import type { DeliveryReport } from '../api/insights.ts'
import { publishedReportsQuery, reportQuery } from '../api/queries.ts'
import { periodTitle } from '../format/report.ts'
import { instant } from '../format/text.ts'
import { Answer } from '../kit/answer.tsx'
import { Card } from '../kit/card.tsx'
import { State } from '../kit/state.tsx'
import { Table } from '../kit/table.tsx'
import { When } from '../kit/when.tsx'
import { narrowed } from '../shell/narrowed.ts'
import { useTitle } from '../shell/title.ts'
import { ReportControls } from './report/controls.tsx'
import { ReportFigures, ReportHints, ReportDifferences } from './report/parts.tsx'
import './report/print.css'

export type ReportSearch = Readonly<
  Partial<Record<'period' | 'from' | 'team' | 'tier' | 'revision', string>>
>

export function ReportPage() {
  const search = useSearch({ from: '/insights/report' })
  const navigate = useNavigate({ from: '/insights/report' })
  const set = (change: ReportSearch) =>
    void navigate({ search: { ...search, ...change }, replace: true, resetScroll: false })
  const at = narrowed(search, ['period', 'from', 'team', 'tier', 'revision'])
  const report = useQuery(reportQuery(at))
  useTitle(report.data === undefined ? 'Report' : periodTitle(report.data.document))
  return (
    <Answer query={report} heading="Report">
      {(shown) => (
        <article className="report space-y-4">
          <Head shown={shown} />
          <ReportControls search={search} at={at} shown={shown} onChange={set} />
          <ReportDifferences shown={shown} />
          <ReportFigures document={shown.document} />
          <ReportHints hints={shown.document.hints} />
          <Published onChoose={set} />
        </article>
      )}
    </Answer>
  )
}

function Head({ shown: { document, revision, isOutdated } }: { shown: DeliveryReport }) {
  const { period, asOf, isPartial } = document
  return (
    <header>
      <p className="text-quiet no-print text-xs">
        <Link to="/insights">Insights</Link> · Report
      </p>
      <h1>{periodTitle(document)}</h1>
      <p className="text-quiet">
        {day(period.from)} to {day(period.to - 1)}, UTC, as known {instant(asOf)}.
      </p>
      <p className="mt-1 flex flex-wrap gap-x-4">
        {revision === null ? (
          <State of="report" tone="plain" text="not published" />
        ) : (
          <State of="report" tone="good" text={`revision ${revision}, published`} />
        )}
        {isPartial && <State of="report" tone="open" text="the period is not over" />}
        {isOutdated && <State of="report" tone="open" text="what is known by now is another" />}
      </p>
    </header>
  )
}

const day = (at: number) => new Date(at).toISOString().slice(0, 10)

/** `month-2026-03.tier-1`: the period, then what it is of. */
function Published({ onChoose }: { onChoose: (change: ReportSearch) => void }) {
  const reports = useQuery(publishedReportsQuery())
  return (
    <div className="no-print">
      <Card title="Published" aside="each stays as it was">
        <Answer query={reports}>
          {(rows) => (
            <Table
              label="Published reports"
              rows={rows}
              keyOf={({ report, revision }) => `${report} ${revision}`}
              empty="None yet: publish a period that is over."
              columns={[
                {
                  heading: 'Report',
                  cell: ({ report }) => <code className="font-mono">{report}</code>,
                },
                { heading: 'Revision', numeric: true, cell: ({ revision }) => revision },
                { heading: 'By', cell: ({ by }) => by },
                { heading: 'When', cell: ({ at }) => <When at={at} /> },
                {
                  heading: 'Show',
                  cell: ({ report, revision }) => {
                    const search = searchOf(report, revision)
                    return search === undefined ? null : (
                      <button
                        type="button"
                        className="text-accent hover:underline"
                        onClick={() => onChoose(search)}
                      >
                        Show it
                        <span className="sr-only">: {`${report}, revision ${revision}`}</span>
                      </button>
                    )
                  },
                },
              ]}
            />
          )}
        </Answer>
      </Card>
    </div>
  )
}

function searchOf(report: string, revision: number): ReportSearch | undefined {
  const [, period, name = '', tier = '', team = ''] =
    /^(week|month|quarter)-([^.]+)(?:\.tier-(\d))?(?:\.team-(.+))?$/.exec(report) ?? []
  const from = firstDayOf(name)
  return period === undefined || from === undefined
    ? undefined
    : { period, from, tier, team, revision: String(revision) }
}

/** Any day inside of it does: the server finds the period that it is in. */
function firstDayOf(name: string): string | undefined {
  if (/^\d{4}-\d\d$/.test(name)) return `${name}-01`
  const [, year, quarter] = /^(\d{4})-Q([1-4])$/.exec(name) ?? []
  if (year !== undefined)
    return `${year}-${String((Number(quarter) - 1) * 3 + 1).padStart(2, '0')}-01`
  const [, of, week] = /^(\d{4})-W(\d\d)$/.exec(name) ?? []
  if (of === undefined) return undefined
  // The fourth of January is in the first week.
  return day(Date.UTC(Number(of), 0, 4) + (Number(week) - 1) * 7 * 86_400_000)
}
