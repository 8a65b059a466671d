/** Asking for an emergency: where, why, for how long; who may not reads why. */
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import type { Emergency } from '../../api/emergencies.ts'
import { environmentsQuery, openIncidentsQuery, servicesQuery } from '../../api/queries.ts'
import { inOrder } from '../../format/environments.ts'
import { Do } from '../../kit/do.tsx'
import { ChoiceFilter } from '../../kit/filters.tsx'

const LASTS = ['30m', '1h', '2h', '4h']
/** The server's own bound. */
const REASON_MIN = 10

export function Declare({ service: wanted = '' }: { service: string | undefined }) {
  const navigate = useNavigate()
  const services = useQuery(servicesQuery())
  const environments = useQuery(environmentsQuery())
  const incidents = useQuery(openIncidentsQuery())
  const [facts, setFacts] = useState({ service: '', environment: '', incident: '', lasts: '' })
  const [alone, setAlone] = useState(false)
  const service = facts.service || wanted
  const { environment, incident, lasts } = facts
  const path = services.data?.find(({ name }) => name === service)?.path
  const set = (change: Partial<typeof facts>) => setFacts({ ...facts, ...change })
  const mine = (incidents.data ?? []).filter((each) => each.service === service)
  const titled = mine.map(({ id, title }) => `${id} ${title}`)
  return (
    <Do
      name="Ask for an emergency"
      title="Ask for an emergency"
      action="Ask for it"
      weight="danger"
      role="developer"
      path="/emergencies"
      body={(reason) => ({
        ...{ service, environment, reason, alone },
        ...(incident !== '' && { incident: incident.split(' ')[0] }),
        ...(lasts !== '' && { lasts }),
      })}
      reason="needed"
      about={{ label: 'What is on fire', least: REASON_MIN }}
      isIncomplete={service === '' || environment === ''}
      onDone={(answer) =>
        void navigate({ to: '/emergencies/$id', params: { id: (answer as Emergency).id } })
      }
    >
      <p>
        For a while its checks may be late, and freezes and windows do not hold it. Somebody else
        who is on call says yes; what was left out is judged afterwards, and reviewed.
      </p>
      <div className="grid grid-cols-2 gap-3">
        <ChoiceFilter
          label="Service"
          value={service}
          none="choose one"
          all={(services.data ?? []).map(({ name }) => name)}
          onChange={(to) => set({ service: to, incident: '' })}
        />
        <ChoiceFilter
          label="Environment"
          value={environment}
          none="choose one"
          all={path ?? inOrder(environments.data ?? [], services.data ?? [])}
          onChange={(to) => set({ environment: to })}
        />
        <ChoiceFilter
          label="Incident"
          value={incident}
          none={mine.length === 0 ? 'none is open' : 'none'}
          all={titled}
          onChange={(to) => set({ incident: to })}
        />
        <ChoiceFilter
          label="Lasts"
          value={lasts}
          none="as long as its tier allows"
          all={LASTS}
          onChange={(to) => set({ lasts: to })}
        />
      </div>
      <label className="flex items-start gap-2">
        <input
          type="checkbox"
          checked={alone}
          onChange={({ target }) => setAlone(target.checked)}
          className="size-6 shrink-0"
        />
        <span>Nobody else is there: start now, and two others review it later.</span>
      </label>
    </Do>
  )
}
