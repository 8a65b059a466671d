/** Who there is, and what each may do by which role. */
import { useQuery } from '@tanstack/react-query'
import { actorsQuery } from '../../api/queries.ts'
import { Answer } from '../../kit/answer.tsx'
import { Card } from '../../kit/card.tsx'
import { Table } from '../../kit/table.tsx'

export function Access() {
  const actors = useQuery(actorsQuery())
  return (
    <Card title="Who may do what" id="access">
      <Answer query={actors}>
        {(rows) => (
          <Table
            label="Actors"
            rows={rows}
            keyOf={({ id }) => id}
            empty="Nobody is registered."
            columns={[
              { heading: 'Actor', cell: ({ id }) => <span className="font-medium">{id}</span> },
              { heading: 'Name', cell: ({ id, name }) => (name === id ? '' : name) },
              { heading: 'Kind', cell: ({ kind }) => kind.replaceAll('-', ' ') },
              { heading: 'Roles', cell: ({ roles }) => roles.join(', ') || 'none' },
              { heading: 'Teams', cell: ({ teams }) => teams.join(', ') || 'none' },
            ]}
          />
        )}
      </Answer>
    </Card>
  )
}
