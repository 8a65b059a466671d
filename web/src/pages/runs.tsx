/** Runs, newest first: how they ended, how long they took, and whose failure it is. */
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { runsQuery } from '../api/queries.ts'
import type { Run } from '../api/types.ts'
import { classOf, CLASSES, failureInWords } from '../format/failure.ts'
import { systemInWords } from '../format/origin.ts'
import { type Past, pastInWords, pasts, usualMs } from '../format/history.ts'
import { duration } from '../format/text.ts'
import { Answer } from '../kit/answer.tsx'
import { ChoiceFilter, Filters, TextFilter } from '../kit/filters.tsx'
import { LIMIT, More } from '../kit/more.tsx'
import { Spark } from '../kit/spark.tsx'
import { State } from '../kit/state.tsx'
import { type Column, Table } from '../kit/table.tsx'
import { When } from '../kit/when.tsx'
import { narrowed } from '../shell/narrowed.ts'
import { useNow } from '../shell/now.ts'
import { useTitle } from '../shell/title.ts'
import { ServiceFilter } from './service-filter.tsx'

const OUTCOMES = ['running', 'succeeded', 'failed', 'cancelled']

type Pasts = ReadonlyMap<string, readonly Past[]>

const columns = (known: Pasts): readonly Column<Run>[] => [
  {
    heading: 'Run',
    cell: ({ id, service, sha }) => (
      <Link to="/runs/$id" params={{ id }} className="font-medium">
        {service} <span className="font-mono">{sha.slice(0, 8)}</span>
      </Link>
    ),
  },
  { heading: 'Branch', cell: ({ branch }) => branch },
  { heading: 'State', cell: ({ outcome }) => <State of={outcome} /> },
  {
    heading: 'Why',
    cell: (run) => (
      <>
        {classOf(run) !== undefined && <span className="chip mr-1.5">{classOf(run)}</span>}
        <span className="text-quiet">{failureInWords(run)}</span>
      </>
    ),
  },
  {
    heading: 'Took',
    cell: (run) => <Took run={run} past={known.get(run.id) ?? []} />,
  },
  { heading: 'Last 20', cell: ({ id }) => <Before past={known.get(id) ?? []} /> },
  {
    heading: 'By',
    cell: ({ trigger, by, origin }) =>
      origin === null ? `${trigger}, ${by}` : `${trigger}, external: ${systemInWords(origin)}`,
  },
  { heading: 'Queued', cell: ({ queued_at: at }) => <When at={at} /> },
]

export function RunsPage() {
  useTitle('Runs')
  const search = useSearch({ from: '/runs' })
  const navigate = useNavigate({ from: '/runs' })
  const [limit, setLimit] = useState(LIMIT)
  const runs = useQuery(runsQuery(narrowed(search, ['service', 'branch', 'outcome']), limit))
  const set = (change: Partial<Record<'service' | 'branch' | 'outcome' | 'why', string>>) =>
    void navigate({ search: { ...search, ...change }, replace: true, resetScroll: false })
  const isNarrowed = Object.values(search).some((value) => value !== undefined)
  return (
    <>
      <h1 className="mb-4">Runs</h1>
      <Filters>
        <ServiceFilter value={search.service} onChange={(value) => set({ service: value })} />
        <TextFilter
          label="Branch, whole"
          value={search.branch}
          onChange={(value) => set({ branch: value })}
        />
        <ChoiceFilter
          label="State"
          value={search.outcome}
          all={OUTCOMES}
          onChange={(value) => set({ outcome: value })}
        />
        <ChoiceFilter
          label="Failed by"
          value={search.why}
          all={CLASSES}
          none="anything"
          onChange={(value) => set({ why: value })}
        />
      </Filters>
      <div className="border-line bg-card rounded-lg border px-4 py-2">
        <Answer query={runs}>
          {(rows) => (
            <>
              <Table
                label="Runs"
                rows={rows.filter((run) => search.why === undefined || classOf(run) === search.why)}
                columns={columns(pasts(rows))}
                keyOf={({ id }) => id}
                empty={
                  isNarrowed
                    ? 'None of them fits the filter.'
                    : 'No run yet: push a commit, or say signalbox run in a repository.'
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

function Took(props: { run: Run; past: readonly Past[] }) {
  const { run, past } = props
  const { queued_at: from, ended_at: to, progress } = run
  const now = useNow()
  const usual = usualMs(past)
  return (
    <span className="whitespace-nowrap">
      {to === null
        ? `${progress.ended} of ${progress.total} jobs, ${duration(Math.max(0, now - from))}`
        : duration(to - from)}
      {usual !== undefined && past.length > 1 && (
        <span className="text-quiet block text-xs">usually {duration(usual)}</span>
      )}
    </span>
  )
}

function Before({ past }: { past: readonly Past[] }) {
  return <Spark past={past} title={pastInWords(past)} />
}
