/** A figure by tier: tiers have targets of their own. */
import type { Kpi } from '../../api/insights.ts'
import { heldText, kpiText, NO_FIGURE } from '../../format/kpis.ts'
import { State } from '../../kit/state.tsx'
import { Table } from '../../kit/table.tsx'

export function Tiers({ title, unit, tiers }: Pick<Kpi, 'title' | 'unit' | 'tiers'>) {
  const rows = Object.entries(tiers).map(([tier, its]) => ({ tier, its, text: kpiText(unit, its) }))
  if (rows.length === 0) return null
  return (
    <Table
      label={`${title} by tier`}
      rows={rows}
      keyOf={({ tier }) => tier}
      empty=""
      columns={[
        { heading: 'Tier', cell: ({ tier }) => tier },
        {
          heading: 'Value',
          cell: ({ text }) =>
            text.why === '' ? (
              <span className="whitespace-nowrap">{text.value}</span>
            ) : (
              <span className="text-quiet whitespace-nowrap" title={text.why}>
                {NO_FIGURE}
              </span>
            ),
        },
        { heading: 'Of', numeric: true, cell: ({ its }) => its.n },
        {
          heading: 'Target',
          cell: ({ its, text }) =>
            its.target === null || its.value === null ? (
              <span className="text-quiet">none</span>
            ) : (
              <State of="target" tone={text.tone} text={`${heldText(its)}: ${text.target}`} />
            ),
        },
      ]}
    />
  )
}
