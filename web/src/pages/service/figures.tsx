/** How one service is delivered, over the last quarter: each against the target of its tier. */
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { Kpi } from '../../api/insights.ts'
import { kpisQuery } from '../../api/queries.ts'
import { heldText, KPI_WORDS, kpiText } from '../../format/kpis.ts'
import { Answer } from '../../kit/answer.tsx'
import { Card } from '../../kit/card.tsx'
import { State } from '../../kit/state.tsx'

export function Figures({ service }: { service: string }) {
  const kpis = useQuery(kpisQuery({ service }))
  return (
    <Card
      title="Figures"
      id="figures"
      aside={
        <Link to="/insights" search={{ service }}>
          All twenty, and their trend
        </Link>
      }
    >
      <Answer query={kpis}>
        {(report) => (
          <dl className="divide-line divide-y">
            {Object.entries(report.kpis)
              .filter(([, { name }]) => KPI_WORDS[name]?.group === 'Delivery')
              .map(([number, kpi]) => (
                <OneFigure key={number} kpi={kpi} />
              ))}
          </dl>
        )}
      </Answer>
    </Card>
  )
}

function OneFigure({ kpi }: { kpi: Kpi }) {
  const { value, why, tone, target, of } = kpiText(kpi.unit, kpi)
  const held = target === '' ? '' : `${heldText(kpi)}: ${target}`
  return (
    <div
      title={KPI_WORDS[kpi.name]?.says}
      className="grid grid-cols-[1fr_auto] gap-x-4 py-1.5 first:pt-0 last:pb-0"
    >
      <dt>{kpi.title}</dt>
      <dd className="font-medium">
        {tone === 'plain' ? value : <State of="figure" text={value} tone={tone} />}
      </dd>
      <dd className="text-quiet col-span-2 text-xs">
        {[why, held, of].filter((part) => part !== '').join(' · ')}
      </dd>
    </div>
  )
}
