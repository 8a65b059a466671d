/** The judges of other tools that a service brings along: what they would have done by now. */
import type { DeploymentDetail, ShadowVerdict } from '../../api/rollouts.ts'
import { Card, Quiet } from '../../kit/card.tsx'
import { Says } from '../../kit/state.tsx'
import { judgeOf, shadowInWords } from './told.ts'

export function Shadows({ deployment }: { deployment: DeploymentDetail }) {
  const { plan, shadows, ticks } = deployment
  if ((plan.analysis.shadows ?? []).length === 0) return null
  return (
    <Card title="What others would have said" aside="decides nothing">
      {shadows.length === 0 ? (
        <Quiet>Nothing yet: no request has reached the canary.</Quiet>
      ) : (
        <dl className="space-y-2">
          {shadows.map((shadow) => (
            <Shadow
              key={`${shadow.kind}/${shadow.name}`}
              shadow={shadow}
              isMeasured={ticks.length > 0}
            />
          ))}
        </dl>
      )}
    </Card>
  )
}

function Shadow({ shadow, isMeasured }: { shadow: ShadowVerdict; isMeasured: boolean }) {
  return (
    <div>
      <dt>
        <span className="font-medium">{judgeOf(shadow)}</span>{' '}
        <span className="text-quiet text-xs">{shadow.name}</span>
      </dt>
      <dd>
        <Says {...shadowInWords(shadow, isMeasured)} />
        {shadow.verdict !== 'watching' && <p className="text-quiet text-xs">{shadow.reason}</p>}
      </dd>
    </div>
  )
}
