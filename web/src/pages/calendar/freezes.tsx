/** Freezes that hold or are to come, lifting one, and declaring another. */
import { useQuery } from '@tanstack/react-query'
import { freezesQuery } from '../../api/queries.ts'
import type { Freeze } from '../../api/freezes.ts'
import { ago, instant } from '../../format/text.ts'
import { Answer } from '../../kit/answer.tsx'
import { Card } from '../../kit/card.tsx'
import { Do } from '../../kit/do.tsx'
import { State } from '../../kit/state.tsx'
import { Table } from '../../kit/table.tsx'
import { useNow } from '../../shell/now.ts'
import { DeclareFreeze } from './declare-freeze.tsx'

export function Freezes({ environments }: { environments: readonly string[] }) {
  const freezes = useQuery(freezesQuery())
  return (
    <Card title="Freezes" id="freezes" aside="that hold, or are to come">
      <div className="space-y-3">
        <Answer query={freezes}>
          {(rows) => (
            <Table
              label="Freezes"
              rows={rows}
              keyOf={({ freeze }) => freeze}
              empty="Nothing is frozen, and nothing is to be."
              columns={[
                {
                  heading: 'Freeze',
                  cell: ({ freeze }) => <span className="font-medium">{freeze}</span>,
                },
                { heading: 'State', cell: (row) => <Standing freeze={row} /> },
                { heading: 'Where', cell: ({ environments: all }) => named(all, 'environments') },
                { heading: 'Services', cell: ({ services }) => named(services, 'services') },
                {
                  heading: 'Reason',
                  cell: ({ reason }) => <span className="break-words">{reason}</span>,
                },
                { heading: 'By', cell: ({ by }) => by },
                { heading: 'Acts', cell: (row) => <Lift freeze={row} /> },
              ]}
            />
          )}
        </Answer>
        <DeclareFreeze environments={environments} />
      </div>
    </Card>
  )
}

const named = (all: readonly string[], what: string) =>
  all.includes('*') ? `all ${what}` : all.join(', ')

function Standing({ freeze: { startsAt, endsAt, owner } }: { freeze: Freeze }) {
  const now = useNow()
  const hard = owner === null ? '' : ', rollbacks too'
  const text =
    startsAt > now
      ? `begins ${ago(startsAt, now)}${hard}`
      : `holds, ends ${ago(endsAt, now)}${hard}`
  return (
    <span title={`${instant(startsAt)} to ${instant(endsAt)}`}>
      <State of="freeze" tone={owner === null ? 'open' : 'bad'} text={text} />
    </span>
  )
}

function Lift({ freeze: { freeze, environments } }: { freeze: Freeze }) {
  return (
    <Do
      name="Lift"
      title={`Lift the freeze ${freeze}?`}
      action="Lift it"
      role="operator"
      path={`/freezes/${encodeURIComponent(freeze)}/lift`}
      body={(reason) => ({ reason })}
      rehearse={{ reason: 'Only asked.' }}
      reason="needed"
    >
      <p>What waits for it in {named(environments, 'environments')} goes at once.</p>
    </Do>
  )
}
