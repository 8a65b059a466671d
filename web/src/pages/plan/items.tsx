/** The services of a plan in their order: where each stands, and why it waits or ended so. */
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { PlanItem } from '../../api/plans.ts'
import { promotionQuery } from '../../api/queries.ts'
import { itemInWords } from '../../format/plan.ts'
import { State } from '../../kit/state.tsx'
import { type Column, Table } from '../../kit/table.tsx'

const COLUMNS: readonly Column<PlanItem>[] = [
  {
    heading: 'Service',
    cell: ({ service }) => (
      <Link to="/services/$name" params={{ name: service }} className="font-medium">
        {service}
      </Link>
    ),
  },
  {
    heading: 'Release',
    cell: ({ release, version }) => (
      <Link to="/releases/$id" params={{ id: release }} className="font-mono">
        {version}
      </Link>
    ),
  },
  {
    heading: 'State',
    cell: (item) => (
      <>
        <State of={item.status} {...itemInWords(item)} /> <Rollout item={item} />
      </>
    ),
  },
  {
    heading: 'Why',
    cell: ({ waits, reason }) => (
      <span className="block max-w-prose min-w-44 break-words">{waits ?? reason}</span>
    ),
  },
  { heading: 'After', cell: ({ after }) => after.join(', ') },
  { heading: 'Group', cell: ({ group }) => group },
]

export function Items({ items }: { items: readonly PlanItem[] }) {
  return (
    <Table
      label="Services of the plan"
      rows={items}
      columns={COLUMNS}
      keyOf={({ service }) => service}
      empty="It is empty."
    />
  )
}

function Rollout({ item: { undo, promotion, status } }: { item: PlanItem }) {
  if (undo !== null) return <RolloutLink id={undo} text="rollback" />
  const isOfInterest = status === 'started' || status === 'failed'
  return promotion === null || !isOfInterest ? null : <Forward promotion={promotion} />
}

/** A promotion that was not let go has no rollout to look at. */
function Forward({ promotion }: { promotion: string }) {
  const { data } = useQuery(promotionQuery(promotion))
  const id = data?.deployment
  return id === undefined || id === null ? null : <RolloutLink id={id} text="rollout" />
}

function RolloutLink({ id, text }: { id: string; text: string }) {
  return (
    <Link to="/rollouts/$id" params={{ id }} className="text-xs">
      {text}
    </Link>
  )
}
