/** From source to whom it hurt, link by link; a link that is missing says so. */
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { Artifact, Trace } from '../../api/artifacts.ts'
import { slotsQuery, traceQuery } from '../../api/queries.ts'
import type { Deployment } from '../../api/rollouts.ts'
import { stateInWords } from '../../format/deployment.ts'
import { Answer } from '../../kit/answer.tsx'
import { Card } from '../../kit/card.tsx'
import { State } from '../../kit/state.tsx'
import { Vetoed } from '../../kit/vetoed.tsx'
import { When } from '../../kit/when.tsx'

export function Chain({ artifact }: { artifact: Artifact }) {
  const trace = useQuery(traceQuery(artifact.digest))
  return (
    <Card title="Where it comes from, and where it went">
      <Answer query={trace}>
        {(row) => (
          <ol className="chain" aria-label="Chain of provenance">
            <Step name="Source" isMissing={row.commits.length === 0}>
              <Source artifact={artifact} commits={row.commits} />
            </Step>
            <Step name="Run" isMissing={row.runs.every(({ id }) => id !== artifact.run)}>
              <Runs artifact={artifact} runs={row.runs} />
            </Step>
            <Step name="Artifact">
              <code className="font-mono break-all">{artifact.digest.slice(0, 19)}</code>
            </Step>
            <Releases releases={row.releases.filter((each) => each.artifact === artifact.digest)} />
            <Environments trace={row} artifact={artifact} />
            {row.incidents.length > 0 && (
              <Step name="Incidents">
                {row.incidents.map(({ id, title, service, status }) => (
                  <p key={id}>
                    <State of={status} />:{' '}
                    <Link to="/services/$name" params={{ name: service }} hash="incidents">
                      {title}
                    </Link>
                  </p>
                ))}
              </Step>
            )}
          </ol>
        )}
      </Answer>
    </Card>
  )
}

function Step({
  name,
  isMissing = false,
  children,
}: {
  name: string
  isMissing?: boolean
  children?: ReactNode
}) {
  return (
    <li className={`chain-step ${isMissing ? 'chain-missing' : ''}`}>
      <h3 className="text-quiet text-xs font-medium">{name}</h3>
      {isMissing && <State of="missing" tone="bad" text="missing" />}
      {children}
    </li>
  )
}

interface Of {
  readonly artifact: Artifact
}

function Source({ artifact: { sha, branch }, commits }: Of & Pick<Trace, 'commits'>) {
  const commit = commits.find((each) => each.sha === sha)
  return (
    <>
      <p>
        <code className="font-mono">{sha.slice(0, 8)}</code> on {branch}
      </p>
      {commit !== undefined && (
        <p className="text-quiet text-xs break-words">
          {commit.subject}, {commit.author_name}, <When at={commit.committed_at} />
        </p>
      )}
    </>
  )
}

function Runs({ artifact, runs }: Of & Pick<Trace, 'runs'>) {
  const run = runs.find(({ id }) => id === artifact.run)
  if (run === undefined) return null
  return (
    <>
      <p>
        <Link to="/runs/$id" params={{ id: run.id }}>
          its run
        </Link>{' '}
        <State of={run.outcome} />
      </p>
      <p className="text-quiet text-xs">
        {run.pipeline}, <When at={run.queued_at} />
      </p>
    </>
  )
}

function Releases({ releases }: Pick<Trace, 'releases'>) {
  if (releases.length === 0)
    return (
      <Step name="Release">
        <State of="none" text="none was made of it" />
      </Step>
    )
  return (
    <Step name="Release">
      {releases.map(({ release, version, vetoes }) => (
        <p key={release}>
          <Link to="/releases/$id" params={{ id: release }} className="font-mono">
            {version}
          </Link>{' '}
          <Vetoed vetoes={vetoes} />
        </p>
      ))}
    </Step>
  )
}

function Environments({ trace: { deployments, releases }, artifact }: Of & { trace: Trace }) {
  const slots = useQuery(slotsQuery())
  const mine = releases.filter((each) => each.artifact === artifact.digest)
  const isMine = (id: string | undefined) => mine.some(({ release }) => release === id)
  const runsIn = (slots.data ?? []).filter(({ deployed }) => isMine(deployed?.release))
  const put = latestByPlace(deployments.filter(({ release }) => isMine(release)))
  return (
    <Step name="Environments">
      {put.length === 0 && <State of="none" text="put nowhere yet" />}
      {put.map((row) => {
        const { id, environment, service } = row
        const isThere = runsIn.some(
          (slot) => slot.environment === environment && slot.service === service,
        )
        return (
          <p key={id} className="py-0.5">
            <Link to="/rollouts/$id" params={{ id }}>
              {environment}
            </Link>{' '}
            <State of={row.status} {...stateInWords(row)} />
            <span className="text-quiet text-xs">
              {isThere ? ', runs there now' : ', not there now'}
            </span>
          </p>
        )
      })}
    </Step>
  )
}

/** The last time it was put into each place. */
function latestByPlace(deployments: readonly Deployment[]): readonly Deployment[] {
  const latest = new Map<string, Deployment>()
  for (const each of deployments.toSorted((a, b) => a.startedAt - b.startedAt))
    latest.set(`${each.environment} ${each.service}`, each)
  return [...latest.values()]
}
