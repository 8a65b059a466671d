/** Yes or no to one promotion; who may not say yes reads why. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { post } from '../../api/client.ts'
import type { PromotionDetail } from '../../api/rollouts.ts'
import { Trouble } from '../../kit/answer.tsx'
import { Button } from '../../kit/button.tsx'
import { Confirm } from '../../kit/confirm.tsx'
import { useRefusal } from '../../kit/refusal.ts'
import { Gaps } from '../../kit/gaps.tsx'
import { useMe } from '../../shell/me.ts'
import { whyNotRole } from '../../shell/roles.ts'
import { whyNotApprove, yesTo } from './approving.ts'

export function Decide({ promotion }: { promotion: PromotionDetail }) {
  const client = useQueryClient()
  const me = useMe()
  const { id, service, version, environment } = promotion
  const act = useMutation({
    mutationFn: ({ verb, body }: { verb: 'approve' | 'reject'; body: object }) =>
      post(`/promotions/${id}/${verb}`, body),
    onSettled: async () => {
      await client.invalidateQueries({ queryKey: ['promotions'] })
      await client.invalidateQueries({ queryKey: ['promotion', id] })
    },
  })
  const known = me === undefined ? '' : whyNotApprove(promotion, me)
  const refused = useRefusal(
    `/promotions/${id}/approve`,
    known === '' ? yesTo(promotion) : undefined,
  )
  const why = known || refused
  const isOff = act.isPending || whyNotRole(me, 'approver') !== ''
  return (
    <div className="ml-auto flex max-w-64 flex-col items-end gap-1.5">
      <div className="flex gap-2">
        <Approve
          promotion={promotion}
          isOff={why !== '' || act.isPending}
          onApprove={(body) => act.mutate({ verb: 'approve', body })}
        />
        <Confirm
          trigger={
            <Button disabled={isOff} aria-label={`Reject ${service} ${version} for ${environment}`}>
              Reject
            </Button>
          }
          title={`Reject ${service} ${version} for ${environment}?`}
          action="Reject it"
          reason="needed"
          onConfirm={(reason) => act.mutate({ verb: 'reject', body: { reason } })}
        >
          <p>This promotion ends; the release itself stays as it is.</p>
        </Confirm>
      </div>
      {why !== '' && <p className="text-quiet text-right text-xs">{why}</p>}
      {act.error !== null && <Trouble error={act.error} />}
    </div>
  )
}

/** Who says yes to a gap says yes to exactly that: it is shown, and named in the approval. */
function Approve({
  promotion,
  isOff,
  onApprove,
}: {
  promotion: PromotionDetail
  isOff: boolean
  onApprove: (body: object) => void
}) {
  const { service, version, environment, plan } = promotion
  const skips = plan.skips ?? []
  const what = `${service} ${version} for ${environment}`
  const isAsked = skips.length > 0
  const button = (
    <Button
      weight="strong"
      disabled={isOff}
      aria-label={`Approve ${what}`}
      {...(!isAsked && { onClick: () => onApprove(yesTo(promotion)) })}
    >
      Approve
    </Button>
  )
  if (!isAsked) return button
  return (
    <Confirm
      trigger={button}
      title={`Approve ${what}, with a gap?`}
      action="Approve it with the gap"
      weight="strong"
      reason="none"
      onConfirm={() => onApprove(yesTo(promotion))}
    >
      <p>What it would have shown there is not known. Your approval names what it passes by:</p>
      <Gaps of={skips} />
    </Confirm>
  )
}
