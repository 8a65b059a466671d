/** Are we getting faster and safer: twenty figures, each with target, trend and what it is of. */
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import type { Kpis, Trend } from '../api/insights.ts'
import { kpisQuery, serviceQuery, trendQuery } from '../api/queries.ts'
import { GROUPS, KPI_WORDS } from '../format/kpis.ts'
import { instant, words } from '../format/text.ts'
import { Answer } from '../kit/answer.tsx'
import { useTitle } from '../shell/title.ts'
import { KpiCard } from './insights/kpi-card.tsx'
import { PipelinesSection } from './insights/pipelines.tsx'
import { daysOf, ScopeFilters, scopeOf, type ScopeSearch } from './insights/scope.tsx'
import { sinceDays } from './insights/window.ts'

export function InsightsPage() {
  useTitle('Insights')
  const search = useSearch({ from: '/insights' })
  const navigate = useNavigate({ from: '/insights' })
  const set = (change: ScopeSearch) =>
    void navigate({ search: { ...search, ...change }, replace: true, resetScroll: false })
  const at = scopeOf(search)
  const kpis = useQuery(kpisQuery(at))
  const trend = useQuery(trendQuery(at))
  const ofRuns = {
    ...sinceDays(daysOf(search)),
    ...(search.service && { service: search.service }),
  }
  return (
    <>
      <header className="mb-4 flex flex-wrap items-baseline justify-between gap-x-6 gap-y-1">
        <h1>Insights</h1>
        <p className="flex gap-4">
          <Link to="/insights/report">Reports</Link>
          <Link to="/flaky">Flaky board</Link>
        </p>
      </header>
      <ScopeFilters search={search} onChange={set} />
      <Answer query={kpis}>
        {(report) => (
          <>
            <Of report={report} />
            <Groups report={report} trend={trend.data} />
            <Anomalies of={report.anomalies} />
          </>
        )}
      </Answer>
      <PipelinesSection at={ofRuns} />
    </>
  )
}

function Groups({ report, trend }: { report: Kpis; trend: Trend | undefined }) {
  const all = Object.entries(report.kpis)
  return (
    <div className="space-y-6">
      {GROUPS.map((group) => (
        <section key={group} aria-label={group}>
          <h2 className="mb-2">{group}</h2>
          <ul
            aria-label={`Figures of ${group}`}
            className="grid gap-3 sm:grid-cols-2 lg:grid-cols-3 xl:grid-cols-5"
          >
            {all
              .filter(([, { name }]) => KPI_WORDS[name]?.group === group)
              .map(([number, kpi]) => (
                <li key={number}>
                  <KpiCard number={number} kpi={kpi} trend={trend?.kpis[number]} />
                </li>
              ))}
          </ul>
        </section>
      ))}
    </div>
  )
}

function Of({ report: { service, team, tier, from, to } }: { report: Kpis }) {
  const known = useQuery({ ...serviceQuery(service ?? ''), enabled: service !== undefined })
  const ofTier = tier ?? known.data?.tier
  const whose = service ?? (team === undefined ? 'All services' : `Services of ${team}`)
  return (
    <p className="text-quiet mb-4 text-xs">
      {whose}, production, {instant(from)} to {instant(to)}.{' '}
      {ofTier === undefined || ofTier === null
        ? 'Tiers have targets of their own: choose a tier or a service to see all of them.'
        : `Targets of tier ${ofTier}.`}
    </p>
  )
}

/** What is not as it should be is counted, and hidden by no figure. */
function Anomalies({ of }: { of: Kpis['anomalies'] }) {
  const odd = Object.entries(of)
  if (odd.length === 0) return null
  return (
    <details className="mt-4">
      <summary className="text-quiet cursor-pointer text-xs">
        {odd.length} {odd.length === 1 ? 'kind' : 'kinds'} of facts are not as they should be
      </summary>
      <ul className="mt-1 text-xs">
        {odd.map(([name, n]) => (
          <li key={name}>
            {words(name)}: {n}
          </li>
        ))}
      </ul>
    </details>
  )
}
