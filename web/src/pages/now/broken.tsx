/** What is broken: open incidents, slots that are held, and the latest run of a service failed. */
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { openIncidentsQuery, runsQuery, slotsQuery } from '../../api/queries.ts'
import type { Tone } from '../../format/deployment.ts'
import { classOf, failureInWords } from '../../format/failure.ts'
import { ago, instant } from '../../format/text.ts'
import { Trouble } from '../../kit/answer.tsx'
import { Card, Quiet } from '../../kit/card.tsx'
import { State } from '../../kit/state.tsx'
import { useNow } from '../../shell/now.ts'
import { type FailureGroup, grouped, latestFailures } from './failures.ts'

interface Item {
  readonly key: string
  readonly at: number
  readonly kind: string
  readonly tone?: Tone
  readonly link: ReactNode
  readonly detail: string
}

export function Broken() {
  const now = useNow()
  const incidents = useQuery(openIncidentsQuery())
  const slots = useQuery(slotsQuery())
  const runs = useQuery(runsQuery())
  const items: Item[] = [
    ...(incidents.data ?? []).map(({ id, title, severity, service, environment, ...rest }) => ({
      key: id,
      at: rest.opened_at,
      kind: `${rest.calling ? 'Paging' : 'Incident'}, severity ${severity}`,
      tone: rest.status === 'open' ? 'bad' : 'open',
      link: <CauseLink {...{ service, title }} deployment={rest.causes[0]?.deployment} />,
      detail: `${service} in ${environment}, ${rest.status}${rest.calling ? ', nobody answered yet' : ''}`,
    })),
    ...(slots.data ?? []).flatMap(({ service, environment, hold }) =>
      // What a plan keeps for itself is on its way.
      hold === null || hold.movesWith !== null
        ? []
        : {
            key: `${environment}/${service}`,
            at: hold.at,
            kind: 'Held',
            link: <ServiceLink name={service}>{`${service} in ${environment}`}</ServiceLink>,
            detail: hold.reason,
          },
    ),
    ...grouped(latestFailures(runs.data ?? [])).map(ofGroup),
  ]
  const [trouble] = [incidents, slots, runs].flatMap(({ error }) => error ?? [])
  return (
    <Card title="Broken" aside={items.length > 0 && `${items.length}`}>
      {trouble !== undefined && <Trouble error={trouble} />}
      {items.length === 0 ? (
        <Quiet>{trouble === undefined ? 'Nothing is broken.' : 'Not known.'}</Quiet>
      ) : (
        <ul className="divide-line divide-y">
          {items
            .toSorted((a, b) => b.at - a.at)
            .map((item) => (
              <li key={item.key} className="grid gap-x-4 py-2 sm:grid-cols-[10rem_1fr_auto]">
                <State of="failed" text={item.kind} tone={item.tone ?? 'bad'} />
                <div className="min-w-0">
                  <div className="font-medium">{item.link}</div>
                  <p className="text-quiet text-xs break-words">{item.detail}</p>
                </div>
                <span className="text-quiet text-xs" title={instant(item.at)}>
                  {ago(item.at, now)}
                </span>
              </li>
            ))}
        </ul>
      )}
    </Card>
  )
}

function ofGroup({ runs, since }: FailureGroup): Item {
  const [first] = runs
  if (first === undefined) throw new Error('a group of nothing')
  const { id, service, sha, branch } = first
  const why = classOf(first)
  const about = { key: id, at: since, detail: `${failureInWords(first)} On ${branch}.` }
  if (runs.length === 1)
    return {
      ...about,
      kind: why === undefined ? 'Failed run' : `Failed run: ${why}`,
      link: (
        <Link to="/runs/$id" params={{ id }}>
          {service} at <code className="font-mono">{sha.slice(0, 8)}</code>
        </Link>
      ),
    }
  const names = [...new Set(runs.map((run) => run.service))]
  return {
    ...about,
    kind: `${runs.length} failed runs`,
    link: (
      <Link to="/runs" search={{ outcome: 'failed', ...(why !== undefined && { why }) }}>
        {names.slice(0, NAMED).join(', ')}
        {names.length > NAMED && ` and ${names.length - NAMED} more`}
      </Link>
    ),
    detail: `All at the same job. ${failureInWords(first)}`,
  }
}
/** Of a group, as many as fit a line. */
const NAMED = 4

function ServiceLink({ name, children }: { name: string; children: string }) {
  return (
    <Link to="/services/$name" params={{ name }}>
      {children}
    </Link>
  )
}

/** To the rollout that caused it, where one is known. */
function CauseLink(props: { service: string; title: string; deployment: string | undefined }) {
  const { service, title, deployment } = props
  if (deployment === undefined) return <ServiceLink name={service}>{title}</ServiceLink>
  return (
    <Link to="/rollouts/$id" params={{ id: deployment }}>
      {title}
    </Link>
  )
}
