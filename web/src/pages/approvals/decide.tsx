/** Yes or no to one promotion; who may not say yes reads why. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { post } from '../../api/client.ts'
import type { PromotionDetail } from '../../api/rollouts.ts'
import { Trouble } from '../../kit/answer.tsx'
import { Button } from '../../kit/button.tsx'
import { Confirm } from '../../kit/confirm.tsx'
import { useMe } from '../../shell/me.ts'
import { whyNotRole } from '../../shell/roles.ts'
import { whyNotApprove } from './approving.ts'

export function Decide({ promotion }: { promotion: PromotionDetail }) {
  const client = useQueryClient()
  const me = useMe()
  const { id, service, version, environment, planHash } = promotion
  const act = useMutation({
    mutationFn: ({ verb, body }: { verb: 'approve' | 'reject'; body: object }) =>
      post(`/promotions/${id}/${verb}`, body),
    onSettled: async () => {
      await client.invalidateQueries({ queryKey: ['promotions'] })
      await client.invalidateQueries({ queryKey: ['promotion', id] })
    },
  })
  const why = me === undefined ? '' : whyNotApprove(promotion, me)
  const isOff = act.isPending || whyNotRole(me, 'approver') !== ''
  return (
    <div className="ml-auto flex max-w-64 flex-col items-end gap-1.5">
      <div className="flex gap-2">
        <Button
          weight="strong"
          disabled={why !== '' || act.isPending}
          aria-label={`Approve ${service} ${version} for ${environment}`}
          onClick={() => act.mutate({ verb: 'approve', body: { planHash } })}
        >
          Approve
        </Button>
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
