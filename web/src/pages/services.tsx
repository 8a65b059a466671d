/** Which version runs where, and who owns it. */
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { environmentsQuery, servicesQuery, slotsQuery } from '../api/queries.ts'
import type { Service } from '../api/types.ts'
import { inOrder } from '../format/environments.ts'
import { Answer } from '../kit/answer.tsx'
import { SlotCell } from '../kit/slot-cell.tsx'
import { type Column, Table } from '../kit/table.tsx'
import { useTitle } from '../shell/title.ts'

export function ServicesPage() {
  useTitle('Services')
  const services = useQuery(servicesQuery())
  const slots = useQuery(slotsQuery())
  const environments = useQuery(environmentsQuery())
  const [wanted, setWanted] = useState('')
  const columns: Column<Service>[] = [
    {
      heading: 'Service',
      cell: ({ name, description }) => (
        <>
          <Link to="/services/$name" params={{ name }} className="font-medium">
            {name}
          </Link>
          <div className="text-quiet text-xs">{description}</div>
        </>
      ),
    },
    { heading: 'Tier', cell: ({ tier }) => tier },
    { heading: 'Owner', cell: ({ owner }) => owner },
    ...inOrder(environments.data ?? [], services.data ?? []).map((environment) => ({
      heading: environment,
      cell: ({ name, path }: Service) => (
        <SlotCell
          slot={slots.data?.find((s) => s.service === name && s.environment === environment)}
          onPath={path.includes(environment)}
        />
      ),
    })),
  ]
  return (
    <>
      <div className="mb-4 flex items-end justify-between gap-4">
        <h1>
          Services{' '}
          <Link to="/templates" className="text-sm font-normal">
            Templates
          </Link>
        </h1>
        <label className="text-quiet text-xs">
          Filter
          <input
            type="search"
            value={wanted}
            onChange={(event) => setWanted(event.target.value)}
            className="border-field bg-card text-ink ml-2 rounded-md border px-2 py-1 text-sm"
          />
        </label>
      </div>
      <div className="border-line bg-card rounded-lg border px-4 py-2">
        <Answer query={services}>
          {(all) => (
            <Table
              label="Services and what runs where"
              rows={all.filter((service) => matches(service, wanted))}
              columns={columns}
              keyOf={({ name }) => name}
              empty={
                all.length === 0
                  ? 'No services yet. Apply a manifest: signalbox apply -f signalbox.yaml'
                  : `No service matches “${wanted}”.`
              }
            />
          )}
        </Answer>
      </div>
    </>
  )
}

function matches({ name, owner, description }: Service, wanted: string): boolean {
  return `${name} ${owner} ${description}`.toLowerCase().includes(wanted.trim().toLowerCase())
}
