/** One release: what is in it, what speaks for and against it, and where it went. */
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { ApiError } from '../api/client.ts'
import { releaseQuery, serviceQuery } from '../api/queries.ts'
import type { ReleaseDetail } from '../api/types.ts'
import { Answer } from '../kit/answer.tsx'
import { Card, Quiet } from '../kit/card.tsx'
import { ChangelogText } from '../kit/changelog.tsx'
import { Vetoed } from '../kit/vetoed.tsx'
import { When } from '../kit/when.tsx'
import { useTitle } from '../shell/title.ts'
import { Commits } from './release/commits.tsx'
import { Checks } from './release/checks.tsx'
import { Notes } from './release/notes.tsx'
import { Origin } from './release/origin.tsx'
import { Places } from './release/places.tsx'
import { Schema } from './release/schema.tsx'
import { VetoActions, Vetoes } from './release/vetoes.tsx'
import { Explain } from './service/explain.tsx'

export function ReleasePage() {
  const { id } = useParams({ from: '/releases/$id' })
  const release = useQuery(releaseQuery(id))
  return (
    <Answer query={release} heading="Release">
      {(row) => <OneRelease release={row} />}
    </Answer>
  )
}

function OneRelease({ release }: { release: ReleaseDetail }) {
  const { service, version } = release
  useTitle(`${service} ${version}`)
  const path = usePath(service)
  const { env } = useSearch({ from: '/releases/$id' })
  const navigate = useNavigate({ from: '/releases/$id' })
  const environment = path.find((name) => name === env) ?? path.at(-1)
  const onEnvironment = (to: string) =>
    void navigate({ search: { env: to }, replace: true, resetScroll: false })
  return (
    <div className="space-y-4">
      <Head release={release} path={path} />
      <div className="beside">
        <div className="space-y-4">
          <Places release={release} path={path} />
          <Notes release={release.release} />
          <Card title="Changelog" aside="for developers">
            {release.changelog === '' ? (
              <Quiet>Nothing was written down.</Quiet>
            ) : (
              <ChangelogText markdown={release.changelog} />
            )}
          </Card>
          <Commits release={release} />
          <Schema schema={release.schema} />
        </div>
        <div className="space-y-4">
          {environment !== undefined && (
            <>
              <Explain
                service={service}
                path={path}
                release={release.release}
                environment={environment}
                onEnvironment={onEnvironment}
              />
              <Checks service={service} environment={environment} release={release.release} />
            </>
          )}
          <Vetoes release={release} />
          <Origin release={release} />
        </div>
      </div>
    </div>
  )
}

/** A release outlives its service: then nothing leads anywhere any more. */
function usePath(service: string): readonly string[] {
  const { data, error } = useQuery(serviceQuery(service))
  const isGone = error instanceof ApiError && error.problem.status === 404
  return isGone ? [] : (data?.path ?? [])
}

function Head({ release, path }: { release: ReleaseDetail; path: readonly string[] }) {
  const { service, version, createdAt, commitCount, vetoes } = release
  return (
    <header className="flex flex-wrap items-end justify-between gap-x-6 gap-y-2">
      <div>
        <p className="text-quiet text-xs">
          <Link to="/services/$name" params={{ name: service }}>
            {service}
          </Link>{' '}
          · Release
        </p>
        <h1>
          {service} <span className="font-mono">{version}</span>
        </h1>
        <p className="text-quiet">
          made <When at={createdAt} /> of {commitCount} {commitCount === 1 ? 'commit' : 'commits'}{' '}
          <Vetoed vetoes={vetoes} />
        </p>
      </div>
      <VetoActions release={release} path={path} />
    </header>
  )
}
