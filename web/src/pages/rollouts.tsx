/** Rollouts, newest first: those under way, and how the others ended. */
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { deploymentsByQuery, environmentsQuery, servicesQuery } from '../api/queries.ts'
import type { Deployment } from '../api/rollouts.ts'
import { stateInWords, verdictInShort } from '../format/deployment.ts'
import { inOrder } from '../format/environments.ts'
import { duration, words } from '../format/text.ts'
import { Answer } from '../kit/answer.tsx'
import { ChoiceFilter, Filters } from '../kit/filters.tsx'
import { Meter } from '../kit/meter.tsx'
import { LIMIT, More } from '../kit/more.tsx'
import { State } from '../kit/state.tsx'
import { type Column, Table } from '../kit/table.tsx'
import { WhatWhere } from '../kit/what-where.tsx'
import { When } from '../kit/when.tsx'
import { narrowed } from '../shell/narrowed.ts'
import { useTitle } from '../shell/title.ts'
import { ServiceFilter } from './service-filter.tsx'

/** `open` is no outcome, and what people look for most. */
const STATES = ['open', 'succeeded', 'failed', 'aborted', 'rolledBack', 'stuck']

const COLUMNS: readonly Column<Deployment>[] = [
  {
    heading: 'Rollout',
    cell: (row) => (
      <Link to="/rollouts/$id" params={{ id: row.id }} className="font-medium">
        <WhatWhere {...row} />
      </Link>
    ),
  },
  { heading: 'Kind', cell: ({ kind }) => words(kind) },
  { heading: 'State', cell: (row) => <State of={row.status} {...stateInWords(row)} /> },
  {
    heading: 'Traffic',
    cell: ({ status, weight }) => (status === 'finished' ? null : <Meter weight={weight} />),
  },
  {
    heading: 'Analysis',
    cell: ({ verdict, status }) => {
      if (verdict === null) return <span className="text-quiet">not measured</span>
      // Whoever is done watches no more.
      if (status === 'finished' && verdict.reason === 'watching')
        return <span className="text-quiet">too few requests</span>
      return <State of={verdict.verdict} {...verdictInShort(verdict)} />
    },
  },
  {
    heading: 'Took',
    cell: ({ startedAt, finishedAt }) => (
      <span className="whitespace-nowrap">
        {finishedAt !== null && duration(finishedAt - startedAt)}
      </span>
    ),
  },
  { heading: 'By', cell: ({ by }) => by },
  { heading: 'Started', cell: ({ startedAt }) => <When at={startedAt} /> },
]

export function RolloutsPage() {
  useTitle('Rollouts')
  const search = useSearch({ from: '/rollouts' })
  const navigate = useNavigate({ from: '/rollouts' })
  const [limit, setLimit] = useState(LIMIT)
  const services = useQuery(servicesQuery())
  const environments = useQuery(environmentsQuery())
  const { outcome, ...places } = search
  const by = narrowed({ ...places, ...(outcome === 'open' ? { open: 'true' } : { outcome }) }, [
    'service',
    'environment',
    'open',
    'outcome',
  ])
  const rollouts = useQuery(deploymentsByQuery(by, limit))
  const set = (change: Partial<Record<'service' | 'environment' | 'outcome', string>>) =>
    void navigate({ search: { ...search, ...change }, replace: true, resetScroll: false })
  return (
    <>
      <h1 className="mb-4">Rollouts</h1>
      <Filters>
        <ServiceFilter value={search.service} onChange={(value) => set({ service: value })} />
        <ChoiceFilter
          label="Environment"
          value={search.environment}
          all={inOrder(environments.data ?? [], services.data ?? [])}
          onChange={(value) => set({ environment: value })}
        />
        <ChoiceFilter
          label="State"
          value={outcome}
          all={STATES}
          onChange={(value) => set({ outcome: value })}
        />
      </Filters>
      <div className="border-line bg-card rounded-lg border px-4 py-2">
        <Answer query={rollouts}>
          {(rows) => (
            <>
              <Table
                label="Rollouts"
                rows={rows}
                columns={COLUMNS}
                keyOf={({ id }) => id}
                empty={
                  Object.keys(by).length > 0
                    ? 'None of them fits the filter.'
                    : 'Nothing was deployed yet: signalbox promote puts a release somewhere.'
                }
              />
              <More shown={rows.length} limit={limit} onMore={setLimit} />
            </>
          )}
        </Answer>
      </div>
    </>
  )
}
