/** What moves together: trains with their next departure, and release plans, newest first. */
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import type { ReleasePlan } from '../api/plans.ts'
import { environmentsQuery, plansQuery, servicesQuery } from '../api/queries.ts'
import { inOrder } from '../format/environments.ts'
import { planInWords } from '../format/plan.ts'
import { Answer } from '../kit/answer.tsx'
import { Card } from '../kit/card.tsx'
import { ChoiceFilter, Filters } from '../kit/filters.tsx'
import { LIMIT, More } from '../kit/more.tsx'
import { State } from '../kit/state.tsx'
import { type Column, Table } from '../kit/table.tsx'
import { When } from '../kit/when.tsx'
import { narrowed } from '../shell/narrowed.ts'
import { useTitle } from '../shell/title.ts'
import { Source } from './plans/source.tsx'
import { Trains } from './plans/trains.tsx'

/** More names than these make a row that nobody reads. */
const NAMED = 4

const COLUMNS: readonly Column<ReleasePlan>[] = [
  {
    heading: 'Plan',
    cell: ({ id }) => (
      <Link to="/plans/$id" params={{ id }} className="font-medium">
        {id}
      </Link>
    ),
  },
  { heading: 'Goes to', cell: ({ environment }) => environment },
  { heading: 'State', cell: (row) => <State of={row.status} {...planInWords(row)} /> },
  {
    heading: 'Services, in their order',
    cell: ({ services }) => {
      const more = services.length - NAMED
      const names = services.slice(0, NAMED).join(', ')
      return (
        <span title={services.join(', ')}>{more > 0 ? `${names} and ${more} more` : names}</span>
      )
    },
  },
  { heading: 'From', cell: ({ source }) => <Source source={source} /> },
  { heading: 'By', cell: ({ plannedBy }) => plannedBy },
  { heading: 'Planned', cell: ({ plannedAt }) => <When at={plannedAt} /> },
]

export function PlansPage() {
  useTitle('Plans and trains')
  const search = useSearch({ from: '/plans' })
  const navigate = useNavigate({ from: '/plans' })
  const [limit, setLimit] = useState(LIMIT)
  const services = useQuery(servicesQuery())
  const environments = useQuery(environmentsQuery())
  const by = narrowed(search, ['environment'])
  const plans = useQuery(plansQuery(by, limit))
  return (
    <>
      <h1 className="mb-4">Plans and trains</h1>
      <div className="space-y-4">
        <Trains />
        <Card title="Release plans">
          <Filters>
            <ChoiceFilter
              label="Goes to"
              value={search.environment}
              all={inOrder(environments.data ?? [], services.data ?? [])}
              onChange={(environment) =>
                void navigate({ search: { environment }, replace: true, resetScroll: false })
              }
            />
          </Filters>
          <Answer query={plans}>
            {(rows) => (
              <>
                <Table
                  label="Release plans"
                  rows={rows}
                  columns={COLUMNS}
                  keyOf={({ id }) => id}
                  empty={
                    Object.keys(by).length > 0
                      ? 'None of them goes there.'
                      : 'None yet: signalbox plan create moves several services in their order.'
                  }
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
