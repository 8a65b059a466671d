/** Promotions that wait: those for a person's yes first, with who may say it and who may not. */
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { openPromotionsQuery, promotionQuery } from '../../api/queries.ts'
import type { Promotion, PromotionDetail } from '../../api/rollouts.ts'
import { ago, instant } from '../../format/text.ts'
import { Answer } from '../../kit/answer.tsx'
import { Card, Quiet } from '../../kit/card.tsx'
import { Gaps } from '../../kit/gaps.tsx'
import { Hurry } from '../../kit/hurry.tsx'
import { Reasons } from '../../kit/reasons.tsx'
import { WhatWhere } from '../../kit/what-where.tsx'
import { useNow } from '../../shell/now.ts'
import { waitsForPerson } from '../approvals/approving.ts'
import { NoReturnOn } from '../approvals/accept-no-return.tsx'
import { Decide } from '../approvals/decide.tsx'
import { OverrideFit } from '../approvals/override-fit.tsx'
import { Owed, useOwed } from './owed.tsx'

export function NeedsMe() {
  const promotions = useQuery(openPromotionsQuery())
  const waiting = promotions.data?.filter(({ status }) => status === 'waiting') ?? []
  const owed = useOwed()
  const forPeople = waiting.filter(waitsForPerson).length
  const aside = waiting.length > 0 && `${forPeople} of ${waiting.length} wait for approval`
  return (
    <Card title="Waiting" id="waiting" aside={aside}>
      <Owed {...owed} />
      <Answer query={promotions}>
        {() => (
          <ul className="divide-line divide-y">
            {waiting
              .toSorted((a, b) => Number(waitsForPerson(b)) - Number(waitsForPerson(a)))
              .map((promotion) => (
                <li key={promotion.id} className="py-3 first:pt-0 last:pb-0">
                  <WaitingOne known={promotion} />
                </li>
              ))}
          </ul>
        )}
      </Answer>
      {promotions.isSuccess && waiting.length === 0 && owed.lines?.length === 0 && (
        <Quiet>Nothing waits for anybody.</Quiet>
      )}
    </Card>
  )
}

/** The list knows the verdict as it was last written down; the promotion itself, as it is now. */
function WaitingOne({ known }: { known: Promotion }) {
  const now = useNow()
  const { data: detail } = useQuery(promotionQuery(known.id))
  const { service, requestedBy, plannedAt } = known
  const { verdict } = detail ?? known
  const unmet = (verdict?.reasons ?? []).filter(({ state }) => state !== 'met')
  return (
    <div className="flex flex-wrap items-start justify-between gap-x-6 gap-y-2">
      <div className="min-w-0 flex-1 basis-72">
        <h3 className="font-medium">
          <Link to="/services/$name" params={{ name: service }} className="text-ink">
            <WhatWhere {...known} />
          </Link>
        </h3>
        <p className="text-quiet mb-1.5 text-xs" title={instant(plannedAt)}>
          asked for by {requestedBy} {ago(plannedAt, now)}
          {detail !== undefined && approvalsOf(detail)}
        </p>
        {detail !== undefined && <Hurry plan={detail.plan} />}
        <Gaps of={detail?.plan.skips ?? []} />
        <Reasons of={unmet} />
        {detail !== undefined && <NoReturnOn promotion={detail} />}
        {verdict !== null && verdict.whoCanAct.length > 0 && (
          <p className="text-quiet mt-1 text-xs">Can act: {verdict.whoCanAct.join(', ')}</p>
        )}
        {verdict !== null && (
          <OverrideFit
            promotion={known.id}
            what={`${service} ${known.version} for ${known.environment}`}
            verdict={verdict}
          />
        )}
      </div>
      {detail !== undefined && waitsForPerson(detail) && <Decide promotion={detail} />}
    </div>
  )
}

function approvalsOf({ approvals: { rule, given } }: PromotionDetail): string {
  if (rule.count === 0) return ''
  const names = given.map(({ approver }) => approver).join(', ')
  return ` · ${given.length} of ${rule.count} approvals${names === '' ? '' : `: ${names}`}`
}
