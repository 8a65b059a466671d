/**
 * A person's word for what nobody can undo: the steps are read, each of their files is named, and
 * the version is written out. Who may not give it reads the server's refusal.
 */
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { promotionQuery } from '../../api/queries.ts'
import type { NoReturn, PromotionDetail } from '../../api/rollouts.ts'
import { ago, instant } from '../../format/text.ts'
import { Do } from '../../kit/do.tsx'
import { NoReturnSteps } from '../../kit/no-return.tsx'
import { Says } from '../../kit/state.tsx'
import { useNow } from '../../shell/now.ts'
import { namesOf, waitsForWord } from './no-return.ts'

export function NoReturnOf({ promotion: id }: { promotion: string }) {
  const { data } = useQuery(promotionQuery(id))
  return data === undefined ? null : <NoReturnOn promotion={data} />
}

export function NoReturnOn({ promotion }: { promotion: PromotionDetail }) {
  const now = useNow()
  const { plan, acceptance, verdict } = promotion
  if (plan.noReturn === undefined) return null
  return (
    <section aria-label="Point of no return" className="border-bad my-2 space-y-2 border-l-4 pl-3">
      <p className="text-bad font-medium">
        <span aria-hidden="true">✕</span> It cannot be undone
      </p>
      <NoReturnSteps of={plan.noReturn} />
      {acceptance !== null && (
        <p title={instant(acceptance.at)}>
          <Says
            tone="good"
            text={`${acceptance.by} accepted it ${ago(acceptance.at, now)}: ${acceptance.reason}`}
          />
        </p>
      )}
      {verdict !== null && waitsForWord(verdict) && (
        <Accept promotion={promotion} noReturn={plan.noReturn} />
      )}
    </section>
  )
}

function Accept(props: { promotion: PromotionDetail; noReturn: NoReturn }) {
  const { promotion, noReturn } = props
  const { id, service, version, environment, planHash, revision, verdict } = promotion
  const all = namesOf(noReturn)
  const [named, setNamed] = useState<readonly string[]>([])
  const who = verdict?.whoCanAct ?? []
  return (
    <>
      <p className="text-quiet text-xs">
        It waits for somebody to answer for that, neither requester nor author
        {who.length > 0 && `: ${who.join(', ')}`}.
      </p>
      <Do
        name="Accept it by name"
        title={`Let ${service} ${version} into ${environment} without a way back?`}
        action="I answer for it"
        weight="danger"
        role="approver"
        path={`/promotions/${encodeURIComponent(id)}/no-return`}
        body={(reason) => ({ names: named, reason, planHash })}
        rehearse={{ names: all, reason: 'Only asked.', planHash }}
        reason="needed"
        about={{ label: 'Why now, and what stands in for the way back', least: 1 }}
        typed={version}
        isIncomplete={all.some((name) => !named.includes(name))}
        seen={revision}
        onDone={() => setNamed([])}
      >
        <p>
          When these have run, no release before {version} works in {environment} any more. Name
          each of them:
        </p>
        <div className="max-h-48 overflow-y-auto">
          {all.map((name) => (
            <label key={name} className="flex items-center gap-2 py-0.5">
              <input
                type="checkbox"
                checked={named.includes(name)}
                onChange={({ target }) =>
                  setNamed(
                    target.checked ? [...named, name] : named.filter((each) => each !== name),
                  )
                }
                className="size-6 shrink-0"
              />
              <span className="font-mono text-xs break-all">{name}</span>
            </label>
          ))}
        </div>
      </Do>
    </>
  )
}
