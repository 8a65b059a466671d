/** Why a release may or may not enter an environment, and asking that it does. */
import { useQuery } from '@tanstack/react-query'
import { explainQuery } from '../../api/queries.ts'
import type { Explanation } from '../../api/rollouts.ts'
import { Answer } from '../../kit/answer.tsx'
import { Card } from '../../kit/card.tsx'
import { Do } from '../../kit/do.tsx'
import { ForecastText } from '../../kit/forecast.tsx'
import { Gaps } from '../../kit/gaps.tsx'
import { Hurry } from '../../kit/hurry.tsx'
import { NoReturnSteps } from '../../kit/no-return.tsx'
import { VerdictBox } from '../../kit/reasons.tsx'
import { Stalled } from '../../kit/stalled.tsx'
import { Tabs } from '../../kit/tabs.tsx'
import { NoReturnOf } from '../approvals/accept-no-return.tsx'
import { OverrideFit } from '../approvals/override-fit.tsx'
import { ApprovalsStanding } from '../approvals/standing.tsx'
import { Withdraw } from '../approvals/withdraw.tsx'

export function Explain({
  service,
  path,
  release,
  environment: wanted,
  onEnvironment,
}: {
  service: string
  path: readonly string[]
  /** Left out: the newest. */
  release?: string
  environment: string | undefined
  onEnvironment: (name: string) => void
}) {
  // The last one is where it hurts, and what people ask about.
  const environment = path.find((name) => name === wanted) ?? path.at(-1) ?? ''
  const answer = useQuery(explainQuery(service, environment, release))
  const version = answer.data === undefined ? 'the latest release' : answer.data.version
  return (
    <Card title={`Where may ${version} go?`}>
      <div className="mb-3">
        <Tabs label="Environment" all={path} chosen={environment} onChoose={onEnvironment} />
      </div>
      <Answer query={answer}>
        {(row) => (
          <div className="space-y-3">
            <Hurry plan={row.plan} />
            <Gaps of={row.plan.skips ?? []} />
            <VerdictBox verdict={row.verdict} />
            <ForecastText of={row.forecast} />
            {row.stalled !== null && <Stalled stalled={row.stalled} />}
            {row.promotion !== null && (
              <OverrideFit
                promotion={row.promotion}
                what={`${service} ${row.version} for ${environment}`}
                verdict={row.verdict}
              />
            )}
            <Ahead answer={row} />
            <Promote answer={row} />
            <ApprovalsStanding approvals={row.approvals} promotion={row.promotion} />
          </div>
        )}
      </Answer>
    </Card>
  )
}

/** What nobody could undo, also where nobody has asked for it yet. */
function Ahead({ answer: { plan, promotion } }: { answer: Explanation }) {
  if (plan.noReturn === undefined) return null
  if (promotion !== null) return <NoReturnOf promotion={promotion} />
  return (
    <section aria-label="Point of no return" className="border-bad space-y-2 border-l-4 pl-3">
      <p className="text-bad font-medium">
        <span aria-hidden="true">✕</span> It could not be undone
      </p>
      <NoReturnSteps of={plan.noReturn} />
    </section>
  )
}

function Promote({
  answer: { service, environment, promotion, release, version, verdict },
}: {
  answer: Explanation
}) {
  if (promotion !== null)
    return (
      <div className="flex flex-wrap items-center gap-3">
        <p className="text-quiet text-xs">A promotion waits.</p>
        <Withdraw promotion={promotion} what={`${service} ${version} for ${environment}`} />
      </div>
    )
  const isThere = verdict.reasons.some(({ code }) => code === 'release.again')
  if (isThere || verdict.verdict === 'deny') return null
  return (
    <div>
      <Do
        name={`Promote ${version}`}
        title={`Promote ${service} ${version} to ${environment}?`}
        action="Ask for it"
        role="developer"
        path="/promotions"
        body={() => ({ service, environment, release })}
        reason="none"
      >
        <p>It goes by itself as soon as everything it waits for is there.</p>
      </Do>
    </div>
  )
}
