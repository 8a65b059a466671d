/** Which production deployments can be followed back to who wanted them, and what runs untraced. */
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { coverageQuery, untracedQuery } from '../../api/queries.ts'
import { percentOf } from '../../format/percent.ts'
import { Answer } from '../../kit/answer.tsx'
import { Card } from '../../kit/card.tsx'
import { Says } from '../../kit/state.tsx'
import { Table } from '../../kit/table.tsx'
import { When } from '../../kit/when.tsx'

export function Traceability() {
  const coverage = useQuery(coverageQuery())
  const untraced = useQuery(untracedQuery())
  return (
    <Card title="Traceability" id="traceability" aside="production, last 91 days">
      <Answer query={untraced}>
        {(rows) => (
          <ul className="space-y-1">
            {rows.flatMap((row) =>
              row.untraced.map(({ of, at }) => (
                <li key={`${row.id} ${of.group} ${of.why}`}>
                  <Says tone="bad" text={`${row.service} in ${row.environment}: ${of.message}`} />{' '}
                  <When at={at} />
                </li>
              )),
            )}
          </ul>
        )}
      </Answer>
      <Answer query={coverage}>
        {(found) => (
          <div className="space-y-3">
            <Says
              tone={found.value === null ? 'plain' : found.value > found.target ? 'good' : 'bad'}
              text={
                found.value === null
                  ? 'Nothing was deployed to production.'
                  : `${percentOf(found.value)} of ${found.n} can be followed from commit to approval; the target is more than ${percentOf(found.target)}.`
              }
            />
            <Table
              label="Gaps in traceability"
              rows={found.gaps}
              keyOf={({ deployment }) => deployment}
              empty="Every deployment resolves, leg by leg."
              columns={[
                {
                  heading: 'Deployment',
                  cell: ({ deployment, service, version, environment }) => (
                    <Link to="/rollouts/$id" params={{ id: deployment }}>
                      {service} {version} in {environment}
                    </Link>
                  ),
                },
                { heading: 'When', cell: ({ finishedAt }) => <When at={finishedAt} /> },
                {
                  heading: 'Missing',
                  cell: ({ missing }) => missing.map(({ leg }) => leg).join(', '),
                },
                {
                  heading: 'Why',
                  cell: ({ missing }) => missing.map(({ message }) => message).join(' '),
                },
              ]}
            />
          </div>
        )}
      </Answer>
    </Card>
  )
}
