/** A change that waits: what it is, what keeps it, and what people may say to it. */
import type { FlagDetail, FlagPlaceDetail } from '../../api/flags.ts'
import { rulesInWords } from '../../format/flag.ts'
import { duration } from '../../format/text.ts'
import { Do } from '../../kit/do.tsx'
import { VerdictBox } from '../../kit/reasons.tsx'
import { When } from '../../kit/when.tsx'
import { useMe } from '../../shell/me.ts'
import { BOX, EDGE } from '../rollout/box.ts'
import { whyNotApproveFlag } from './approving.ts'

export function Waiting({ flag, place }: { flag: FlagDetail; place: FlagPlaceDetail }) {
  const me = useMe()
  const { environment, waiting, verdict, planHash } = place
  if (waiting === null) return null
  const { rules, ramp, requestedBy, plannedAt, reason } = waiting
  const path = (verb: string) => `/flags/${encodeURIComponent(flag.flag)}/${verb}`
  const what = `${flag.flag} in ${environment}`
  const yes = { environment, ...(planHash !== null && { planHash }) }
  const wanted = rulesInWords(rules, flag.default)
  return (
    <section aria-label={`A change of ${what}`} className={`${BOX} ${EDGE.open} space-y-2`}>
      <p className="font-medium">
        {wanted}
        {ramp !== null && `, then ${stepsText(ramp)}`}
      </p>
      <p className="text-quiet text-xs break-words">
        {requestedBy}, <When at={plannedAt} />: {reason}
      </p>
      {verdict !== null && <VerdictBox verdict={verdict} />}
      <div className="flex flex-wrap items-start gap-2">
        {verdict?.reasons.some(({ code }) => code.startsWith('approval.')) === true && (
          <Do
            name="Approve"
            title={`Approve the change of ${what}?`}
            action="Approve it"
            role="approver"
            whyNot={me === undefined ? '' : whyNotApproveFlag(place, me)}
            path={path('approve')}
            body={() => yes}
            rehearse={yes}
            reason="none"
          >
            <p>{wanted} of it, for the ramp as a whole where there is one.</p>
          </Do>
        )}
        <Do
          name="Reject"
          title={`Reject the change of ${what}?`}
          action="Reject it"
          weight="danger"
          role="approver"
          path={path('reject')}
          body={(why) => ({ environment, reason: why })}
          reason="needed"
        >
          <p>The change is over; the flag stays as it is.</p>
        </Do>
        <Do
          name="Withdraw"
          title={`Withdraw the change of ${what}?`}
          action="Withdraw it"
          role="developer"
          path={path('cancel')}
          body={() => ({ environment })}
          reason="none"
        >
          <p>The change is over; the flag stays as it is.</p>
        </Do>
      </div>
    </section>
  )
}

const stepsText = ({ steps, everyMs }: { steps: readonly number[]; everyMs: number }) =>
  `${steps.map((step) => `${step} %`).join(', ')}, ${duration(everyMs)} each`
