/** What the jobs of a run keep for people: each a link, as long as it is kept. */
import { useQuery } from '@tanstack/react-query'
import { runArtifactsQuery } from '../api/queries.ts'
import type { RunArtifact } from '../api/types.ts'
import { bytes, duration, instant } from '../format/text.ts'
import { Card } from '../kit/card.tsx'
import { type Column, Table } from '../kit/table.tsx'
import { useNow } from '../shell/now.ts'

const COLUMNS: readonly Column<RunArtifact>[] = [
  { heading: 'Artifact', cell: (artifact) => <Named artifact={artifact} /> },
  { heading: 'Job', cell: ({ job }) => job },
  { heading: 'Size', cell: ({ sizeBytes }) => bytes(sizeBytes) },
  { heading: 'Files', cell: ({ files }) => files },
  { heading: 'Kept', cell: (artifact) => <Kept artifact={artifact} /> },
  {
    heading: 'Digest',
    cell: ({ digest }) => (
      <code className="font-mono text-xs" title={digest}>
        {digest.slice(0, 19)}
      </code>
    ),
  },
]

export function RunArtifactsCard({ run }: { run: string }) {
  const { data = [] } = useQuery(runArtifactsQuery(run))
  if (data.length === 0) return null
  return (
    <Card title="Artifacts" aside={`${data.length}`}>
      <Table
        label="Artifacts"
        rows={data}
        columns={COLUMNS}
        keyOf={({ job, name }) => `${job}/${name}`}
        empty=""
      />
    </Card>
  )
}

function Named({ artifact: { name, fileName, path, isGone } }: { artifact: RunArtifact }) {
  if (isGone) return <span className="text-quiet">{name}</span>
  return (
    <a href={`/api/v1${path}`} download={fileName} className="font-medium">
      {name} <span className="text-quiet font-normal">{fileName}</span>
    </a>
  )
}

function Kept({ artifact: { expiresAt, isGone } }: { artifact: RunArtifact }) {
  const now = useNow()
  return (
    <span title={instant(expiresAt)}>
      {isGone || expiresAt <= now ? 'gone' : `for ${duration(expiresAt - now)}`}
    </span>
  )
}
