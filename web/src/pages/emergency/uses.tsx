/** What went under an emergency, and the checks that it did not wait for. */
import { Link } from '@tanstack/react-router'
import { useQuery } from '@tanstack/react-query'
import type { Emergency } from '../../api/emergencies.ts'
import { promotionQuery } from '../../api/queries.ts'
import { LATE_TONE, lateOf } from '../../format/emergency.ts'
import { words } from '../../format/text.ts'
import { Card, Quiet } from '../../kit/card.tsx'
import { State } from '../../kit/state.tsx'
import { Table } from '../../kit/table.tsx'

export function Uses({ emergency: { uses } }: { emergency: Emergency }) {
  return (
    <Card title="What went under it">
      {uses.length === 0 ? (
        <Quiet>Nothing: its rights were not used.</Quiet>
      ) : (
        <ul className="divide-line divide-y">
          {uses.map((use) => (
            <li key={use.promotion} className="space-y-2 py-3 first:pt-0 last:pb-0">
              <What use={use} />
              <Table
                label={`Late checks of ${use.version}`}
                rows={lateOf(use)}
                keyOf={({ name }) => name}
                empty="It waited for all of its checks."
                columns={[
                  { heading: 'Late check', cell: ({ name }) => name },
                  {
                    heading: 'State',
                    cell: ({ state }) => (
                      <State of={state} tone={LATE_TONE[state]} text={words(state)} />
                    ),
                  },
                  {
                    heading: 'Why',
                    cell: ({ state, message, remedy }) => (
                      <>
                        <p className="break-words">{message}</p>
                        {state === 'failed' && <p className="text-quiet text-xs">{remedy}</p>}
                      </>
                    ),
                  },
                ]}
              />
            </li>
          ))}
        </ul>
      )}
    </Card>
  )
}

/** To its rollout, as soon as there is one. */
function What({ use: { promotion, version } }: { use: Emergency['uses'][number] }) {
  const { data } = useQuery(promotionQuery(promotion))
  const id = data?.deployment ?? null
  if (id === null) return <p className="font-mono font-medium">{version}</p>
  return (
    <p>
      <Link to="/rollouts/$id" params={{ id }} className="font-mono font-medium">
        {version}
      </Link>
    </p>
  )
}
