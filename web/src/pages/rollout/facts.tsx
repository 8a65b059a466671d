/** What was decided before it started: the plan, and what it goes back to. */
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { DeploymentDetail } from '../../api/rollouts.ts'
import { Card } from '../../kit/card.tsx'

export function Facts({ deployment }: { deployment: DeploymentDetail }) {
  const { plan, sha, returnPoint, undoes, smoke } = deployment
  return (
    <Card title="Plan">
      <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1">
        <Fact name="Goes back to">
          {returnPoint === null ? (
            'nothing: it is the first'
          ) : (
            <Link to="/rollouts/$id" params={{ id: returnPoint.deployment }} className="font-mono">
              {returnPoint.version}
            </Link>
          )}
        </Fact>
        {undoes !== null && (
          <Fact name="Undoes">
            <Link to="/rollouts/$id" params={{ id: undoes }}>
              the rollout before it
            </Link>
          </Fact>
        )}
        <Fact name="Strategy">{plan.strategy}</Fact>
        <Fact name="Instances">{plan.replicas}</Fact>
        <Fact name="Smoke test">
          {smoke === null ? 'at 100 %' : `${smoke.passed ? 'passed' : 'failed'}: ${smoke.detail}`}
        </Fact>
        <Fact name="Commit">
          <code className="font-mono">{sha.slice(0, 8)}</code>
        </Fact>
        <Fact name="Policy">{plan.policy}</Fact>
      </dl>
    </Card>
  )
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-quiet">{name}</dt>
      <dd className="text-right break-words">{children}</dd>
    </>
  )
}
