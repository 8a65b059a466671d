/** What was done, by whom: newest first, each with every event of the thing it happened to. */
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { serverNow } from '../../api/clock.ts'
import { environmentsQuery, logQuery, servicesQuery } from '../../api/queries.ts'
import type { Happening } from '../../api/types.ts'
import { inOrder } from '../../format/environments.ts'
import { ago, instant } from '../../format/text.ts'
import { Answer } from '../../kit/answer.tsx'
import { Card } from '../../kit/card.tsx'
import { ChoiceFilter, Filters } from '../../kit/filters.tsx'
import { LIMIT, More } from '../../kit/more.tsx'
import { Says } from '../../kit/state.tsx'
import { Table } from '../../kit/table.tsx'
import { useNow } from '../../shell/now.ts'
import { narrowed } from '../../shell/narrowed.ts'
import { ServiceFilter } from '../service-filter.tsx'
import { History } from './history.tsx'
import { Sealed } from './sealed.tsx'

const DAYS = ['1', '7', '30']
const HOUR_MS = 3_600_000

export function Log() {
  const search = useSearch({ from: '/governance/$room' })
  const navigate = useNavigate({ from: '/governance/$room' })
  const set = (change: Partial<Record<'days' | 'service' | 'env', string>>) =>
    void navigate({ search: { ...search, ...change }, replace: true, resetScroll: false })
  const services = useQuery(servicesQuery())
  const environments = useQuery(environmentsQuery())
  const days = DAYS.find((each) => each === search.days) ?? '1'
  // By the hour: the same question for a while, instead of a new one each second.
  const since = Math.floor(serverNow() / HOUR_MS) * HOUR_MS - Number(days) * 24 * HOUR_MS
  const { service, env: environment } = narrowed(search, ['service', 'env'])
  const at = {
    since: String(since),
    ...(service && { service }),
    ...(environment && { environment }),
  }
  const [limit, setLimit] = useState(LIMIT)
  const log = useQuery(logQuery(at, limit))
  return (
    <>
      <Card title="Seal" id="sealed">
        <Sealed />
      </Card>
      <Asked />
      <Card title="What was done" id="log">
        <Filters>
          <ServiceFilter value={search.service} onChange={(service) => set({ service })} />
          <ChoiceFilter
            label="Environment"
            value={search.env}
            all={inOrder(environments.data ?? [], services.data ?? [])}
            onChange={(env) => set({ env })}
          />
          <ChoiceFilter
            label="Days"
            value={days}
            none="1"
            all={DAYS.slice(1)}
            onChange={(to) => set({ days: to })}
          />
        </Filters>
        <Answer query={log}>
          {(rows) => (
            <>
              <Table
                label="What was done"
                rows={rows}
                keyOf={({ kind, thing, version, type }) => `${kind} ${thing} ${version} ${type}`}
                empty="Nothing, in these days."
                columns={[
                  { heading: 'When', cell: ({ at }) => <Instant at={at} /> },
                  { heading: 'Who', cell: ({ by }) => by },
                  { heading: 'What', cell: ({ text, tone }) => <Says text={text} tone={tone} /> },
                  { heading: 'Service', cell: ({ service }) => service ?? 'all' },
                  { heading: 'Environment', cell: ({ environment }) => environment ?? 'all' },
                  { heading: 'Events', cell: (row) => <Events of={row} /> },
                ]}
              />
              <More shown={rows.length} limit={limit} onMore={setLimit} />
            </>
          )}
        </Answer>
      </Card>
    </>
  )
}

/** Whoever comes from a figure wants the fact that it was counted from. */
function Asked() {
  const { thing, version } = useSearch({ from: '/governance/$room' })
  if (thing === undefined) return null
  const at = thing.indexOf('-')
  return (
    <Card title={`Events of ${thing}`} id="thing">
      <History kind={thing.slice(0, at)} thing={thing.slice(at + 1)} marked={Number(version)} />
    </Card>
  )
}

function Instant({ at }: { at: number }) {
  return (
    <time
      dateTime={new Date(at).toISOString()}
      title={ago(at, useNow())}
      className="whitespace-nowrap"
    >
      {instant(at)}
    </time>
  )
}

/** The facts as they were written down, asked for when somebody wants to see them. */
function Events({ of: { kind, thing, type } }: { of: Happening }) {
  const [isOpen, setOpen] = useState(false)
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary className="text-quiet cursor-pointer text-xs whitespace-nowrap">{type}</summary>
      {isOpen && <History kind={kind} thing={thing} />}
    </details>
  )
}
