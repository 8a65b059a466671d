/** Who would board, asked of the same function as the departure itself. */
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { LeftBehind, Passenger, TrainDetail } from '../../api/plans.ts'
import { forecastQuery } from '../../api/queries.ts'
import { Answer } from '../../kit/answer.tsx'
import { Card } from '../../kit/card.tsx'
import { Says, State } from '../../kit/state.tsx'
import { type Column, Table } from '../../kit/table.tsx'

const BOARDS: readonly Column<Passenger>[] = [
  { heading: 'On board', cell: ({ service }) => <ServiceLink name={service} /> },
  {
    heading: 'Release',
    cell: ({ release, version }) => (
      <Link to="/releases/$id" params={{ id: release }} className="font-mono">
        {version}
      </Link>
    ),
  },
  {
    heading: 'Still waits for',
    cell: ({ waits }) =>
      waits === null ? <State of="met" text="nothing" /> : <Says tone="open" text={waits} />,
  },
]

/** Nothing new is no fault, and no reason to look twice. */
const HARMLESS = new Set(['train.nothing-new', 'train.nothing-validated'])

const BEHIND: readonly Column<LeftBehind>[] = [
  { heading: 'Left behind', cell: ({ service }) => <ServiceLink name={service} /> },
  {
    heading: 'Release',
    cell: ({ version }) => <span className="font-mono">{version ?? '–'}</span>,
  },
  {
    heading: 'Why',
    cell: ({ code, reason, remedy }) => (
      <>
        <Says tone={HARMLESS.has(code) ? 'plain' : 'bad'} text={reason} />
        {remedy !== '' && <p className="text-quiet pl-[1.375rem] text-xs">{remedy}</p>}
      </>
    ),
  },
]

export function Forecast({ train: { id, next } }: { train: TrainDetail }) {
  const forecast = useQuery(forecastQuery(id))
  return (
    <Card title="Who would board, as things stand" aside={next === null ? 'if it left now' : ''}>
      <Answer query={forecast}>{(known) => <Boarding {...known} />}</Answer>
    </Card>
  )
}

export function Boarding(props: {
  boards: readonly Passenger[]
  leftBehind: readonly LeftBehind[]
}) {
  return (
    <div className="space-y-4">
      <Table
        label="On board"
        rows={props.boards}
        columns={BOARDS}
        keyOf={({ service }) => service}
        empty="Nobody is on board."
      />
      <Table
        label="Left behind"
        rows={props.leftBehind}
        columns={BEHIND}
        keyOf={({ service }) => service}
        empty="Nobody is left behind."
      />
    </div>
  )
}

function ServiceLink({ name }: { name: string }) {
  return (
    <Link to="/services/$name" params={{ name }}>
      {name}
    </Link>
  )
}
