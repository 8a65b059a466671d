/** Incidents that came of a rollout; where people are called, one of them answers here. */
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { incidentsQuery } from '../../api/queries.ts'
import type { Deployment } from '../../api/rollouts.ts'
import { Do } from '../../kit/do.tsx'
import { State } from '../../kit/state.tsx'

export function Caused({ deployment: { id, service } }: { deployment: Deployment }) {
  const incidents = useQuery(incidentsQuery(service))
  const caused = (incidents.data ?? []).filter(({ causes }) =>
    causes.some((cause) => cause.deployment === id),
  )
  return caused.map((incident) => (
    <div key={incident.id} className="mt-1 flex flex-wrap items-center gap-x-3 gap-y-1">
      <p>
        <State
          of={incident.status}
          text={`Incident ${incident.status}${incident.calling ? ', paging' : ''}`}
        />
        :{' '}
        <Link to="/services/$name" params={{ name: service }} hash="incidents">
          {incident.title}
        </Link>
      </p>
      {incident.calling && (
        <Do
          name="Acknowledge"
          title="Acknowledge the call?"
          action="I am on it"
          role="developer"
          path={`/incidents/${encodeURIComponent(incident.id)}/acknowledge`}
          body={() => ({})}
          reason="none"
        >
          <p>Nobody else is called: the incident is yours until you hand it on or it is over.</p>
        </Do>
      )}
    </div>
  ))
}
