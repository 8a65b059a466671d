/** The trains: when each leaves next, and until when one has to be validated to be on board. */
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { Train } from '../../api/plans.ts'
import { trainsQuery } from '../../api/queries.ts'
import { Answer } from '../../kit/answer.tsx'
import { Card } from '../../kit/card.tsx'
import { type Column, Table } from '../../kit/table.tsx'
import { Ahead } from '../train/ahead.tsx'

const COLUMNS: readonly Column<Train>[] = [
  {
    heading: 'Train',
    cell: ({ id }) => (
      <Link to="/trains/$id" params={{ id }} className="font-medium">
        {id}
      </Link>
    ),
  },
  {
    heading: 'Goes',
    cell: ({ from, to }) => (
      <span className="whitespace-nowrap">
        {from} <span aria-hidden="true">→</span>
        <span className="sr-only">to</span> {to}
      </span>
    ),
  },
  { heading: 'Leaves', cell: ({ next }) => <Ahead at={next} /> },
  { heading: 'Cut-off', cell: ({ cutOffAt }) => <Ahead at={cutOffAt} /> },
  {
    heading: 'For',
    cell: ({ services }) =>
      services.length === 1 ? (
        services[0]
      ) : (
        <span title={services.join(', ')}>{services.length} services</span>
      ),
  },
  { heading: 'Of', cell: ({ by }) => by },
]

export function Trains() {
  const trains = useQuery(trainsQuery())
  return (
    <Card title="Trains">
      <Answer query={trains}>
        {(rows) => (
          <Table
            label="Trains"
            rows={rows.toSorted((a, b) => (a.next ?? Infinity) - (b.next ?? Infinity))}
            columns={COLUMNS}
            keyOf={({ id }) => id}
            empty="None yet: a manifest of kind ReleaseTrain is a plan that leaves by a timetable."
          />
        )}
      </Answer>
    </Card>
  )
}
