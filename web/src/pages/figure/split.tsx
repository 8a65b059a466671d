/** The figure of each team and each service: facts pooled, the worst where it can be told first. */
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { Kpi, SplitRow } from '../../api/insights.ts'
import { splitQuery } from '../../api/queries.ts'
import { heldText, kpiText, NO_FIGURE } from '../../format/kpis.ts'
import { Answer } from '../../kit/answer.tsx'
import { Card } from '../../kit/card.tsx'
import { State } from '../../kit/state.tsx'
import { Table } from '../../kit/table.tsx'

interface Props {
  readonly at: Readonly<Record<string, string>>
  readonly number: string
  readonly kpi: Kpi
}

export function SplitCards(props: Props) {
  // What is of everybody at once has no parts.
  if (Object.keys(props.kpi.tiers).length === 0) return null
  return (
    <div className="grid grid-cols-1 gap-4 xl:grid-cols-2">
      <SplitCard {...props} by="team" />
      <SplitCard {...props} by="service" />
    </div>
  )
}

function SplitCard({ at, number, kpi, by }: Props & { by: 'team' | 'service' }) {
  const split = useQuery(splitQuery(number, { ...at, by }))
  const { unit, title } = kpi
  return (
    <Card title={`By ${by}`} aside="what misses its target first">
      <Answer query={split}>
        {({ rows, isCut }) => (
          <>
            <Table
              label={`${title} by ${by}`}
              rows={missedFirst(rows)}
              keyOf={({ name }) => name}
              empty={`No ${by} is known.`}
              columns={[
                {
                  heading: by === 'team' ? 'Team' : 'Service',
                  cell: ({ name }) => (
                    <Link
                      from="/insights/$kpi"
                      to="/insights/$kpi"
                      params={{ kpi: number }}
                      search={(before) => ({ ...before, [by]: name })}
                    >
                      {name}
                    </Link>
                  ),
                },
                {
                  heading: 'Value',
                  cell: (row) => {
                    const { value, why } = kpiText(unit, row)
                    return (
                      <span
                        className={
                          why === '' ? 'whitespace-nowrap' : 'text-quiet whitespace-nowrap'
                        }
                        title={why || undefined}
                      >
                        {why === '' ? value : NO_FIGURE}
                      </span>
                    )
                  },
                },
                { heading: 'Of', numeric: true, cell: ({ n }) => n },
                {
                  heading: 'Target',
                  cell: (row) => {
                    const { tone, target } = kpiText(unit, row)
                    return row.target === null || row.value === null ? (
                      <span className="text-quiet">none</span>
                    ) : (
                      <State of="target" tone={tone} text={`${heldText(row)}: ${target}`} />
                    )
                  },
                },
              ]}
            />
            {isCut && <p className="text-quiet mt-2 text-xs">There are more: narrow them above.</p>}
          </>
        )}
      </Answer>
    </Card>
  )
}

const PLACE = (row: SplitRow) => {
  const met = row.target?.isMet ?? null
  if (row.value === null) return 3
  return met === false ? 0 : met === null ? 2 : 1
}
const missedFirst = (rows: readonly SplitRow[]) => rows.toSorted((a, b) => PLACE(a) - PLACE(b))
