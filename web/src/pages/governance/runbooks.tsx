/** Of every service: whether its runbook is fresh, and whether its way back was proven lately. */
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { Runbook } from '../../api/governance.ts'
import { runbooksQuery } from '../../api/governing.ts'
import { drillInWords, runbookInWords } from '../../format/governance.ts'
import { instant } from '../../format/text.ts'
import { Answer } from '../../kit/answer.tsx'
import { Card } from '../../kit/card.tsx'
import { State } from '../../kit/state.tsx'
import { Table } from '../../kit/table.tsx'
import { useNow } from '../../shell/now.ts'

export function Runbooks() {
  const now = useNow()
  const runbooks = useQuery(runbooksQuery())
  return (
    <Card
      title="Runbooks"
      id="runbooks"
      aside="by the rules of the checks runbook-fresh and rollback-drilled"
    >
      <Answer query={runbooks}>
        {(rows) => (
          <Table
            label="Runbooks"
            rows={rows.toSorted((a, b) => PLACE[a.state] - PLACE[b.state] || a.tier - b.tier)}
            keyOf={({ service }) => service}
            empty="No service is registered yet: signalbox apply -f signalbox.yaml"
            columns={[
              {
                heading: 'Service',
                cell: ({ service }) => (
                  <Link to="/services/$name" params={{ name: service }} className="font-medium">
                    {service}
                  </Link>
                ),
              },
              { heading: 'Tier', cell: ({ tier }) => tier },
              { heading: 'Owner', cell: ({ owner }) => owner },
              {
                heading: 'Runbook',
                cell: (row) => <Book row={row} now={now} />,
              },
              {
                heading: 'File',
                cell: ({ path }) =>
                  path === null ? (
                    <span className="text-quiet">none</span>
                  ) : (
                    <code className="font-mono text-xs break-all">{path}</code>
                  ),
              },
              {
                heading: 'Way back',
                cell: (row) => (
                  <span title={row.drilledAt === null ? undefined : instant(row.drilledAt)}>
                    <State of="drill" {...drillInWords(row, now)} />
                  </span>
                ),
              },
            ]}
          />
        )}
      </Answer>
    </Card>
  )
}

/** What needs somebody first. */
const PLACE = { stale: 0, missing: 1, unlinked: 2, unknown: 3, fresh: 4 } as const

function Book({ row, now }: { row: Runbook; now: number }) {
  return (
    <>
      <span title={row.freshUntil === null ? undefined : `until ${instant(row.freshUntil)}`}>
        <State of="runbook" {...runbookInWords(row, now)} />
      </span>
      {row.remedy !== '' && <span className="text-quiet block text-xs">{row.remedy}</span>}
    </>
  )
}
