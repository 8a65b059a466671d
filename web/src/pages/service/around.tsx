/** What it needs and who needs it, each with what runs of it where it hurts. */
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { servicesQuery, slotsQuery } from '../../api/queries.ts'
import type { Slot } from '../../api/rollouts.ts'
import type { Service } from '../../api/types.ts'
import { Card, Quiet } from '../../kit/card.tsx'
import { Graph } from '../../kit/graph.tsx'
import { State } from '../../kit/state.tsx'
import { neighbours } from './neighbours.ts'

export function Around({ service }: { service: Service }) {
  const services = useQuery(servicesQuery())
  const slots = useQuery(slotsQuery())
  const nodes = neighbours(service, services.data ?? [])
  const last = service.path.at(-1)
  return (
    <Card title="Needs and is needed by" id="dependencies">
      {nodes.length === 1 ? (
        <Quiet>It needs no service, and none needs it.</Quiet>
      ) : (
        <Graph label="Dependencies, from what is needed to who needs it" nodes={nodes}>
          {({ name, isKnown }) => (
            <Node
              name={name}
              isKnown={isKnown}
              isThis={name === service.name}
              slot={slots.data?.find((each) => each.service === name && each.environment === last)}
              environment={last}
            />
          )}
        </Graph>
      )}
    </Card>
  )
}

function Node(props: {
  name: string
  isKnown: boolean
  isThis: boolean
  slot: Slot | undefined
  environment: string | undefined
}) {
  const { name, isKnown, isThis, slot, environment = '' } = props
  return (
    <div
      className={`bg-card flex h-full flex-col justify-center rounded-md border px-2.5 ${isThis ? 'border-accent' : 'border-line'}`}
    >
      {isThis || !isKnown ? (
        <span className="truncate font-medium">{name}</span>
      ) : (
        <Link to="/services/$name" params={{ name }} className="truncate font-medium">
          {name}
        </Link>
      )}
      <span className="truncate text-xs">
        {isKnown ? (
          <Runs slot={slot} environment={environment} />
        ) : (
          <State of="none" text="not in the catalog" />
        )}
      </span>
    </div>
  )
}

function Runs({ slot, environment }: { slot: Slot | undefined; environment: string }) {
  const deployed = slot?.deployed ?? null
  if (deployed === null) return <span className="text-quiet">nothing in {environment}</span>
  const isValidated = slot?.validated?.release === deployed.release
  const text = `${deployed.version} in ${environment}`
  return <State of={isValidated ? 'validated' : 'none'} text={text} />
}
