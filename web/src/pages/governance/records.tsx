/** What was recorded elsewhere and signed: checks that another CI ran, gates that nobody answered. */
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import type { GateRecord } from '../../api/governance.ts'
import { recordersQuery, recordsQuery } from '../../api/governing.ts'
import { words } from '../../format/text.ts'
import { Answer } from '../../kit/answer.tsx'
import { Card } from '../../kit/card.tsx'
import { Do } from '../../kit/do.tsx'
import { ChoiceFilter, Filters } from '../../kit/filters.tsx'
import { LIMIT, More } from '../../kit/more.tsx'
import { State } from '../../kit/state.tsx'
import { Table } from '../../kit/table.tsx'
import { When } from '../../kit/when.tsx'
import { ServiceFilter } from '../service-filter.tsx'

const KINDS = ['check', 'unanswered'] as const

export function Records() {
  const [service, setService] = useState('')
  const [kind, setKind] = useState('')
  const [limit, setLimit] = useState(LIMIT)
  const by = { ...(service && { service }), ...(kind && { kind }) }
  const records = useQuery(recordsQuery(by, limit))
  return (
    <Card title="Records" id="records" aside="signed where they were made">
      <Filters>
        <ServiceFilter value={service} onChange={setService} />
        <ChoiceFilter label="Kind" value={kind} all={KINDS} onChange={setKind} />
      </Filters>
      <Answer query={records}>
        {(rows) => (
          <>
            <Table
              label="Records"
              rows={rows}
              keyOf={({ record }) => record}
              empty="None: let your CI sign what it checked, by signalbox record check."
              columns={[
                { heading: 'What', cell: (row) => <What row={row} /> },
                { heading: 'State', cell: (row) => <State of="record" {...inWords(row)} /> },
                { heading: 'Of', cell: (row) => <Of row={row} /> },
                {
                  heading: 'Recorded by',
                  cell: ({ by: who, job }) => `${who}${job ? `, ${job}` : ''}`,
                },
                { heading: 'When', cell: ({ recordedAt }) => <When at={recordedAt} /> },
                { heading: 'Acts', cell: (row) => <Acts row={row} /> },
              ]}
            />
            <More shown={rows.length} limit={limit} onMore={setLimit} />
          </>
        )}
      </Answer>
    </Card>
  )
}

function What({ row: { kind, check, service, environment, link } }: { row: GateRecord }) {
  const name = kind === 'check' ? check : `gate before ${environment ?? 'an environment'}`
  // Whoever signs may put any address there; only those of the web are followed.
  const isWeb = link !== null && /^https?:\/\//.test(link)
  return (
    <>
      <span className="font-medium">{name}</span>{' '}
      <Link to="/services/$name" params={{ name: service }}>
        {service}
      </Link>
      {isWeb && (
        <>
          {' '}
          <a href={link} rel="noopener noreferrer nofollow" target="_blank" className="text-xs">
            its log
          </a>
        </>
      )}
    </>
  )
}

function inWords({ kind, outcome, tests, reviewedBy, note }: GateRecord) {
  if (kind === 'unanswered')
    return reviewedBy === null
      ? ({ text: 'went ahead unanswered', tone: 'bad' } as const)
      : ({ text: `reviewed by ${reviewedBy}: ${note ?? ''}`, tone: 'good' } as const)
  const of = tests === null ? '' : `, ${tests.passed} passed, ${tests.failed} failed`
  const tone = outcome === 'succeeded' ? 'good' : 'bad'
  return { text: `${words(outcome ?? 'unknown')}${of}`, tone } as const
}

function Of({ row: { artifact, commit, release } }: { row: GateRecord }) {
  if (artifact !== null)
    return (
      <Link to="/artifacts/$digest" params={{ digest: artifact }} className="font-mono text-xs">
        {artifact.slice(0, 19)}
      </Link>
    )
  return <code className="font-mono text-xs">{commit?.slice(0, 12) ?? release ?? '–'}</code>
}

function Acts({ row: { record, kind, reviewedBy, service } }: { row: GateRecord }) {
  if (kind !== 'unanswered' || reviewedBy !== null) return null
  return (
    <Do
      name="Review"
      title={`Look back at what went ahead of ${service}?`}
      action="It is looked at"
      role="approver"
      path={`/records/${encodeURIComponent(record)}/review`}
      body={(note) => ({ note })}
      rehearse={{ note: 'looked at' }}
      reason="needed"
      about={{ label: 'What you found', least: 1 }}
    >
      <p>It went ahead because nobody answered; its checks were judged late. Nothing is undone.</p>
    </Do>
  )
}

export function Recorders() {
  const recorders = useQuery(recordersQuery())
  return (
    <Card title="Recorders" id="recorders" aside="keys that sign records, each a chain">
      <Answer query={recorders}>
        {(rows) => (
          <Table
            label="Recorders"
            rows={rows}
            keyOf={({ recorder }) => recorder}
            empty="None is registered: signalbox recorder register makes a key on its machine."
            columns={[
              {
                heading: 'Recorder',
                cell: ({ name }) => <span className="font-medium">{name}</span>,
              },
              { heading: 'Of', cell: ({ actor }) => actor },
              {
                heading: 'Key',
                cell: ({ recorder }) => (
                  <code className="font-mono text-xs" title={recorder}>
                    {recorder.slice(0, 19)}
                  </code>
                ),
              },
              {
                heading: 'State',
                cell: ({ retiredAt }) =>
                  retiredAt === null ? (
                    <State of="recorder" tone="good" text="registered" />
                  ) : (
                    <State of="recorder" tone="plain" text="retired" />
                  ),
              },
              { heading: 'Records', numeric: true, cell: ({ last }) => last },
              {
                heading: 'Missing',
                cell: ({ missing }) =>
                  missing.length === 0 ? (
                    <span className="text-quiet">none</span>
                  ) : (
                    <State
                      of="gap"
                      tone="bad"
                      text={`numbers ${missing.slice(0, 10).join(', ')}`}
                    />
                  ),
              },
              { heading: 'Since', cell: ({ registeredAt }) => <When at={registeredAt} /> },
            ]}
          />
        )}
      </Answer>
    </Card>
  )
}
