/** The instances of both parts as the target shows them now. */
import { useQuery } from '@tanstack/react-query'
import { slotQuery } from '../../api/queries.ts'
import type { Deployment, InstanceGroup } from '../../api/rollouts.ts'
import { Card, Quiet } from '../../kit/card.tsx'
import { Answer } from '../../kit/answer.tsx'
import { State } from '../../kit/state.tsx'

/** Instances come up and go down without an event that says so. */
const LOOK_MS = 3_000

export function Instances({ deployment }: { deployment: Deployment }) {
  const { id, service, environment } = deployment
  const slot = useQuery({ ...slotQuery(environment, service), refetchInterval: LOOK_MS })
  return (
    <Card title="Instances">
      <Answer query={slot}>
        {({ groups }) =>
          groups.length === 0 ? (
            <Quiet>The target shows none.</Quiet>
          ) : (
            <ul className="space-y-2">
              {groups.map((group) => (
                <Group key={group.deployment} group={group} isNew={group.deployment === id} />
              ))}
            </ul>
          )
        }
      </Answer>
    </Card>
  )
}

function Group({ group, isNew }: { group: InstanceGroup; isNew: boolean }) {
  const { version, weight, ready, replicas, instances } = group
  const ill = instances.filter(({ state, tail }) => state !== 'ready' && tail !== '')
  return (
    <li>
      <div className="flex flex-wrap items-baseline gap-x-3">
        <span className="font-mono font-medium">{version}</span>
        <span className="text-quiet text-xs">{isNew ? 'this release' : 'before it'}</span>
        <span className="ml-auto">
          <State
            of="ready"
            tone={ready >= replicas ? 'good' : 'open'}
            text={`${ready} of ${replicas} ready`}
          />
        </span>
        <span className="w-12 text-right">{weight} %</span>
      </div>
      {ill.map(({ id, state, tail }) => (
        <details key={id} className="mt-1">
          <summary className="text-quiet cursor-pointer text-xs">
            {id} is {state}: its last output
          </summary>
          <pre className="bg-page border-line log mt-1">{tail}</pre>
        </details>
      ))}
    </li>
  )
}
