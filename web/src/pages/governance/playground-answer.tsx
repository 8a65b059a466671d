/** What the policy said, check by check, and what is another than in force. */
import type { Tried } from '../../api/governance.ts'
import { words } from '../../format/text.ts'
import { Says, State } from '../../kit/state.tsx'
import { Table } from '../../kit/table.tsx'
import type { Tone } from '../../format/deployment.ts'

const ANSWER = {
  allow: 'Its checks let it pass',
  wait: 'It waits for a check',
  deny: 'A check denies it',
} as const
const TONE: Readonly<Record<string, Tone>> = {
  passed: 'good',
  waived: 'open',
  pending: 'open',
  failed: 'bad',
  'not-applicable': 'plain',
}

export function TriedAnswer({ tried }: { tried: Tried }) {
  const { policy, verdict, checks, row, changes, inForce } = tried
  const before = new Map((inForce?.checks ?? []).map((check) => [check.name, check.state]))
  return (
    <div className="space-y-4">
      <div>
        <p role="status" className="text-base font-semibold">
          <State of={verdict} text={ANSWER[verdict]} />
        </p>
        <p className="text-quiet text-xs break-words">
          by {policy}; then{' '}
          {row.approvals.count === 0 ? 'no approval' : approvals(row.approvals.count)},{' '}
          {row.strategy}
        </p>
      </div>
      <ul aria-label="Checks that were tried" className="space-y-1.5">
        {checks.map(({ name, state, message, remedy }) => (
          <li key={name}>
            <Says
              tone={TONE[state] ?? 'plain'}
              text={`${name}: ${words(state).toLowerCase()}. ${message}`}
            />
            {remedy !== '' && state !== 'passed' && (
              <p className="text-quiet pl-[1.375rem] text-xs">{remedy}</p>
            )}
            {before.has(name) && before.get(name) !== state && (
              <p className="text-quiet pl-[1.375rem] text-xs">
                in force it is {words(before.get(name) ?? '').toLowerCase()}
              </p>
            )}
          </li>
        ))}
      </ul>
      {inForce !== null && (
        <Table
          label="What would change"
          rows={changes}
          keyOf={({ field }) => field}
          empty="It changes nothing of this row."
          columns={[
            {
              heading: 'Field',
              cell: ({ field }) => <code className="font-mono text-xs">{field}</code>,
            },
            { heading: 'In force', cell: ({ before: was }) => <Value of={was} /> },
            { heading: 'Tried', cell: ({ after }) => <Value of={after} /> },
          ]}
        />
      )}
    </div>
  )
}

const approvals = (n: number) => `${n} ${n === 1 ? 'approval' : 'approvals'}`

function Value({ of }: { of: unknown }) {
  const text = typeof of === 'string' ? of : JSON.stringify(of)
  return <code className="font-mono text-xs break-words">{text}</code>
}
