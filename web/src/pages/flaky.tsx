/** Tests that do not always answer the same: how doubted, who answers for them, until when. */
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import type { FlakyCase } from '../api/flaky.ts'
import { flakyQuery } from '../api/queries.ts'
import { flakyInWords, share } from '../format/flaky.ts'
import { ago, instant } from '../format/text.ts'
import { Answer } from '../kit/answer.tsx'
import { Card } from '../kit/card.tsx'
import { ChoiceFilter, Filters, TextFilter } from '../kit/filters.tsx'
import { State } from '../kit/state.tsx'
import { type Column, Table } from '../kit/table.tsx'
import { narrowed } from '../shell/narrowed.ts'
import { useNow } from '../shell/now.ts'
import { useTitle } from '../shell/title.ts'
import { FlakyActs } from './flaky/acts.tsx'
import { ServiceFilter } from './service-filter.tsx'

const STATES = ['suspect', 'flaky', 'quarantined', 'fixed']

export function FlakyPage() {
  useTitle('Flaky tests')
  const search = useSearch({ from: '/flaky' })
  const navigate = useNavigate({ from: '/flaky' })
  const set = (change: Partial<Record<'service' | 'state' | 'q', string>>) =>
    void navigate({ search: { ...search, ...change }, replace: true, resetScroll: false })
  const cases = useQuery(flakyQuery())
  const columns = useColumns()
  const { service: wanted, state, q = '' } = narrowed(search, ['service', 'state', 'q'])
  const isWanted = (row: FlakyCase) =>
    (wanted ?? row.service) === row.service &&
    (state ?? row.state) === row.state &&
    row.case.includes(q)
  return (
    <>
      <h1 className="mb-4">Flaky tests</h1>
      <Filters>
        <ServiceFilter value={search.service} onChange={(service) => set({ service })} />
        <ChoiceFilter
          label="State"
          value={search.state}
          all={STATES}
          onChange={(to) => set({ state: to })}
        />
        <TextFilter label="Test" value={search.q} onChange={(to) => set({ q: to })} />
      </Filters>
      <Card title="In doubt" aside="what ends soonest first, then what disagrees most">
        <Answer query={cases}>
          {(rows) => (
            <Table
              label="Flaky tests"
              rows={rows.filter(isWanted)}
              keyOf={({ id }) => id}
              empty={
                rows.length === 0
                  ? 'None: no test passed and failed for the same commit.'
                  : 'None of them is like that.'
              }
              columns={columns}
            />
          )}
        </Answer>
      </Card>
    </>
  )
}

function useColumns(): readonly Column<FlakyCase>[] {
  const now = useNow()
  return [
    { heading: 'Test', cell: (row) => <Name row={row} /> },
    {
      heading: 'Service',
      cell: ({ service }) => (
        <Link to="/services/$name" params={{ name: service }}>
          {service}
        </Link>
      ),
    },
    {
      heading: 'State',
      cell: (row) => (
        <span title={row.quarantine === null ? undefined : instant(row.quarantine.expiresAt)}>
          <State of={row.state} {...flakyInWords(row, now)} />
        </span>
      ),
    },
    {
      heading: 'Disagrees',
      cell: ({ mean }) => (
        <span title="of commits see it answer both ways, by all that is known">{share(mean)}</span>
      ),
    },
    {
      heading: 'Last failed',
      cell: ({ lastFailed }) =>
        lastFailed === null ? (
          '–'
        ) : (
          <Link to="/runs/$id" params={{ id: lastFailed.run }} search={{ job: lastFailed.job }}>
            {ago(lastFailed.at, now)}
          </Link>
        ),
    },
    { heading: 'Owner', cell: ({ quarantine }) => <Owner quarantine={quarantine} /> },
    { heading: 'Acts', cell: (row) => <FlakyActs row={row} /> },
  ]
}

function Name({ row: { case: name, message } }: { row: FlakyCase }) {
  return (
    <div className="max-w-96 min-w-48">
      <code className="font-mono break-words">{name}</code>
      {message !== null && message !== '' && (
        <details className="text-quiet text-xs">
          <summary>why it failed</summary>
          <pre className="mt-1 overflow-x-auto font-mono whitespace-pre-wrap">{message}</pre>
        </details>
      )}
    </div>
  )
}

function Owner({ quarantine }: Pick<FlakyCase, 'quarantine'>) {
  if (quarantine === null) return '–'
  const { owner, issue, reason, by } = quarantine
  const isLink = /^https?:\/\//.test(issue)
  return (
    <span title={`${reason} (${by})`}>
      {owner},{' '}
      {isLink ? (
        <a href={issue} rel="noreferrer">
          issue
        </a>
      ) : (
        issue
      )}
    </span>
  )
}
