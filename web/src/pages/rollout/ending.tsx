/** Why it stands still or how it ended, and the incident that came of it. */
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { incidentsQuery } from '../../api/queries.ts'
import type { DeploymentDetail } from '../../api/rollouts.ts'
import { stateInWords, verdictInWords } from '../../format/deployment.ts'
import { duration } from '../../format/text.ts'
import { State } from '../../kit/state.tsx'

const BOX = 'bg-card rounded-lg border border-l-4 px-4 py-3'
const EDGE = { good: 'border-good', bad: 'border-bad', open: 'border-open', plain: 'border-line' }

export function Ending({ deployment }: { deployment: DeploymentDetail }) {
  const { id, service } = deployment
  const { tone } = stateInWords(deployment)
  const incidents = useQuery(incidentsQuery(service))
  const caused = (incidents.data ?? []).filter(({ causes }) =>
    causes.some((cause) => cause.deployment === id),
  )
  return (
    <section aria-label="How it ended" className={`${BOX} ${EDGE[tone]}`}>
      <p className="font-medium whitespace-pre-wrap">{whyOf(deployment)}</p>
      {tone === 'bad' && <p className="text-quiet mt-0.5">{harmOf(deployment)}</p>}
      {caused.map((incident) => (
        <p key={incident.id} className="mt-1">
          <State
            of={incident.status}
            text={`Incident ${incident.status}${incident.calling ? ', paging' : ''}`}
          />
          :{' '}
          <Link to="/services/$name" params={{ name: service }} hash="incidents">
            {incident.title}
          </Link>
        </p>
      ))}
    </section>
  )
}

/** Somebody or something stopped it, and said why. */
export function Halted({ deployment }: { deployment: DeploymentDetail }) {
  const { status, reason } = deployment
  if (reason === null || status === 'running') return null
  return (
    <section aria-label="Why it does not go on" className={`${BOX} ${EDGE[toneOf(status)]}`}>
      <p className="whitespace-pre-wrap">
        <span className="font-medium">{status === 'paused' ? 'Paused' : 'Being undone'}:</span>{' '}
        {reason}
      </p>
    </section>
  )
}

const toneOf = (status: string) => (status === 'paused' ? 'open' : 'bad')

/** The analysis in words, where it was the reason; else what the reason says itself. */
function whyOf({ outcome, verdict, reason }: DeploymentDetail): string | null {
  const isAnalysis = outcome === 'rolledBack' && verdict?.verdict === 'rollback'
  return isAnalysis ? verdictInWords(verdict).text : reason
}

/** For how long who could have met it. */
function harmOf({ exposedAt, finishedAt, weights }: DeploymentDetail): string {
  if (exposedAt === null) return 'It never had any traffic.'
  const backAt = weights.findLast(({ weight }) => weight === 0)?.at ?? finishedAt ?? exposedAt
  const most = Math.max(...weights.map(({ weight }) => weight))
  return `Up to ${most} % of the requests could meet it, for ${duration(backAt - exposedAt)}.`
}
