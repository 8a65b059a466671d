/** Reviews that emergencies owe: until when, and who is still missing. */
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { reviewsQuery } from '../../api/queries.ts'
import { signaturesMissing } from '../../format/emergency.ts'
import { ago, instant } from '../../format/text.ts'
import { Answer } from '../../kit/answer.tsx'
import { Card } from '../../kit/card.tsx'
import { State } from '../../kit/state.tsx'
import { Table } from '../../kit/table.tsx'
import { useNow } from '../../shell/now.ts'

export function Reviews() {
  const now = useNow()
  const reviews = useQuery(reviewsQuery())
  return (
    <Card title="Reviews of emergencies" id="reviews" aside="what is due first">
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
                    <span title={instant(dueAt)}>
                      <State
                        of="review"
                        tone={isOverdue ? 'bad' : 'open'}
                        text={`${isOverdue ? 'Was due' : 'Due'} ${ago(dueAt, now)}`}
                      />
                    </span>
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
