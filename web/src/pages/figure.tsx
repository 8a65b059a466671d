/** One figure taken apart: how it went, by tier, team and service, and what it was counted from. */
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router'
import type { Kpi } from '../api/insights.ts'
import { kpisQuery } from '../api/queries.ts'
import { heldText, KPI_WORDS, kpiText, tiersInWords } from '../format/kpis.ts'
import { instant } from '../format/text.ts'
import { Answer } from '../kit/answer.tsx'
import { Card } from '../kit/card.tsx'
import { State } from '../kit/state.tsx'
import { useTitle } from '../shell/title.ts'
import { CountedFrom } from './figure/counted-from.tsx'
import { SplitCards } from './figure/split.tsx'
import { TrendCard } from './figure/trend.tsx'
import { ScopeFilters, scopeOf, type ScopeSearch } from './insights/scope.tsx'
import { Tiers } from './insights/tiers.tsx'

export function FigurePage() {
  const { kpi: asked } = useParams({ from: '/insights/$kpi' })
  const search = useSearch({ from: '/insights/$kpi' })
  const navigate = useNavigate({ from: '/insights/$kpi' })
  const set = (change: ScopeSearch) =>
    void navigate({ search: { ...search, ...change }, replace: true, resetScroll: false })
  const at = { ...scopeOf(search), kpi: asked }
  const report = useQuery(kpisQuery(at))
  const [found] = Object.entries(report.data?.kpis ?? {})
  useTitle(found?.[1].title ?? 'Insights')
  return (
    <Answer query={report} heading={asked}>
      {({ from, to }) =>
        found !== undefined && (
          <div className="space-y-4">
            <Head number={found[0]} kpi={found[1]} />
            <ScopeFilters search={search} onChange={set} />
            <p className="text-quiet text-xs">
              Production, {instant(from)} to {instant(to)}.
            </p>
            <div className="beside">
              <TrendCard at={at} number={found[0]} kpi={found[1]} />
              <Card title="Now">
                <Now kpi={found[1]} />
              </Card>
            </div>
            <SplitCards at={at} number={found[0]} kpi={found[1]} />
            <CountedFrom at={at} number={found[0]} unit={found[1].unit} />
          </div>
        )
      }
    </Answer>
  )
}

function Head({ number, kpi: { title, name } }: { number: string; kpi: Kpi }) {
  return (
    <header>
      <p className="text-quiet text-xs">
        <Link from="/insights/$kpi" to="/insights" search={(before) => before}>
          Insights
        </Link>{' '}
        · {number}
      </p>
      <h1>{title}</h1>
      <p className="text-quiet max-w-3xl">{KPI_WORDS[name]?.says}</p>
    </header>
  )
}

function Now({ kpi }: { kpi: Kpi }) {
  const { unit, title, tiers, target } = kpi
  const text = kpiText(unit, kpi)
  return (
    <>
      <p className="text-2xl font-semibold">{text.value}</p>
      {text.why !== '' && <p className="text-quiet">{text.why}</p>}
      <p className="text-xs">
        {target === null ? (
          <State of="target" {...tiersInWords(tiers)} />
        ) : (
          <State of="target" tone={text.tone} text={`${heldText(kpi)}: ${text.target}`} />
        )}
      </p>
      <p className="text-quiet mb-3 text-xs">
        {text.of}
        {text.interval !== '' && ` · 95 % ${text.interval}`}
      </p>
      <Tiers title={title} unit={unit} tiers={tiers} />
    </>
  )
}
