/** The plan as a graph: what stands to the right goes after what it is tied to. */
import { Link } from '@tanstack/react-router'
import type { PlanItem } from '../../api/plans.ts'
import { itemInWords } from '../../format/plan.ts'
import { Card } from '../../kit/card.tsx'
import { Graph } from '../../kit/graph.tsx'
import { State } from '../../kit/state.tsx'

export function Order({ items }: { items: readonly PlanItem[] }) {
  const nodes = items.map((item) => ({ name: item.service, needs: item.after, item }))
  return (
    <Card title="Order">
      <Graph label="Services in the order they go" nodes={nodes}>
        {({ item }) => <Box item={item} />}
      </Graph>
    </Card>
  )
}

function Box({ item }: { item: PlanItem }) {
  const { service, version, release } = item
  return (
    <Link
      to="/releases/$id"
      params={{ id: release }}
      className="border-field bg-page text-ink flex size-full flex-col justify-center rounded-md border px-3"
    >
      <span className="flex justify-between gap-2">
        <span className="truncate font-medium">{service}</span>
        <span className="font-mono text-xs leading-5">{version}</span>
      </span>
      <span className="text-xs">
        <State of={item.status} {...itemInWords(item)} />
      </span>
    </Link>
  )
}
