/** One rollout: how it goes, what comes next and when, how to stop it, and how it ended. */
import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { deploymentQuery } from '../api/queries.ts'
import type { Deployment, DeploymentDetail } from '../api/rollouts.ts'
import { stateInWords } from '../format/deployment.ts'
import { ago, duration, instant } from '../format/text.ts'
import { Answer } from '../kit/answer.tsx'
import { State } from '../kit/state.tsx'
import { WhatWhere } from '../kit/what-where.tsx'
import { useNow } from '../shell/now.ts'
import { useTitle } from '../shell/title.ts'
import { ActionBar } from './rollout/action-bar.tsx'
import { Analysis } from './rollout/analysis.tsx'
import { Charts } from './rollout/charts.tsx'
import { Ending } from './rollout/ending.tsx'
import { Facts } from './rollout/facts.tsx'
import { Gauges } from './rollout/gauges.tsx'
import { Halted } from './rollout/halted.tsx'
import { Instances } from './rollout/instances.tsx'
import { MetricCharts } from './rollout/metric-charts.tsx'
import { NoReturnPassed } from './rollout/no-return.tsx'
import { Shadows } from './rollout/shadows.tsx'
import { StepRail } from './rollout/step-rail.tsx'

export function RolloutPage() {
  const { id } = useParams({ from: '/rollouts/$id' })
  const deployment = useQuery(deploymentQuery(id))
  return (
    <Answer query={deployment} heading="Rollout">
      {(row) => <Rollout deployment={row} />}
    </Answer>
  )
}

function Rollout({ deployment }: { deployment: DeploymentDetail }) {
  const isOver = deployment.status === 'finished'
  useTitle(`${deployment.service} ${deployment.version}: ${stateInWords(deployment).text}`)
  return (
    <div className="space-y-4">
      <Head deployment={deployment} />
      <StepRail deployment={deployment} />
      {isOver ? <Ending deployment={deployment} /> : <Halted deployment={deployment} />}
      <NoReturnPassed deployment={deployment} />
      <div className="beside">
        <div className="min-w-0 space-y-4">
          <Charts deployment={deployment} />
          <MetricCharts deployment={deployment} />
        </div>
        <div className="space-y-4">
          <Analysis deployment={deployment} />
          <Gauges deployment={deployment} />
          <Shadows deployment={deployment} />
          {!isOver && <Instances deployment={deployment} />}
          <Facts deployment={deployment} />
        </div>
      </div>
      {!isOver && <ActionBar deployment={deployment} />}
    </div>
  )
}

const KIND = { forward: 'Rollout', rollback: 'Rollback', redeploy: 'Redeployment' } as const

function Head({ deployment }: { deployment: Deployment }) {
  const now = useNow()
  const { service, kind, tier, startedAt, finishedAt, by } = deployment
  const { text, tone } = stateInWords(deployment)
  return (
    <header className="flex flex-wrap items-end justify-between gap-x-6 gap-y-2">
      <div>
        <p className="text-quiet text-xs">
          <Link to="/services/$name" params={{ name: service }}>
            {service}
          </Link>{' '}
          · {KIND[kind]} · tier {tier}
        </p>
        <h1>
          <WhatWhere {...deployment} />
        </h1>
        <p className="text-quiet" title={instant(startedAt)}>
          started {ago(startedAt, now)} by {by}
          {finishedAt !== null && `, took ${duration(finishedAt - startedAt)}`}
        </p>
      </div>
      <p role="status" className="text-lg font-semibold">
        <State of={deployment.status} text={text} tone={tone} />
      </p>
    </header>
  )
}
