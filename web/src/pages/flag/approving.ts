/** Why a change of a flag may not be approved by this one, as the server would say it. */
import type { FlagPlaceDetail } from '../../api/flags.ts'
import type { Me } from '../../api/types.ts'

/** Empty: they may. */
export function whyNotApproveFlag(
  { waiting, verdict }: Pick<FlagPlaceDetail, 'waiting' | 'verdict'>,
  me: Me,
): string {
  if (me.kind !== 'person') return 'Only a person says yes: ask a person.'
  if (waiting?.requestedBy === me.id) return 'You asked for it, so somebody else has to approve it.'
  const open = verdict?.reasons.find(
    ({ code, state }) => state === 'waiting' && code.startsWith('approval.'),
  )
  if (open === undefined) return 'It has the approvals that it needs.'
  if (verdict === null || verdict.whoCanAct.includes(me.id)) return ''
  return `It takes one of ${verdict.whoCanAct.join(', ') || 'nobody who is registered'}.`
}
