/** Are we getting faster and safer: the five figures, with target, definition, and what was counted. */
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import type { Dora } from '../api/insights.ts'
import { doraQuery, serviceQuery } from '../api/queries.ts'
import { type FigureName, kpiInWords, KPIS } from '../format/dora.ts'
import { instant } from '../format/text.ts'
import { Answer } from '../kit/answer.tsx'
import { Card } from '../kit/card.tsx'
import { Filters } from '../kit/filters.tsx'
import { State } from '../kit/state.tsx'
import { Tabs } from '../kit/tabs.tsx'
import { narrowed } from '../shell/narrowed.ts'
import { useTitle } from '../shell/title.ts'
import { CountedChanges, CountedDeployments } from './insights/counted.tsx'
import { PipelinesSection } from './insights/pipelines.tsx'
import { sinceDays, WINDOWS } from './insights/window.ts'
import { ServiceFilter } from './service-filter.tsx'

const NAMES = Object.keys(KPIS) as readonly FigureName[]

export function InsightsPage() {
  useTitle('Insights')
  const search = useSearch({ from: '/insights' })
  const navigate = useNavigate({ from: '/insights' })
  const set = (change: Partial<Record<'service' | 'days', string>>) =>
    void navigate({ search: { ...search, ...change }, replace: true, resetScroll: false })
  const days = WINDOWS.find((each) => each === search.days) ?? '91'
  const at = { ...narrowed(search, ['service']), ...sinceDays(days) }
  const dora = useQuery(doraQuery(at))
  const counted = NAMES.find((name) => name === search.of)
  return (
    <>
      <h1 className="mb-4">Insights</h1>
      <Filters>
        <ServiceFilter value={search.service} onChange={(service) => set({ service })} />
        <div className="text-quiet text-xs">
          <span className="mb-0.5 block">Days</span>
          <Tabs label="Days" all={WINDOWS} chosen={days} onChoose={(to) => set({ days: to })} />
        </div>
      </Filters>
      <Answer query={dora}>
        {(row) => (
          <div className="space-y-4">
            <Of dora={row} />
            <ul aria-label="Figures" className="grid gap-4 sm:grid-cols-2 xl:grid-cols-3">
              {NAMES.map((name) => (
                <li key={name}>
                  <Kpi name={name} dora={row} isChosen={counted === name} />
                </li>
              ))}
            </ul>
          </div>
        )}
      </Answer>
      {counted !== undefined && (
        <div className="mt-4" id="counted">
          {KPIS[counted].from === 'changes' ? (
            <CountedChanges at={at} />
          ) : (
            <CountedDeployments at={at} figure={counted} />
          )}
        </div>
      )}
      <PipelinesSection at={at} />
    </>
  )
}

function Of({ dora: { service, from, to, targets } }: { dora: Dora }) {
  const known = useQuery({ ...serviceQuery(service ?? ''), enabled: service !== null })
  const tier = known.data?.tier
  return (
    <p className="text-quiet text-xs">
      {service ?? 'All services'}, production, {instant(from)} to {instant(to)}.{' '}
      {targets === null
        ? 'Targets are by tier: choose a service to see them.'
        : tier !== undefined && `Targets of tier ${tier}.`}
    </p>
  )
}

function Kpi({ name, dora, isChosen }: { name: FigureName; dora: Dora; isChosen: boolean }) {
  const { title, says } = KPIS[name]
  const { value, more, tone, target, of } = kpiInWords(name, dora)
  return (
    <Card title={title} aside={of}>
      <p className="text-2xl font-semibold">{value}</p>
      {more !== '' && <p className="text-quiet">{more}</p>}
      <p className="text-xs">
        {target === '' ? (
          <span className="text-quiet">no target</span>
        ) : (
          <State of="target" tone={tone} text={`target: ${target}`} />
        )}
      </p>
      <details className="mt-2">
        <summary className="text-quiet cursor-pointer text-xs">What it says</summary>
        <p className="mt-1 text-xs">{says}</p>
      </details>
      <p className="mt-1 text-xs">
        <Link
          from="/insights"
          to="/insights"
          search={(before) => ({ ...before, of: name })}
          hash="counted"
          aria-current={isChosen ? 'true' : undefined}
        >
          What was counted<span className="sr-only"> for {title}</span>
        </Link>
      </p>
    </Card>
  )
}
