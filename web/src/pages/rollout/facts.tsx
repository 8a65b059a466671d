/** What was decided before it started: the plan, and what it goes back to. */
import { Link } from '@tanstack/react-router'
import type { DeploymentDetail } from '../../api/rollouts.ts'
import { duration } from '../../format/text.ts'
import { Card } from '../../kit/card.tsx'
import { Fact, Facts as Pairs } from '../../kit/facts.tsx'

export function Facts({ deployment }: { deployment: DeploymentDetail }) {
  const { plan, sha, returnPoint, undoes, smoke, preview } = deployment
  return (
    <Card title="Plan">
      <Pairs>
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
        <Fact name="Strategy">
          {plan.strategy}
          {plan.waves !== undefined && `, wave by wave: ${plan.waves.join(', ')}`}
        </Fact>
        {plan.warmMs !== undefined && returnPoint !== null && (
          <Fact name="Release before it">kept warm for {duration(plan.warmMs)} after the end</Fact>
        )}
        {preview !== null && (
          <Fact name="Before its first traffic">
            {`${preview.passed ? 'passed' : 'failed'}: ${preview.detail}`}
          </Fact>
        )}
        <Fact name="Instances">{plan.replicas}</Fact>
        <Fact name="Smoke test">
          {smoke === null ? 'at 100 %' : `${smoke.passed ? 'passed' : 'failed'}: ${smoke.detail}`}
        </Fact>
        <Fact name="Commit">
          <code className="font-mono">{sha.slice(0, 8)}</code>
        </Fact>
        <Fact name="Policy">{plan.policy}</Fact>
      </Pairs>
    </Card>
  )
}
