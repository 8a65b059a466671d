/** Which period and of whom, and what to do with the report: print it, take it along, publish it. */
import { useQuery } from '@tanstack/react-query'
import type { DeliveryReport } from '../../api/insights.ts'
import { servicesQuery } from '../../api/queries.ts'
import { Button } from '../../kit/button.tsx'
import { Do } from '../../kit/do.tsx'
import { ChoiceFilter, Filters } from '../../kit/filters.tsx'
import { Tabs } from '../../kit/tabs.tsx'
import type { ReportSearch } from '../report.tsx'

const PERIODS = ['week', 'month', 'quarter']
const day = (at: number) => new Date(at).toISOString().slice(0, 10)

export function ReportControls({
  search,
  at,
  shown: { document, revision },
  onChange,
}: {
  search: ReportSearch
  at: Readonly<Record<string, string>>
  shown: DeliveryReport
  onChange: (change: ReportSearch) => void
}) {
  const services = useQuery(servicesQuery())
  const teams = [...new Set((services.data ?? []).map(({ owner }) => owner))].sort()
  const { period, scope } = document
  const period_ = search.period ?? 'month'
  const form = (format: string) =>
    `/api/v1/insights/report?${new URLSearchParams({ ...at, format })}`
  const body = { period: period.kind, from: day(period.from), ...scope }
  const isLast = document.isPartial
  return (
    <div className="no-print space-y-3">
      <Filters>
        <div className="text-quiet text-xs">
          <span className="mb-0.5 block">Period</span>
          <Tabs
            label="Period"
            all={PERIODS}
            chosen={period_}
            onChoose={(to) => onChange({ period: to, revision: '' })}
          />
        </div>
        <div className="flex items-end gap-1">
          <Button
            aria-label="The period before"
            onClick={() => onChange({ from: day(period.from - 1), revision: '' })}
          >
            ‹
          </Button>
          <span className="min-w-24 py-1.5 text-center font-medium">{period.name}</span>
          <Button
            aria-label="The period after"
            disabled={isLast}
            title={isLast ? 'This one is not over yet.' : undefined}
            onClick={() => onChange({ from: day(period.to), revision: '' })}
          >
            ›
          </Button>
        </div>
        <ChoiceFilter
          label="Team"
          value={search.team}
          all={teams}
          onChange={(team) => onChange({ team, revision: '' })}
        />
        <ChoiceFilter
          label="Tier"
          value={search.tier}
          all={['0', '1', '2', '3']}
          onChange={(tier) => onChange({ tier, revision: '' })}
        />
        {revision !== null && (
          <ChoiceFilter
            label="Revision"
            value={search.revision}
            none="newest"
            all={Array.from({ length: revision }, (_, i) => String(revision - i))}
            onChange={(to) => onChange({ revision: to })}
          />
        )}
      </Filters>
      <div className="flex flex-wrap items-start gap-x-4 gap-y-2">
        <Button onClick={() => window.print()}>Print, or save as PDF</Button>
        <span className="flex min-h-8 items-center gap-4">
          <a href={form('html')} target="_blank" rel="noopener">
            HTML, alone
          </a>
          <a href={form('md')} download={`delivery-${period.name}.md`}>
            Markdown
          </a>
        </span>
        <Do
          name="Publish"
          title={`Publish the report of ${period.name}?`}
          action="Publish it"
          role="operator"
          path="/insights/report"
          body={() => body}
          rehearse={body}
          reason="none"
          onDone={() => onChange({ revision: '' })}
        >
          <p>
            What is published stays as it was: facts that arrive later make the next revision, with
            what is another in it.
          </p>
        </Do>
      </div>
    </div>
  )
}
