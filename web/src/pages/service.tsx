/** One service: what runs where and why not more, its releases, rollouts, runs and incidents. */
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { serviceQuery } from '../api/queries.ts'
import type { Service } from '../api/types.ts'
import { State } from '../kit/state.tsx'
import { Answer } from '../kit/answer.tsx'
import { useTitle } from '../shell/title.ts'
import { Around } from './service/around.tsx'
import { Explain } from './service/explain.tsx'
import { Figures } from './service/figures.tsx'
import { Flags } from './service/flags.tsx'
import { Incidents, Rollouts, Runs } from './service/history.tsx'
import { Releases } from './service/releases.tsx'
import { Runbooks } from './service/runbook.tsx'
import { Slots } from './service/slots.tsx'

export function ServicePage() {
  const { name } = useParams({ from: '/services/$name' })
  useTitle(name)
  const service = useQuery(serviceQuery(name))
  return (
    <Answer query={service} heading={name}>
      {(row) => <OneService service={row} />}
    </Answer>
  )
}

function OneService({ service }: { service: Service }) {
  const { name, path } = service
  return (
    <div className="space-y-4">
      <Head service={service} />
      <Slots service={service} />
      <div className="beside">
        <div className="space-y-4">
          <Around service={service} />
          <Releases service={name} />
          <Rollouts service={name} />
          <Runs service={name} />
        </div>
        <div className="space-y-4">
          {path.length > 0 && <WhereTo service={service} />}
          <Figures service={name} />
          <Runbooks service={service} />
          <Flags service={name} />
          <Incidents service={name} />
        </div>
      </div>
    </div>
  )
}

function Head({ service }: { service: Service }) {
  const { name, description, tier, owner, source, dependsOn, links } = service
  const { runbook } = links
  return (
    <header>
      <h1>{name}</h1>
      <p>{description}</p>
      <p className="text-quiet mt-1 flex flex-wrap gap-x-4 text-xs">
        <span>tier {tier}</span>
        <span>owned by {owner}</span>
        <span className="break-all">
          {source.repository}, branch {source.branch}
        </span>
        {dependsOn.length > 0 && <span>needs {dependsOn.join(', ')}</span>}
        {runbook === undefined && <State of="none" text="no runbook" />}
        {Object.entries(links).map(([text, to]) =>
          /^https?:\/\//.test(to) ? (
            <a key={text} href={to} rel="noreferrer">
              {text}
            </a>
          ) : (
            <span key={text} className="break-all">
              {text}: <code className="font-mono">{to}</code> in its repository
            </span>
          ),
        )}
      </p>
    </header>
  )
}

function WhereTo({ service: { name, path } }: { service: Service }) {
  const { env } = useSearch({ from: '/services/$name' })
  const navigate = useNavigate({ from: '/services/$name' })
  const onEnvironment = (to: string) =>
    void navigate({ search: { env: to }, replace: true, resetScroll: false })
  return <Explain service={name} path={path} environment={env} onEnvironment={onEnvironment} />
}
