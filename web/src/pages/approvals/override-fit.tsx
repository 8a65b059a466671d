/** Letting it start although what is left of the opening is too short: somebody answers for that. */
import type { Verdict } from '../../api/rollouts.ts'
import { Do } from '../../kit/do.tsx'
import { tooShortIn } from './approving.ts'

export function OverrideFit({
  promotion,
  what,
  verdict,
}: {
  promotion: string
  /** `checkout 1.4.0 for prod` */
  what: string
  verdict: Verdict
}) {
  const tooShort = tooShortIn(verdict)
  if (tooShort === undefined) return null
  return (
    <Do
      name="Start it all the same"
      title={`Start ${what} although it does not fit?`}
      action="Let it start"
      weight="danger"
      role="operator"
      path={`/promotions/${encodeURIComponent(promotion)}/override-window`}
      body={(reason) => ({ reason })}
      rehearse={{ reason: 'Only asked.' }}
      reason="needed"
    >
      <p>{tooShort}</p>
      <p>
        Once it is closed the rollout rests where it stands, and is still measured. This holds for
        the plan as it is now; your name and reason stand beside it.
      </p>
    </Do>
  )
}
