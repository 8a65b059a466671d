/** Harm to users: what is open first, each with what it may come from behind its name. */
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { allIncidentsQuery } from '../../api/governing.ts'
import { incidentInWords } from '../../format/incident.ts'
import { Answer } from '../../kit/answer.tsx'
import { Card } from '../../kit/card.tsx'
import { ChoiceFilter, Filters } from '../../kit/filters.tsx'
import { LIMIT, More } from '../../kit/more.tsx'
import { State } from '../../kit/state.tsx'
import { Table } from '../../kit/table.tsx'
import { When } from '../../kit/when.tsx'
import { useNow } from '../../shell/now.ts'
import { ServiceFilter } from '../service-filter.tsx'

export function Incidents() {
  const now = useNow()
  const [service, setService] = useState('')
  const [which, setWhich] = useState('')
  const [limit, setLimit] = useState(LIMIT)
  const by = { ...(service && { service }), ...(which === 'open' && { open: 'true' }) }
  const incidents = useQuery(allIncidentsQuery(by, limit))
  return (
    <Card title="Incidents" id="incidents" aside="newest first">
      <Filters>
        <ServiceFilter value={service} onChange={setService} />
        <ChoiceFilter label="State" value={which} all={['open']} onChange={setWhich} />
      </Filters>
      <Answer query={incidents}>
        {(rows) => (
          <>
            <Table
              label="Incidents"
              rows={rows}
              keyOf={({ id }) => id}
              empty="None: users were not harmed, or nobody said so. signalbox incident open says so."
              columns={[
                {
                  heading: 'Incident',
                  cell: ({ id, title }) => (
                    <Link to="/incidents/$id" params={{ id }} className="font-medium break-words">
                      {title}
                    </Link>
                  ),
                },
                {
                  heading: 'State',
                  cell: (row) => <State of={row.status} {...incidentInWords(row, now)} />,
                },
                { heading: 'Severity', numeric: true, cell: ({ severity }) => severity },
                {
                  heading: 'Where',
                  cell: (row) => (
                    <>
                      <Link to="/services/$name" params={{ name: row.service }}>
                        {row.service}
                      </Link>{' '}
                      in {row.environment}
                    </>
                  ),
                },
                { heading: 'Causes', cell: ({ causes }) => causesText(causes) },
                { heading: 'Since', cell: (row) => <When at={row.impact_started_at} /> },
              ]}
            />
            <More shown={rows.length} limit={limit} onMore={setLimit} />
          </>
        )}
      </Answer>
    </Card>
  )
}

function causesText(causes: readonly { readonly confirmed: boolean }[]): string {
  const confirmed = causes.filter((one) => one.confirmed).length
  if (causes.length === 0) return 'none named'
  return confirmed === causes.length
    ? `${confirmed} confirmed`
    : `${confirmed} of ${causes.length} confirmed`
}
