/** Deployments on their way: how far, and how it looks. */
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { openDeploymentsQuery } from '../../api/queries.ts'
import type { Deployment } from '../../api/rollouts.ts'
import { stateInWords, verdictInShort } from '../../format/deployment.ts'
import { ago, instant } from '../../format/text.ts'
import { Answer } from '../../kit/answer.tsx'
import { Card } from '../../kit/card.tsx'
import { Meter } from '../../kit/meter.tsx'
import { State } from '../../kit/state.tsx'
import { Table } from '../../kit/table.tsx'
import { WhatWhere } from '../../kit/what-where.tsx'
import { Moving } from './moving.tsx'
import { useNow } from '../../shell/now.ts'

export function InFlight() {
  const deployments = useQuery(openDeploymentsQuery())
  return (
    <Card title="In flight">
      <Answer query={deployments}>
        {(rows) => (
          <Table
            label="Deployments in flight"
            rows={rows.filter(({ status }) => status !== 'finished')}
            keyOf={({ id }) => id}
            empty="Nothing is being deployed."
            columns={[
              { heading: 'What', cell: (row) => <What row={row} /> },
              { heading: 'Traffic', cell: ({ weight }) => <Meter weight={weight} /> },
              { heading: 'State', cell: (row) => <State of={row.status} {...stateInWords(row)} /> },
              { heading: 'Analysis', cell: (row) => <Analysis row={row} /> },
              { heading: 'Since', cell: ({ startedAt }) => <Since at={startedAt} /> },
            ]}
          />
        )}
      </Answer>
      <Moving />
    </Card>
  )
}

function What({ row }: { row: Deployment }) {
  return (
    <Link to="/rollouts/$id" params={{ id: row.id }} className="font-medium">
      <WhatWhere {...row} />
    </Link>
  )
}

function Analysis({ row: { verdict } }: { row: Deployment }) {
  if (verdict === null) return <State of="none" text="no data yet" />
  return <State of={verdict.verdict} {...verdictInShort(verdict)} />
}

function Since({ at }: { at: number }) {
  const now = useNow()
  return (
    <span title={instant(at)} className="whitespace-nowrap">
      {ago(at, now)}
    </span>
  )
}
