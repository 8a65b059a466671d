/** Whether a promotion waits for a person's yes, and why it may not be this one's. */
import type { Promotion, PromotionDetail, Verdict } from '../../api/rollouts.ts'
import type { Me } from '../../api/types.ts'
import { whyNotRole } from '../../shell/roles.ts'

export function waitsForPerson({ verdict }: Promotion): boolean {
  return (verdict?.reasons ?? []).some(
    ({ code, state }) => state === 'waiting' && code.startsWith('approval.'),
  )
}

/** Those that this person could let go on, as far as was last written down. */
export function waitForMe(promotions: readonly Promotion[], me: Me): readonly Promotion[] {
  return promotions.filter(
    (each) => waitsForPerson(each) && each.verdict?.whoCanAct.includes(me.id) === true,
  )
}

/** Empty: they may. The server decides; this explains before anybody has to try. */
export function whyNotApprove(
  { requestedBy, approvals, planHash: plan }: PromotionDetail,
  me: Me,
): string {
  const role = whyNotRole(me, 'approver')
  if (role !== '') return role
  if (me.kind !== 'person') return 'An approval is a person’s: a machine cannot give it.'
  if (me.id === requestedBy) return 'You asked for it, so somebody else has to approve it.'
  const excluded = approvals.rule.excluded.find(({ actor }) => actor === me.id)
  if (excluded !== undefined) return `You ${excluded.why}, which is in it.`
  const isGiven = approvals.given.some(
    ({ approver, planHash }) => approver === me.id && planHash === plan,
  )
  return isGiven ? 'You approved it.' : ''
}

/** A yes is to the plan as it stands, and names every environment that it passes by. */
export function yesTo({ planHash, plan: { skips = [] } }: PromotionDetail): {
  readonly planHash: string
  readonly skips?: readonly string[]
} {
  if (skips.length === 0) return { planHash }
  return { planHash, skips: skips.map(({ environment }) => environment) }
}

/** Why it does not fit before its slot closes, where a person may let it start all the same. */
export function tooShortIn({ reasons }: Verdict): string | undefined {
  const unmet = reasons.filter(({ state }) => state === 'waiting')
  return unmet.find(({ code }) => code === 'window.too-short')?.message
}
