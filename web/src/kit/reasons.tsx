/** Why something may or may not happen, reason by reason, with what would help. */
import type { Verdict, VerdictReason } from '../api/rollouts.ts'
import { instant } from '../format/text.ts'
import { Says, State } from './state.tsx'

const TONE = { met: 'good', waiting: 'open', refused: 'bad' } as const
const ANSWER = { allow: 'It may go', wait: 'Not yet', deny: 'It may not' } as const

export function Reasons({ of }: { of: readonly VerdictReason[] }) {
  return (
    <ul className="space-y-1">
      {of.map(({ code, state, message, remedy }) => (
        <li key={`${code} ${message}`}>
          <Says tone={TONE[state]} text={message} />
          {state !== 'met' && remedy !== '' && (
            <p className="text-quiet pl-[1.375rem] text-xs">{remedy}</p>
          )}
        </li>
      ))}
    </ul>
  )
}

/** What speaks against it first; what is met can be unfolded. */
export function VerdictBox({ verdict }: { verdict: Verdict }) {
  const unmet = verdict.reasons.filter(({ state }) => state !== 'met')
  const met = verdict.reasons.filter(({ state }) => state === 'met')
  return (
    <div className="space-y-2">
      <p className="font-medium">
        <State of={verdict.verdict} text={ANSWER[verdict.verdict]} />
        {verdict.until !== undefined && (
          <span className="text-quiet font-normal"> until {instant(verdict.until)}</span>
        )}
      </p>
      <Reasons of={unmet} />
      {verdict.whoCanAct.length > 0 && (
        <p className="text-quiet text-xs">Can act: {verdict.whoCanAct.join(', ')}</p>
      )}
      {met.length > 0 && (
        <details>
          <summary className="text-quiet cursor-pointer text-xs">
            {met.length} {met.length === 1 ? 'condition is' : 'conditions are'} met
          </summary>
          <div className="mt-1">
            <Reasons of={met} />
          </div>
        </details>
      )}
    </div>
  )
}
