/** Connections that other tools deliver by: when each was last heard, what it told, what was refused. */
import { useQuery } from '@tanstack/react-query'
import type { Connection } from '../../api/governance.ts'
import { connectionsQuery } from '../../api/governing.ts'
import { connectionInWords, refusedBy } from '../../format/governance.ts'
import { count } from '../../format/text.ts'
import { Answer } from '../../kit/answer.tsx'
import { Card } from '../../kit/card.tsx'
import { State } from '../../kit/state.tsx'
import { Table } from '../../kit/table.tsx'
import { When } from '../../kit/when.tsx'
import { useNow } from '../../shell/now.ts'

export function Connections() {
  const now = useNow()
  const connections = useQuery(connectionsQuery())
  return (
    <Card title="Connections" id="connections" aside="of the last 7 days">
      <Answer query={connections}>
        {(rows) => (
          <Table
            label="Connections"
            rows={rows}
            keyOf={({ connection }) => connection}
            empty="None is set up: name them in the file that SIGNALBOX_CONNECTIONS says, and other tools tell what they see. The guides connect-github and connect-gitlab say how."
            columns={[
              {
                heading: 'Connection',
                cell: ({ connection, kind, address }) => (
                  <>
                    <span className="font-medium">{connection}</span>
                    {kind !== connection && ` ${kind}`}
                    <code className="text-quiet block font-mono text-xs">{address}</code>
                  </>
                ),
              },
              {
                heading: 'Health',
                cell: (row) => <State of="connection" {...connectionInWords(row, now)} />,
              },
              {
                heading: 'Last heard',
                cell: ({ lastAt }) => (lastAt === null ? 'never' : <When at={lastAt} />),
              },
              { heading: 'Deliveries', numeric: true, cell: ({ deliveries }) => count(deliveries) },
              { heading: 'Facts', numeric: true, cell: ({ observations }) => count(observations) },
              { heading: 'Refused', numeric: true, cell: (row) => count(refusedBy(row)) },
              { heading: 'Why', cell: (row) => <Why of={row} /> },
            ]}
          />
        )}
      </Answer>
    </Card>
  )
}

const REFUSALS = {
  unsigned: 'not signed: set the secret of the webhook',
  forged: 'signed with another secret',
  stale: 'signed more than five minutes away: look at both clocks',
  unreadable: 'no JSON: set the content type to application/json',
} as const

function Why({ of: { refused, notes } }: { of: Connection }) {
  const names = Object.keys(REFUSALS) as (keyof typeof REFUSALS)[]
  const lines = [
    ...names.flatMap((name) => (refused[name] > 0 ? [`${refused[name]} ${REFUSALS[name]}`] : [])),
    ...notes.map(({ event, note, deliveries }) => `${deliveries} ${event}: ${note}`),
  ]
  if (lines.length === 0) return <span className="text-quiet">nothing to say</span>
  return (
    <ul className="text-xs">
      {lines.map((line) => (
        <li key={line} className="break-words">
          {line}
        </li>
      ))}
    </ul>
  )
}
