/** One emergency: whose rights, until when, what went under them, and what is owed for it. */
import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { Emergency } from '../api/emergencies.ts'
import { emergencyQuery, reviewsQuery } from '../api/queries.ts'
import { emergencyInWords, reviewInWords, signaturesMissing } from '../format/emergency.ts'
import { instant } from '../format/text.ts'
import { Answer } from '../kit/answer.tsx'
import { Card, Quiet } from '../kit/card.tsx'
import { Fact, Facts } from '../kit/facts.tsx'
import { Says, State } from '../kit/state.tsx'
import { When } from '../kit/when.tsx'
import { useNow } from '../shell/now.ts'
import { useTitle } from '../shell/title.ts'
import { Decisions, Sign } from './emergency/decisions.tsx'
import { Uses } from './emergency/uses.tsx'

export function EmergencyPage() {
  const { id } = useParams({ from: '/emergencies/$id' })
  const emergency = useQuery(emergencyQuery(id))
  return (
    <Answer query={emergency} heading="Emergency">
      {(row) => <OneEmergency emergency={row} />}
    </Answer>
  )
}

function OneEmergency({ emergency }: { emergency: Emergency }) {
  const { service, environment, overdue } = emergency
  useTitle(`Emergency: ${service} in ${environment}`)
  return (
    <div className="space-y-4">
      <Head emergency={emergency} />
      {overdue.length > 0 && (
        <Says
          tone="bad"
          text={`Reviews were overdue when it was asked for, which takes one approval more: ${overdue.join(', ')}`}
        />
      )}
      <Decisions emergency={emergency} />
      <div className="beside">
        <div className="space-y-4">
          <Uses emergency={emergency} />
          <ReviewCard emergency={emergency} />
        </div>
        <Rights emergency={emergency} />
      </div>
    </div>
  )
}

function Head({ emergency }: { emergency: Emergency }) {
  const now = useNow()
  const { id, service, environment, reason, requestedBy, requestedAt } = emergency
  return (
    <header className="flex flex-wrap items-end justify-between gap-x-6 gap-y-2">
      <div className="min-w-0">
        <p className="text-quiet text-xs">
          <Link to="/emergencies">Emergencies</Link> · {id}
        </p>
        <h1>
          <Link to="/services/$name" params={{ name: service }} className="text-ink">
            {service}
          </Link>{' '}
          in {environment}
        </h1>
        <p className="break-words">{reason}</p>
        <p className="text-quiet">
          asked for by {requestedBy} <When at={requestedAt} />
        </p>
      </div>
      <p role="status" className="text-lg font-semibold">
        <State of={emergency.status} {...emergencyInWords(emergency, now)} />
      </p>
    </header>
  )
}

function Rights({ emergency }: { emergency: Emergency }) {
  const { incident, service, approvals, alone, startedAt, endsAt, status } = emergency
  return (
    <Card title="Its rights">
      <Facts>
        <Fact name="Said yes">{saidYes(approvals, alone)}</Fact>
        <Fact name="From">{startedAt === null ? 'not yet' : instant(startedAt)}</Fact>
        <Fact name="Until">{endsAt === null ? 'not yet' : instant(endsAt)}</Fact>
        <Fact name="Incident">
          {incident === null ? (
            'none is named'
          ) : (
            <Link to="/services/$name" params={{ name: service }} hash="incidents">
              {incident}
            </Link>
          )}
        </Fact>
      </Facts>
      {status === 'standing' && (
        <div className="text-quiet mt-3 space-y-1 text-xs">
          <p>
            Use them: <code className="font-mono">signalbox promote {service} --emergency</code>
          </p>
          <p>
            They are not extended: if it still burns when they end, ask for another emergency.
            Signature, provenance, health and smoke test stay, and so do vetoes and hard freezes.
          </p>
        </div>
      )}
    </Card>
  )
}

function saidYes(approvals: readonly string[], isAlone: boolean): ReactNode {
  if (isAlone) return 'nobody: asked for alone'
  return approvals.join(', ') || 'nobody yet'
}

function ReviewCard({ emergency: { id, review, requestedBy } }: { emergency: Emergency }) {
  const now = useNow()
  const reviews = useQuery(reviewsQuery())
  if (review === null)
    return (
      <Card title="Review">
        <Quiet>None is owed: it never stood, or its tier asks for none.</Quiet>
      </Card>
    )
  return (
    <Card title="Review" id="review" aside={<State of="review" {...reviewInWords(review, now)} />}>
      <p className="text-quiet text-xs">
        due {instant(review.dueAt)}, by {review.reviewers}{' '}
        {review.reviewers === 1 ? 'approver' : 'approvers'} other than {requestedBy}
      </p>
      <Answer query={reviews}>
        {(rows) => {
          const row = rows.find((each) => each.id === id)
          if (row === undefined) return <Quiet>It is not open yet.</Quiet>
          return (
            <div className="mt-2 space-y-3">
              <ul className="divide-line divide-y">
                {row.state.signed.map(({ by, note }) => (
                  <li key={by} className="py-2 first:pt-0">
                    <p className="break-words whitespace-pre-wrap">{note}</p>
                    <p className="text-quiet text-xs">{by}</p>
                  </li>
                ))}
              </ul>
              {row.status === 'open' && <Sign id={id} missing={signaturesMissing(row)} />}
            </div>
          )
        }}
      </Answer>
    </Card>
  )
}
