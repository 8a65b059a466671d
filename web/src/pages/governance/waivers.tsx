/** Failed checks that somebody let pass, for one artifact and for a while. */
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { Waiver } from '../../api/governance.ts'
import { waiversQuery } from '../../api/queries.ts'
import { waiverInWords, waiversInOrder } from '../../format/waiver.ts'
import { instant } from '../../format/text.ts'
import { Answer } from '../../kit/answer.tsx'
import { Card } from '../../kit/card.tsx'
import { Do } from '../../kit/do.tsx'
import { State } from '../../kit/state.tsx'
import { Table } from '../../kit/table.tsx'
import { useNow } from '../../shell/now.ts'

export function Waivers() {
  const now = useNow()
  const waivers = useQuery(waiversQuery())
  return (
    <Card title="Waivers" id="waivers" aside="what counts or waits first">
      <Answer query={waivers}>
        {(rows) => (
          <Table
            label="Waivers"
            rows={waiversInOrder(rows, now)}
            keyOf={({ waiver }) => waiver}
            empty="None: every check counts. Ask for one by signalbox waiver request."
            columns={[
              {
                heading: 'Check',
                cell: ({ check }) => <span className="font-medium whitespace-nowrap">{check}</span>,
              },
              {
                heading: 'Of',
                cell: ({ subject }) => (
                  <Link to="/artifacts/$digest" params={{ digest: subject }} className="font-mono">
                    {subject.slice(0, 19)}
                  </Link>
                ),
              },
              {
                heading: 'State',
                cell: (row) => (
                  <span title={instant(row.expiresAt)}>
                    <State of={row.status} {...waiverInWords(row, now)} />
                  </span>
                ),
              },
              {
                heading: 'Who',
                cell: ({ requestedBy, approvedBy }) =>
                  approvedBy === null ? requestedBy : `${requestedBy}, approved by ${approvedBy}`,
              },
              {
                heading: 'Reason',
                cell: ({ reason }) => <span className="break-words">{reason}</span>,
              },
              { heading: 'Acts', cell: (row) => <Acts waiver={row} now={now} /> },
            ]}
          />
        )}
      </Answer>
    </Card>
  )
}

function Acts({
  waiver: { waiver, status, check, expiresAt },
  now,
}: {
  waiver: Waiver
  now: number
}) {
  if (status === 'revoked' || now >= expiresAt) return null
  const path = (verb: string) => `/waivers/${encodeURIComponent(waiver)}/${verb}`
  return (
    <div className="flex gap-2">
      {status === 'requested' && (
        <Do
          name="Approve"
          title={`Let ${check} pass?`}
          action="Approve it"
          role="approver"
          path={path('approve')}
          body={() => ({})}
          rehearse={{}}
          reason="none"
        >
          <p>The check counts as waived for this artifact until {instant(expiresAt)}.</p>
        </Do>
      )}
      <Do
        name="Revoke"
        title={`End the waiver of ${check}?`}
        action="Revoke it"
        weight="danger"
        role="approver"
        path={path('revoke')}
        body={() => ({})}
        rehearse={{}}
        reason="none"
      >
        <p>The check counts again, for whatever has not started yet.</p>
      </Do>
    </div>
  )
}
