/** What a figure was counted from, one by one, each leading to what happened. */
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { CountedDeployment } from '../../api/insights.ts'
import { countedChangesQuery, countedDeploymentsQuery } from '../../api/queries.ts'
import type { InWords } from '../../format/deployment.ts'
import { type FigureName, KPIS } from '../../format/dora.ts'
import { duration, words } from '../../format/text.ts'
import { Answer } from '../../kit/answer.tsx'
import { Card } from '../../kit/card.tsx'
import { State } from '../../kit/state.tsx'
import { Table } from '../../kit/table.tsx'
import { When } from '../../kit/when.tsx'
import { countedInWords } from './counts-as.ts'

type At = Readonly<Record<string, string>>

export function CountedDeployments({ at, figure }: { at: At; figure: FigureName }) {
  const deployments = useQuery(countedDeploymentsQuery(at))
  const countsAs = (row: CountedDeployment): InWords => countedInWords(figure, row.counted)
  return (
    <Card title={`Counted for: ${KPIS[figure].title}`} aside="the newest 500">
      <Answer query={deployments}>
        {(rows) => (
          <Table
            label="Deployments that were counted"
            rows={rows}
            keyOf={({ deployment }) => deployment}
            empty="Nothing was deployed to production in these days."
            columns={[
              {
                heading: 'Deployment',
                cell: ({ deployment, service, environment }) => (
                  <Link to="/rollouts/$id" params={{ id: deployment }} className="font-medium">
                    {service} in {environment}
                  </Link>
                ),
              },
              { heading: 'Kind', cell: ({ kind }) => kind },
              { heading: 'Outcome', cell: ({ outcome }) => <State of={outcome} /> },
              { heading: 'Counts as', cell: (row) => <State of="counted" {...countsAs(row)} /> },
              { heading: 'Ended', cell: ({ finishedAt }) => <When at={finishedAt} /> },
            ]}
          />
        )}
      </Answer>
    </Card>
  )
}

export function CountedChanges({ at }: { at: At }) {
  const changes = useQuery(countedChangesQuery(at))
  return (
    <Card title={`Counted for: ${KPIS.leadTime.title}`} aside="the newest 500">
      <Answer query={changes}>
        {(rows) => (
          <Table
            label="Changes that were counted"
            rows={rows}
            keyOf={({ service, sha }) => `${service} ${sha}`}
            empty="No change came to production in these days."
            columns={[
              {
                heading: 'Change',
                cell: ({ service, sha }) => (
                  <Link to="/services/$name" params={{ name: service }}>
                    {service} <code className="font-mono">{sha.slice(0, 8)}</code>
                  </Link>
                ),
              },
              { heading: 'On its branch', cell: ({ mergedAt }) => <When at={mergedAt} /> },
              { heading: 'In production', cell: ({ deliveredAt }) => <When at={deliveredAt} /> },
              {
                heading: 'Took',
                cell: ({ seed, deliveredAt, mergedAt }) =>
                  seed ? (
                    <State of="none" text={words('not counted: first deployment')} />
                  ) : (
                    duration(Math.max(0, deliveredAt - mergedAt))
                  ),
              },
            ]}
          />
        )}
      </Answer>
    </Card>
  )
}
