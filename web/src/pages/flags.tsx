/** All flags, and who gets what of each where. */
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import type { FlagSummary } from '../api/flags.ts'
import { environmentsQuery, flagsQuery, servicesQuery } from '../api/queries.ts'
import { inOrder } from '../format/environments.ts'
import { placeInWords } from '../format/flag.ts'
import { Answer } from '../kit/answer.tsx'
import { Card } from '../kit/card.tsx'
import { Filters, TextFilter } from '../kit/filters.tsx'
import { State } from '../kit/state.tsx'
import { type Column, Table } from '../kit/table.tsx'
import { narrowed } from '../shell/narrowed.ts'
import { useNow } from '../shell/now.ts'
import { useTitle } from '../shell/title.ts'
import { ServiceFilter } from './service-filter.tsx'

export function FlagsPage() {
  useTitle('Flags')
  const search = useSearch({ from: '/flags' })
  const navigate = useNavigate({ from: '/flags' })
  const set = (change: Partial<Record<'service' | 'q', string>>) =>
    void navigate({ search: { ...search, ...change }, replace: true, resetScroll: false })
  const flags = useQuery(flagsQuery())
  const columns = useColumns()
  const { service: wanted, q = '' } = narrowed(search, ['service', 'q'])
  const isWanted = ({ flag, service }: FlagSummary) =>
    (wanted ?? service) === service && flag.includes(q)
  return (
    <>
      <h1 className="mb-4">Flags</h1>
      <Filters>
        <ServiceFilter value={search.service} onChange={(service) => set({ service })} />
        <TextFilter label="Name" value={search.q} onChange={(q) => set({ q })} />
      </Filters>
      <Card title="Who gets what">
        <Answer query={flags}>
          {(rows) => (
            <Table
              label="Flags"
              rows={rows.filter(isWanted)}
              keyOf={({ flag }) => flag}
              empty={
                rows.length === 0
                  ? 'No flags yet: declare one of kind Flag, and signalbox apply -f flag.yaml'
                  : 'None of them is called so.'
              }
              columns={columns}
            />
          )}
        </Answer>
      </Card>
    </>
  )
}

function useColumns(): readonly Column<FlagSummary>[] {
  const now = useNow()
  const environments = useQuery(environmentsQuery())
  const services = useQuery(servicesQuery())
  return [
    {
      heading: 'Flag',
      cell: ({ flag }) => (
        <Link to="/flags/$name" params={{ name: flag }} className="font-mono font-medium">
          {flag}
        </Link>
      ),
    },
    {
      heading: 'Service',
      cell: ({ service }) => (
        <Link to="/services/$name" params={{ name: service }}>
          {service}
        </Link>
      ),
    },
    ...inOrder(environments.data ?? [], services.data ?? []).map((name): Column<FlagSummary> => ({
      heading: name,
      cell: (flag) => {
        const place = flag.environments.find(({ environment }) => environment === name)
        return <State of="flag" {...placeInWords(place, flag.default, now)} />
      },
    })),
  ]
}
