/** What was done and what happened: rollouts, runs, incidents of one service, newest first. */
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { deploymentsQuery, incidentsQuery, runsQuery } from '../../api/queries.ts'
import { stateInWords } from '../../format/deployment.ts'
import { duration } from '../../format/text.ts'
import { Answer } from '../../kit/answer.tsx'
import { Card, Quiet } from '../../kit/card.tsx'
import { State } from '../../kit/state.tsx'
import { Table } from '../../kit/table.tsx'
import { When } from '../../kit/when.tsx'

export function Rollouts({ service }: { service: string }) {
  const deployments = useQuery(deploymentsQuery(service))
  return (
    <Card title="Rollouts">
      <Answer query={deployments}>
        {(rows) => (
          <Table
            label="Rollouts"
            rows={rows}
            keyOf={({ id }) => id}
            empty="Nothing was deployed yet."
            columns={[
              {
                heading: 'Version',
                cell: ({ id, version }) => (
                  <Link to="/rollouts/$id" params={{ id }} className="font-mono font-medium">
                    {version}
                  </Link>
                ),
              },
              { heading: 'Environment', cell: ({ environment }) => environment },
              { heading: 'State', cell: (row) => <State of={row.status} {...stateInWords(row)} /> },
              { heading: 'Started', cell: ({ startedAt }) => <When at={startedAt} /> },
            ]}
          />
        )}
      </Answer>
    </Card>
  )
}

export function Runs({ service }: { service: string }) {
  const runs = useQuery(runsQuery(service))
  return (
    <Card title="Runs">
      <Answer query={runs}>
        {(rows) => (
          <Table
            label="Runs"
            rows={rows}
            keyOf={({ id }) => id}
            empty="No run yet: push a commit."
            columns={[
              {
                heading: 'Commit',
                cell: ({ id, sha }) => (
                  <Link to="/runs/$id" params={{ id }} className="font-mono font-medium">
                    {sha.slice(0, 8)}
                  </Link>
                ),
              },
              { heading: 'Branch', cell: ({ branch }) => branch },
              { heading: 'State', cell: ({ outcome }) => <State of={outcome} /> },
              {
                heading: 'Took',
                cell: ({ queued_at: from, ended_at: to }) => (
                  <span className="whitespace-nowrap">{to !== null && duration(to - from)}</span>
                ),
              },
              { heading: 'Queued', cell: ({ queued_at: at }) => <When at={at} /> },
            ]}
          />
        )}
      </Answer>
    </Card>
  )
}

export function Incidents({ service }: { service: string }) {
  const incidents = useQuery(incidentsQuery(service))
  return (
    <div id="incidents">
      <Card title="Incidents">
        <Answer query={incidents}>
          {(rows) =>
            rows.length === 0 ? (
              <Quiet>None.</Quiet>
            ) : (
              <ul className="divide-line divide-y">
                {rows.map(({ id, title, severity, environment, status, opened_at: at, causes }) => (
                  <li key={id} className="py-2 first:pt-0 last:pb-0">
                    <p className="font-medium">{title}</p>
                    <p className="text-quiet flex flex-wrap gap-x-3 text-xs">
                      <State of={status} />
                      <span>severity {severity}</span>
                      <span>{environment}</span>
                      <When at={at} />
                      {causes.map(({ deployment }) => (
                        <Link key={deployment} to="/rollouts/$id" params={{ id: deployment }}>
                          caused by this rollout
                        </Link>
                      ))}
                    </p>
                  </li>
                ))}
              </ul>
            )
          }
        </Answer>
      </Card>
    </div>
  )
}
