/** One incident: how bad, what it may come from and how sure, who looks after it, and its end. */
import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import type { IncidentDetail } from '../api/governance.ts'
import { incidentQuery } from '../api/governing.ts'
import { incidentInWords } from '../format/incident.ts'
import { duration, instant, percent, words } from '../format/text.ts'
import { Answer } from '../kit/answer.tsx'
import { Card, Quiet } from '../kit/card.tsx'
import { Do } from '../kit/do.tsx'
import { Fact, Facts } from '../kit/facts.tsx'
import { Says, State } from '../kit/state.tsx'
import { Table } from '../kit/table.tsx'
import { When } from '../kit/when.tsx'
import { useNow } from '../shell/now.ts'
import { useTitle } from '../shell/title.ts'
import { IncidentActs } from './incident/acts.tsx'

export function IncidentPage() {
  const { id } = useParams({ from: '/incidents/$id' })
  const incident = useQuery(incidentQuery(id))
  return (
    <Answer query={incident} heading="Incident">
      {(row) => <OneIncident incident={row} />}
    </Answer>
  )
}

function OneIncident({ incident }: { incident: IncidentDetail }) {
  useTitle(incident.title)
  return (
    <div className="space-y-4">
      <Head incident={incident} />
      {incident.advice !== null && <Says tone="open" text={incident.advice} />}
      <IncidentActs incident={incident} />
      <div className="beside">
        <div className="space-y-4">
          <Causes incident={incident} />
          <Suspects incident={incident} />
          <Mended incident={incident} />
        </div>
        <Times incident={incident} />
      </div>
    </div>
  )
}

function Head({ incident }: { incident: IncidentDetail }) {
  const now = useNow()
  const { id, title, service, environment, severity, opened_by, opened_at } = incident
  return (
    <header className="flex flex-wrap items-end justify-between gap-x-6 gap-y-2">
      <div className="min-w-0">
        <p className="text-quiet text-xs">
          <Link to="/governance/$room" params={{ room: 'incidents' }}>
            Incidents
          </Link>{' '}
          · <span className="font-mono">{id}</span>
        </p>
        <h1 className="break-words">{title}</h1>
        <p className="text-quiet">
          <Link to="/services/$name" params={{ name: service }}>
            {service}
          </Link>{' '}
          in {environment}, severity {severity}, opened by {opened_by} <When at={opened_at} />
        </p>
      </div>
      <p role="status" className="text-lg font-semibold">
        <State of={incident.status} {...incidentInWords(incident, now)} />
      </p>
    </header>
  )
}

function Causes({ incident: { causes } }: { incident: IncidentDetail }) {
  return (
    <Card title="Causes" aside="named by people, or by what a deployment left behind">
      <Table
        label="Causes"
        rows={causes}
        keyOf={({ deployment }) => deployment}
        empty="None is named yet: confirm a suspect below."
        columns={[
          {
            heading: 'Deployment',
            cell: ({ deployment }) => (
              <Link to="/rollouts/$id" params={{ id: deployment }} className="font-mono">
                {deployment}
              </Link>
            ),
          },
          {
            heading: 'How sure',
            cell: ({ confirmed }) =>
              confirmed ? (
                <State of="confirmed" tone="bad" text="confirmed" />
              ) : (
                <State of="suspected" tone="open" text="suspected" />
              ),
          },
        ]}
      />
    </Card>
  )
}

function Suspects({ incident: { id, suspects, causes, status } }: { incident: IncidentDetail }) {
  const isNamed = (deployment: string) =>
    causes.some((cause) => cause.deployment === deployment && cause.confirmed)
  return (
    <Card title="What it may come from" aside="suggested; a person confirms">
      {suspects.length === 0 ? (
        <Quiet>Nothing changed here, or in what it depends on, in the day before.</Quiet>
      ) : (
        <Table
          label="Suspects"
          rows={suspects}
          keyOf={({ change }) => `${change.kind} ${change.id}`}
          empty=""
          columns={[
            {
              heading: 'Change',
              cell: ({ change: { kind, id: of, service, what } }) =>
                kind === 'deployment' ? (
                  <Link to="/rollouts/$id" params={{ id: of }} className="font-medium">
                    {service} {what}
                  </Link>
                ) : (
                  <Link to="/flags/$name" params={{ name: what }} className="font-medium">
                    flag {what}
                  </Link>
                ),
            },
            { heading: 'Suspicion', numeric: true, cell: ({ share }) => percent(share) },
            { heading: 'Before the harm', numeric: true, cell: ({ ageMs }) => duration(ageMs) },
            { heading: 'Why', cell: ({ says }) => <span className="break-words">{says}</span> },
            {
              heading: 'Acts',
              cell: ({ change }) =>
                change.kind === 'deployment' && status !== 'resolved' && !isNamed(change.id) ? (
                  <Do
                    name="Confirm"
                    title={`Did ${change.service} ${change.what} cause it?`}
                    action="It did"
                    role="developer"
                    path={`/incidents/${encodeURIComponent(id)}/cause`}
                    body={() => ({ deployment: change.id })}
                    rehearse={{ deployment: change.id }}
                    reason="none"
                  >
                    <p>It counts as a failed deployment from then on, and is not undone by this.</p>
                  </Do>
                ) : null,
            },
          ]}
        />
      )}
    </Card>
  )
}

function Mended({ incident: { fixes, emergencies } }: { incident: IncidentDetail }) {
  if (fixes.length + emergencies.length === 0) return null
  return (
    <Card title="What was done about it">
      <ul className="space-y-1">
        {fixes.map(({ promotion, deployment, service, version, environment, status, outcome }) => (
          <li key={promotion}>
            Roll-forward{' '}
            {deployment === null ? (
              `${service} ${version}`
            ) : (
              <Link to="/rollouts/$id" params={{ id: deployment }} className="underline">
                {service} {version}
              </Link>
            )}{' '}
            to {environment}: {words(outcome ?? status).toLowerCase()}
          </li>
        ))}
        {emergencies.map(({ emergency, status, late }) => (
          <li key={emergency}>
            <Link to="/emergencies/$id" params={{ id: emergency }} className="underline">
              Emergency
            </Link>
            : {status}
            {late.length > 0 && `; failed afterwards: ${late.map(({ check }) => check).join(', ')}`}
          </li>
        ))}
      </ul>
    </Card>
  )
}

function Times({ incident }: { incident: IncidentDetail }) {
  const at = (when: number | null) =>
    when === null ? (
      <span className="text-quiet">not yet</span>
    ) : (
      <>
        <When at={when} />
        <span className="text-quiet block text-xs">{instant(when)}</span>
      </>
    )
  const { impact_started_at, paged_at, acknowledged_at, acknowledged_by } = incident
  const { mitigated_at, resolved_at } = incident
  return (
    <Card title="When">
      <Facts>
        <Fact name="Harm began">{at(impact_started_at)}</Fact>
        <Fact name="People were called">
          {paged_at === null ? <span className="text-quiet">nobody was</span> : at(paged_at)}
        </Fact>
        {acknowledged_at !== null && (
          <Fact name={`${acknowledged_by ?? 'Somebody'} answered`}>{at(acknowledged_at)}</Fact>
        )}
        <Fact name="Mitigated">{at(mitigated_at)}</Fact>
        <Fact name="Resolved">{at(resolved_at)}</Fact>
      </Facts>
    </Card>
  )
}
