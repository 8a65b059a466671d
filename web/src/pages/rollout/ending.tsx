/** How it ended, the incident that came of it, and the way forward. */
import { Link } from '@tanstack/react-router'
import type { DeploymentDetail } from '../../api/rollouts.ts'
import { stateInWords, verdictInWords } from '../../format/deployment.ts'
import { duration } from '../../format/text.ts'
import { BOX, EDGE } from './box.ts'
import { Caused } from './caused.tsx'

export function Ending({ deployment }: { deployment: DeploymentDetail }) {
  const { service, environment } = deployment
  const { tone } = stateInWords(deployment)
  return (
    <section aria-label="How it ended" className={`${BOX} ${EDGE[tone]}`}>
      <p className="font-medium whitespace-pre-wrap">{whyOf(deployment)}</p>
      {tone === 'bad' && <p className="text-quiet mt-0.5">{harmOf(deployment)}</p>}
      <Caused deployment={deployment} />
      {tone === 'bad' && (
        <p className="mt-1">
          Forward:{' '}
          <Link to="/releases" search={{ service, env: environment }}>
            promote a release that mends it
          </Link>
          .
        </p>
      )}
    </section>
  )
}

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
