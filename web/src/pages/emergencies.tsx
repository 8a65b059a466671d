/** Emergencies: those that stand, what is owed for those that do not, and asking for one. */
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import type { Emergency } from '../api/emergencies.ts'
import { emergenciesQuery, owingEmergenciesQuery } from '../api/queries.ts'
import { emergencyInWords, reviewInWords } from '../format/emergency.ts'
import { Answer } from '../kit/answer.tsx'
import { Card } from '../kit/card.tsx'
import { Filters } from '../kit/filters.tsx'
import { LIMIT, More } from '../kit/more.tsx'
import { State } from '../kit/state.tsx'
import { type Column, Table } from '../kit/table.tsx'
import { When } from '../kit/when.tsx'
import { narrowed } from '../shell/narrowed.ts'
import { useNow } from '../shell/now.ts'
import { useTitle } from '../shell/title.ts'
import { Declare } from './emergencies/declare.tsx'
import { ServiceFilter } from './service-filter.tsx'

export function EmergenciesPage() {
  useTitle('Emergencies')
  const search = useSearch({ from: '/emergencies' })
  const navigate = useNavigate({ from: '/emergencies' })
  const [limit, setLimit] = useState(LIMIT)
  const owing = useQuery(owingEmergenciesQuery())
  const all = useQuery(emergenciesQuery(narrowed(search, ['service']), limit))
  const columns = useColumns()
  const key = ({ id }: Emergency) => id
  return (
    <>
      <div className="mb-4 flex flex-wrap items-start justify-between gap-3">
        <h1>Emergencies</h1>
        <Declare service={search.service} />
      </div>
      <div className="space-y-4">
        <Card title="Standing, asked for, or to be reviewed">
          <Answer query={owing}>
            {(rows) => (
              <Table
                label="Emergencies that ask for something"
                rows={rows}
                keyOf={key}
                empty="None stands, and nothing is owed for those that did."
                columns={columns}
              />
            )}
          </Answer>
        </Card>
        <Filters>
          <ServiceFilter
            value={search.service}
            onChange={(service) =>
              void navigate({ search: { service }, replace: true, resetScroll: false })
            }
          />
        </Filters>
        <Card title="All of them" aside="newest first">
          <Answer query={all}>
            {(rows) => (
              <>
                <Table
                  label="Emergencies"
                  rows={rows}
                  keyOf={key}
                  empty="There was none: what is needed for one is in the guide “When it burns”."
                  columns={columns}
                />
                <More shown={rows.length} limit={limit} onMore={setLimit} />
              </>
            )}
          </Answer>
        </Card>
      </div>
    </>
  )
}

function useColumns(): readonly Column<Emergency>[] {
  const now = useNow()
  return [
    {
      heading: 'Where',
      cell: ({ id, service, environment }) => (
        <Link to="/emergencies/$id" params={{ id }} className="font-medium">
          {service} in {environment}
        </Link>
      ),
    },
    { heading: 'State', cell: (row) => <State of={row.status} {...emergencyInWords(row, now)} /> },
    {
      heading: 'Review',
      cell: ({ review }) => <State of="review" {...reviewInWords(review, now)} />,
    },
    {
      heading: 'Late checks',
      cell: ({ uses, lateFailed }) => <Late uses={uses} failed={lateFailed.length} />,
    },
    { heading: 'Asked by', cell: ({ requestedBy }) => requestedBy },
    { heading: 'Asked', cell: ({ requestedAt }) => <When at={requestedAt} /> },
    { heading: 'Reason', cell: ({ reason }) => <span className="break-words">{reason}</span> },
  ]
}

function Late({ uses, failed }: { uses: Emergency['uses']; failed: number }) {
  const late = uses.reduce((sum, use) => sum + use.late.length, 0)
  const judged = uses.reduce((sum, use) => sum + use.judged.length, 0)
  if (failed > 0) return <State of="failed" text={`${failed} failed`} />
  if (late === 0) return <span className="text-quiet">none</span>
  if (judged < late) return <State of="pending" text={`${late - judged} to be judged`} />
  return <State of="passed" text={`${late} judged`} />
}
