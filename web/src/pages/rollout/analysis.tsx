/** What the analysis says and from which counts. No data is never shown as good news. */
import type { AnalysisVerdict, ArmCounts, DeploymentDetail } from '../../api/rollouts.ts'
import { verdictInWords } from '../../format/deployment.ts'
import { count, evidence, percent } from '../../format/text.ts'
import { Card } from '../../kit/card.tsx'
import { ForecastText } from '../../kit/forecast.tsx'
import { Says } from '../../kit/state.tsx'
import { totals } from './series.ts'

export function Analysis({ deployment }: { deployment: DeploymentDetail }) {
  const { plan, verdict, ticks, kind } = deployment
  const isJudged = plan.strategy === 'canary' && kind !== 'rollback'
  return (
    <Card
      title="Analysis"
      aside={isJudged && `at least ${count(plan.analysis.requestsMin)} requests a step`}
    >
      <div aria-live="polite" className="font-medium">
        {verdict !== null ? (
          <Says {...verdictInWords(verdict)} />
        ) : (
          <Says
            tone="plain"
            text={isJudged ? 'Nothing was measured yet.' : 'Not judged: no canary.'}
          />
        )}
      </div>
      {verdict !== null && (
        <p className="text-quiet mt-1 text-xs">
          Evidence {evidence(verdict.evidence)}; at {evidence(verdict.threshold)} it is taken back
          {plan.analysis.automaticRollback ? '.' : ' by a person: this tier asks first.'}
        </p>
      )}
      {verdict !== null && <Harm verdict={verdict} />}
      <Counts ticks={ticks} />
      {deployment.verdict?.isProven !== true && <ForecastText of={deployment.forecast} />}
    </Card>
  )
}

/** What it cost, and what stopping it here has spared. */
function Harm({ verdict: { badServed, badAvoided } }: { verdict: AnalysisVerdict }) {
  if (badServed === undefined || badServed < 1) return null
  const spared =
    badAvoided === undefined ? '' : `, about ${count(Math.round(badAvoided))} more were spared`
  return (
    <p className="text-quiet mt-1 text-xs">
      About {count(Math.round(badServed))} bad requests were served because of it{spared}.
    </p>
  )
}

function Counts({ ticks }: Pick<DeploymentDetail, 'ticks'>) {
  if (ticks.length === 0) return null
  const canary = totals(ticks.map((tick) => tick.canary))
  const stable = totals(ticks.map((tick) => tick.stable))
  return (
    <table className="mt-3 w-full">
      <caption className="sr-only">What both parts served, in all that was measured</caption>
      <thead>
        <tr className="border-line border-b">
          <td />
          <th scope="col" className="py-1 text-right">
            canary
          </th>
          <th scope="col" className="py-1 text-right">
            stable
          </th>
        </tr>
      </thead>
      <tbody>
        <Line name="Requests" cells={[canary, stable].map(({ requests }) => count(requests))} />
        <Line name="Failed" cells={[canary, stable].map((arm) => shareOf(arm, arm.bad))} />
        <Line name="Slow" cells={[canary, stable].map((arm) => shareOf(arm, arm.slow ?? 0))} />
      </tbody>
    </table>
  )
}

function Line({ name, cells }: { name: string; cells: readonly string[] }) {
  return (
    <tr className="border-line border-b last:border-0">
      <th scope="row" className="py-1 text-sm font-normal">
        {name}
      </th>
      {cells.map((cell, i) => (
        <td key={i === 0 ? 'canary' : 'stable'} className="py-1 text-right">
          {cell}
        </td>
      ))}
    </tr>
  )
}

const shareOf = ({ requests }: ArmCounts, part: number) =>
  requests === 0 ? '–' : `${count(part)} (${percent(part / requests)})`
