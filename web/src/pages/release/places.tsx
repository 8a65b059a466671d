/** Where the release is: what each environment holds, and every time it was put there. */
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { deploymentsOfQuery, slotsQuery } from '../../api/queries.ts'
import type { Slot } from '../../api/rollouts.ts'
import type { ReleaseDetail } from '../../api/types.ts'
import { type InWords, stateInWords } from '../../format/deployment.ts'
import { Answer } from '../../kit/answer.tsx'
import { Card } from '../../kit/card.tsx'
import { Gaps } from '../../kit/gaps.tsx'
import { State } from '../../kit/state.tsx'
import { Table } from '../../kit/table.tsx'
import { When } from '../../kit/when.tsx'

export function Places({ release, path }: { release: ReleaseDetail; path: readonly string[] }) {
  const slots = useQuery(slotsQuery())
  const rollouts = useQuery(deploymentsOfQuery(release.release))
  const mine = (slots.data ?? []).filter(({ service }) => service === release.service)
  const holding = mine.filter(({ deployed }) => deployed?.release === release.release)
  const gaps = new Set(holding.flatMap((slot) => slot.gaps.map(({ environment }) => environment)))
  return (
    <Card title="Where it is">
      <Answer query={slots}>
        {() => (
          <ol className="mb-3 flex flex-wrap gap-2" aria-label="Environments of its service">
            {path.map((environment) => {
              const slot = mine.find((each) => each.environment === environment)
              return (
                <li key={environment} className="border-line rounded-md border px-3 py-1.5">
                  <div className="text-quiet text-xs">{environment}</div>
                  <State of="here" {...hereInWords(release.release, slot, gaps, environment)} />
                </li>
              )
            })}
          </ol>
        )}
      </Answer>
      <Gaps of={holding.flatMap((slot) => slot.gaps)} />
      <Answer query={rollouts}>
        {(rows) => (
          <Table
            label="Its rollouts"
            rows={rows}
            keyOf={({ id }) => id}
            empty="It was put nowhere yet."
            columns={[
              {
                heading: 'Environment',
                cell: ({ id, environment, kind }) => (
                  <Link to="/rollouts/$id" params={{ id }}>
                    {environment}
                    {kind === 'forward' ? '' : `, ${kind}`}
                  </Link>
                ),
              },
              { heading: 'State', cell: (row) => <State of={row.status} {...stateInWords(row)} /> },
              { heading: 'By', cell: ({ by }) => by },
              { heading: 'Started', cell: ({ startedAt }) => <When at={startedAt} /> },
            ]}
          />
        )}
      </Answer>
    </Card>
  )
}

function hereInWords(
  release: string,
  slot: Slot | undefined,
  gaps: ReadonlySet<string>,
  environment: string,
): InWords {
  if (slot?.inFlight?.release === release) return { text: 'on its way', tone: 'open' }
  if (slot?.deployed?.release === release)
    return slot.validated?.release === release
      ? { text: 'runs, validated', tone: 'good' }
      : { text: 'runs, not validated', tone: 'open' }
  if (gaps.has(environment)) return { text: 'passed by', tone: 'open' }
  const other = slot?.deployed
  return { text: other ? `has ${other.version}` : 'has nothing yet', tone: 'plain' }
}
