/** What the rollout did that nobody can undo, who answers for it, and from when on. */
import type { DeploymentDetail } from '../../api/rollouts.ts'
import { instant } from '../../format/text.ts'
import { Gaps } from '../../kit/gaps.tsx'
import { NoReturnSteps } from '../../kit/no-return.tsx'
import { BOX, EDGE } from './box.ts'

export function NoReturnPassed({ deployment }: { deployment: DeploymentDetail }) {
  const { noReturn, plan, version, environment } = deployment
  if (noReturn === null) return <Ahead deployment={deployment} />
  const { at, accepted } = noReturn
  return (
    <section aria-label="Point of no return" className={`${BOX} ${EDGE.bad} space-y-2`}>
      <p className="font-medium">
        <span aria-hidden="true" className="text-bad">
          ✕
        </span>{' '}
        Since {instant(at)} nobody goes back behind {version} in {environment}.
      </p>
      <NoReturnSteps of={noReturn} />
      <p className="break-words" title={instant(accepted.at)}>
        {accepted.by} answers for it: {accepted.reason}
      </p>
      <Gaps of={plan.skips ?? []} />
    </section>
  )
}

/** Before it: what is about to happen, and what the plan passed by. */
function Ahead({ deployment: { plan, status, environment } }: { deployment: DeploymentDetail }) {
  const skips = plan.skips ?? []
  const isAhead = plan.noReturn !== undefined && status !== 'finished'
  if (!isAhead && skips.length === 0) return null
  return (
    <section aria-label="What its plan says" className={`${BOX} ${EDGE.open} space-y-2`}>
      <Gaps of={skips} />
      {isAhead && plan.noReturn !== undefined && (
        <>
          <p className="font-medium">
            When its migrations have run in {environment}, nobody goes back behind it:
          </p>
          <NoReturnSteps of={plan.noReturn} />
        </>
      )}
    </section>
  )
}
