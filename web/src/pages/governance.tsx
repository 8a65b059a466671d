/** What holds, who let what pass until when, who may do what, and what was done. */
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { reviewsQuery } from '../api/queries.ts'
import { signaturesMissing } from '../format/emergency.ts'
import { ago } from '../format/text.ts'
import { Answer } from '../kit/answer.tsx'
import { Card } from '../kit/card.tsx'
import { State } from '../kit/state.tsx'
import { Table } from '../kit/table.tsx'
import { useNow } from '../shell/now.ts'
import { useTitle } from '../shell/title.ts'
import { Access } from './governance/access.tsx'
import { AccessReviews } from './governance/access-reviews.tsx'
import { Controls } from './governance/controls.tsx'
import { Traceability } from './governance/traceability.tsx'
import { Log } from './governance/log.tsx'
import { Policies } from './governance/policies.tsx'
import { Waivers } from './governance/waivers.tsx'

export function GovernancePage() {
  useTitle('Governance')
  return (
    <>
      <h1 className="mb-4">Governance</h1>
      <div className="space-y-4">
        <Waivers />
        <Reviews />
        <Traceability />
        <Controls />
        <Policies />
        <Access />
        <AccessReviews />
        <Log />
      </div>
    </>
  )
}

function Reviews() {
  const now = useNow()
  const reviews = useQuery(reviewsQuery())
  return (
    <Card title="Reviews of emergencies" id="reviews">
      <Answer query={reviews}>
        {(rows) => (
          <Table
            label="Reviews of emergencies"
            rows={rows}
            keyOf={({ id }) => id}
            empty="There was no emergency that owes one."
            columns={[
              {
                heading: 'Emergency',
                cell: ({ id, service, environment }) => (
                  <Link to="/emergencies/$id" params={{ id }} hash="review">
                    {service} in {environment}
                  </Link>
                ),
              },
              {
                heading: 'State',
                cell: ({ status, dueAt }) => {
                  if (status === 'done') return <State of="done" tone="good" text="Done" />
                  const isOverdue = now >= dueAt
                  return (
                    <State
                      of="review"
                      tone={isOverdue ? 'bad' : 'open'}
                      text={`${isOverdue ? 'Was due' : 'Due'} ${ago(dueAt, now)}`}
                    />
                  )
                },
              },
              {
                heading: 'Signed by',
                cell: ({ state }) => state.signed.map(({ by }) => by).join(', ') || 'nobody yet',
              },
              {
                heading: 'Missing',
                numeric: true,
                cell: (row) => (row.status === 'done' ? 0 : signaturesMissing(row)),
              },
            ]}
          />
        )}
      </Answer>
    </Card>
  )
}
