/** Artifacts, newest first, by the digest that names them. */
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import type { Artifact } from '../api/artifacts.ts'
import { artifactsQuery } from '../api/queries.ts'
import { attestedInWords } from '../format/attested.ts'
import { bytes } from '../format/text.ts'
import { Answer } from '../kit/answer.tsx'
import { Filters, TextFilter } from '../kit/filters.tsx'
import { LIMIT, More } from '../kit/more.tsx'
import { State } from '../kit/state.tsx'
import { type Column, Table } from '../kit/table.tsx'
import { When } from '../kit/when.tsx'
import { narrowed } from '../shell/narrowed.ts'
import { useTitle } from '../shell/title.ts'
import { ServiceFilter } from './service-filter.tsx'

const COLUMNS: readonly Column<Artifact>[] = [
  {
    heading: 'Digest',
    cell: ({ digest }) => (
      <Link to="/artifacts/$digest" params={{ digest }} className="font-mono font-medium">
        {digest.slice(0, 19)}
      </Link>
    ),
  },
  { heading: 'Service', cell: ({ service }) => service },
  {
    heading: 'Commit',
    cell: ({ run, sha }) => (
      <Link to="/runs/$id" params={{ id: run }} className="font-mono">
        {sha.slice(0, 8)}
      </Link>
    ),
  },
  {
    heading: 'Attested',
    cell: (row) => <State of="attested" {...attestedInWords(row)} />,
  },
  { heading: 'Size', cell: ({ size_bytes: size }) => bytes(size), numeric: true },
  { heading: 'Published', cell: ({ published_at: at }) => <When at={at} /> },
]

export function ArtifactsPage() {
  useTitle('Artifacts')
  const search = useSearch({ from: '/artifacts' })
  const navigate = useNavigate({ from: '/artifacts' })
  const [limit, setLimit] = useState(LIMIT)
  const artifacts = useQuery(artifactsQuery(narrowed(search, ['service']), limit))
  const set = (change: Partial<Record<'service' | 'q', string>>) =>
    void navigate({ search: { ...search, ...change }, replace: true, resetScroll: false })
  const wanted = (search.q ?? '').replace(/^sha256:/, '')
  const isWanted = ({ digest, sha }: Artifact) =>
    digest.startsWith(`sha256:${wanted}`) || sha.startsWith(wanted)
  return (
    <>
      <h1 className="mb-4">Artifacts</h1>
      <Filters>
        <ServiceFilter value={search.service} onChange={(value) => set({ service: value })} />
        <TextFilter
          label="Digest or commit begins"
          value={search.q}
          onChange={(value) => set({ q: value })}
        />
      </Filters>
      <div className="border-line bg-card rounded-lg border px-4 py-2">
        <Answer query={artifacts}>
          {(rows) => (
            <>
              <Table
                label="Artifacts"
                rows={rows.filter(isWanted)}
                columns={COLUMNS}
                keyOf={({ digest }) => digest}
                empty={
                  rows.length === 0
                    ? 'No artifact yet: a job of the pipeline that says uses: package makes one.'
                    : 'None of those shown begins so; Ctrl K searches all of them.'
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
