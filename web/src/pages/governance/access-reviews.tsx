/** Reviews of who may do what: grants that somebody else stands up for. */
import { useQuery } from '@tanstack/react-query'
import type { GrantLine } from '../../api/governance.ts'
import { accessReviewQuery, accessReviewsQuery } from '../../api/queries.ts'
import { ago } from '../../format/text.ts'
import { Answer } from '../../kit/answer.tsx'
import { Card } from '../../kit/card.tsx'
import { Do } from '../../kit/do.tsx'
import { State } from '../../kit/state.tsx'
import { Table } from '../../kit/table.tsx'
import { When } from '../../kit/when.tsx'
import { useNow } from '../../shell/now.ts'

export function AccessReviews() {
  const now = useNow()
  const reviews = useQuery(accessReviewsQuery())
  return (
    <Card title="Access reviews" id="access-reviews" aside="what nobody keeps is revoked">
      <Answer query={reviews}>
        {(rows) => (
          <div className="space-y-4">
            <Table
              label="Access reviews"
              rows={rows}
              keyOf={({ id }) => id}
              empty="None yet: each quarter, or by signalbox access review start."
              columns={[
                { heading: 'Review', cell: ({ id }) => <code className="font-mono">{id}</code> },
                {
                  heading: 'Of',
                  cell: ({ team }) => (team === '*' ? 'everybody else' : team),
                },
                {
                  heading: 'State',
                  cell: ({ status, dueAt }) =>
                    status === 'open' ? (
                      <State of="review" tone="open" text={`Ends ${ago(dueAt, now)}`} />
                    ) : (
                      <State of={status} tone="good" text={status} />
                    ),
                },
                { heading: 'Kept', numeric: true, cell: ({ counts }) => counts.kept },
                { heading: 'Revoked', numeric: true, cell: ({ counts }) => counts.revoked },
                { heading: 'Undecided', numeric: true, cell: ({ counts }) => counts.undecided },
              ]}
            />
            {rows
              .filter(({ status }) => status === 'open')
              .map(({ id }) => (
                <Grants key={id} id={id} />
              ))}
          </div>
        )}
      </Answer>
    </Card>
  )
}

function Grants({ id }: { id: string }) {
  const review = useQuery(accessReviewQuery(id))
  return (
    <Answer query={review}>
      {({ lines }) => (
        <Table
          label={`Grants in ${id}`}
          rows={lines}
          keyOf={({ grant }) => `${grant.actor} ${grant.role}`}
          empty="None."
          columns={[
            { heading: 'Actor', cell: ({ grant }) => grant.actor },
            { heading: 'Role', cell: ({ grant }) => grant.role },
            {
              heading: 'Last used',
              cell: ({ grant }) =>
                grant.lastUsedAt === null ? 'never seen' : <When at={grant.lastUsedAt} />,
            },
            {
              heading: 'Decision',
              cell: ({ decision }) =>
                decision === undefined
                  ? 'none yet'
                  : `${decision.what} by ${decision.by}: ${decision.reason}`,
            },
            { heading: 'Acts', cell: (line) => <Acts id={id} line={line} /> },
          ]}
        />
      )}
    </Answer>
  )
}

function Acts({ id, line: { grant } }: { id: string; line: GrantLine }) {
  if (grant.isOwn === true) return null
  const path = `/access/reviews/${encodeURIComponent(id)}/decide`
  const body = (decision: 'keep' | 'revoke') => (reason: string) => {
    const { actor, role } = grant
    return { actor, role, decision, reason }
  }
  const common = { role: 'approver', path, reason: 'needed' } as const
  return (
    <div className="flex flex-wrap gap-2">
      <Do
        {...common}
        name="Keep"
        title={`Does ${grant.actor} need the role ${grant.role}?`}
        action="Keep it"
        body={body('keep')}
      >
        <p>You stand up for it, by name, in the signed result.</p>
      </Do>
      <Do
        {...common}
        name="Revoke"
        title={`Take the role ${grant.role} from ${grant.actor}?`}
        action="Revoke it"
        weight="danger"
        body={body('revoke')}
      >
        <p>It is taken when the review closes.</p>
      </Do>
    </div>
  )
}
