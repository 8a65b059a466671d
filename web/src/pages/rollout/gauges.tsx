/** What the service measures that is no count: it warns or holds, and takes nothing back. */
import type { DeploymentDetail } from '../../api/rollouts.ts'
import { Card } from '../../kit/card.tsx'
import { Says } from '../../kit/state.tsx'
import { gaugeInWords } from './told.ts'

export function Gauges({ deployment: { plan, ticks } }: { deployment: DeploymentDetail }) {
  const gauges = plan.analysis.source?.gauges ?? []
  if (gauges.length === 0) return null
  return (
    <Card title="Gauges" aside="the canary’s highest">
      <dl className="space-y-2">
        {gauges.map((gauge) => (
          <div key={gauge.name}>
            <dt className="font-medium">{gauge.name}</dt>
            <dd>
              <Says {...gaugeInWords(gauge, ticks)} />
            </dd>
          </div>
        ))}
      </dl>
    </Card>
  )
}
