/** Which version runs where, and who owns it. */
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useMemo, useState } from 'react'
import { adoptionQuery, environmentsQuery, servicesQuery, slotsQuery } from '../api/queries.ts'
import type { Service } from '../api/types.ts'
import { driftAlong } from '../format/drift.ts'
import { inOrder } from '../format/environments.ts'
import { Answer } from '../kit/answer.tsx'
import { SlotCell } from '../kit/slot-cell.tsx'
import { State } from '../kit/state.tsx'
import { type Column, Table } from '../kit/table.tsx'
import { useTitle } from '../shell/title.ts'
import { Back, Template, templatesOf } from './services/columns.tsx'

export function ServicesPage() {
  useTitle('Services')
  const services = useQuery(servicesQuery())
  const slots = useQuery(slotsQuery())
  const environments = useQuery(environmentsQuery())
  const [wanted, setWanted] = useState('')
  const adoption = useQuery(adoptionQuery())
  const byPlace = useMemo(
    () => new Map(slots.data?.map((slot) => [`${slot.environment}/${slot.service}`, slot])),
    [slots.data],
  )
  const templates = useMemo(() => templatesOf(adoption.data), [adoption.data])
  const slotOf = (environment: string | undefined, name: string) =>
    byPlace.get(`${environment}/${name}`)
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
        <>
          <SlotCell slot={slotOf(environment, name)} onPath={path.includes(environment)} />
          <Drifted
            at={driftAlong(
              path,
              path.flatMap((each) => slotOf(each, name) ?? []),
            ).get(environment)}
          />
        </>
      ),
    })),
    { heading: 'Way back', cell: ({ name, path }) => <Back slot={slotOf(path.at(-1), name)} /> },
    { heading: 'Template', cell: ({ name }) => <Template on={templates.get(name)} /> },
  ]
  return (
    <>
      <div className="mb-4 flex items-end justify-between gap-4">
        <h1>Services</h1>
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

function Drifted({ at }: { at: { before: string; version: string } | undefined }) {
  if (at === undefined) return null
  return (
    <span className="text-xs">
      <State of="drift" text={`${at.before} has ${at.version}`} tone="open" />
    </span>
  )
}

function matches({ name, owner, description }: Service, wanted: string): boolean {
  return `${name} ${owner} ${description}`.toLowerCase().includes(wanted.trim().toLowerCase())
}
