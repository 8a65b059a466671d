/** Who said yes, how many more are needed, and who may not say it, each with the reason. */
import { useQuery } from '@tanstack/react-query'
import { promotionQuery } from '../../api/queries.ts'
import type { Approvals } from '../../api/rollouts.ts'
import { ago, instant } from '../../format/text.ts'
import { Answer } from '../../kit/answer.tsx'
import { State } from '../../kit/state.tsx'
import { useNow } from '../../shell/now.ts'
import { waitsForPerson } from './approving.ts'
import { Decide } from './decide.tsx'

export function ApprovalsStanding({
  approvals: { rule, given, missing },
  promotion,
}: {
  approvals: Approvals
  /** The one that waits, if any. */
  promotion: string | null
}) {
  const now = useNow()
  const { count, ownersMin, ownerTeam, excluded } = rule
  if (count === 0) return <p className="text-quiet text-xs">No approval is asked for here.</p>
  return (
    <section aria-label="Approvals" className="border-line space-y-2 border-t pt-3">
      <p>
        <State
          of={missing === 0 ? 'met' : 'waiting'}
          text={`${given.length} of ${count} ${count === 1 ? 'approval' : 'approvals'}`}
        />
        {ownersMin > 0 && (
          <span className="text-quiet text-xs">
            , {ownersMin} of them of {ownerTeam}
          </span>
        )}
      </p>
      <ul className="text-xs">
        {given.map(({ approver, at }) => (
          <li key={`${approver} ${at}`} title={instant(at)}>
            {approver} said yes {ago(at, now)}
          </li>
        ))}
      </ul>
      {excluded.length > 0 && (
        <div className="text-quiet text-xs">
          <p className="font-medium">May not approve it</p>
          <ul>
            {excluded.map(({ actor, why }) => (
              <li key={`${actor} ${why}`}>
                {actor}, who {why}
              </li>
            ))}
          </ul>
        </div>
      )}
      {promotion !== null && <DecideOn promotion={promotion} />}
    </section>
  )
}

function DecideOn({ promotion }: { promotion: string }) {
  const detail = useQuery(promotionQuery(promotion))
  return (
    <Answer query={detail}>
      {(row) => (waitsForPerson(row) ? <Decide promotion={row} /> : null)}
    </Answer>
  )
}
