/**
 * What can be done from the palette: a verb and what it is done to, in any order and cut short. It
 * offers; whether it may be done is the server's answer, asked before anybody confirms.
 */
import { post } from '../api/client.ts'
import type { Deployment, Slot } from '../api/rollouts.ts'
import type { Service } from '../api/types.ts'
import { act, type Verb } from '../pages/rollout/act.ts'
import type { Role } from './roles.ts'

export interface Command {
  readonly kind: 'command'
  readonly title: string
  /** What comes of it. */
  readonly detail: string
  readonly role: Role
  readonly weight: 'strong' | 'danger'
  readonly reason: 'none' | 'needed'
  /** What has to be written out first, where it reaches far. */
  readonly typed?: string
  /** Asked beforehand, as it would be done; left out: nothing can refuse it but what moved on. */
  readonly path: string
  readonly body: (reason: string) => object
  /** Where one sees what came of it. */
  readonly href: string
  run(reason: string): Promise<unknown>
}

export interface World {
  readonly services: readonly Pick<Service, 'name' | 'path'>[]
  readonly slots: readonly Slot[]
  readonly deployments: readonly Deployment[]
}

/** A list to choose from. */
const OFFERED_MAX = 8
/** Said while the server is asked beforehand: it takes a reason as well. */
const REHEARSED = 'By hand.'

const part = encodeURIComponent

type Offer = (world: World) => readonly Command[]

const VERBS: readonly (readonly [words: readonly string[], offer: Offer])[] = [
  [['run', 'pipeline'], ({ services }) => services.map(run)],
  [['promote', 'deploy', 'release'], ({ services }) => services.flatMap(promote)],
  [['roll', 'back', 'rollback', 'undo'], ({ slots }) => slots.flatMap(rollBack)],
  [['pause'], ({ deployments }) => deployments.flatMap(steer('pause'))],
  [['resume'], ({ deployments }) => deployments.flatMap(steer('resume'))],
  [['advance'], ({ deployments }) => deployments.flatMap(steer('advance'))],
  [['abort'], ({ deployments }) => deployments.flatMap(steer('abort'))],
]

/** Two letters say which verb is meant; the other words narrow down what it is done to. */
export function commandsFor(text: string, world: World): readonly Command[] {
  const words = text
    .toLowerCase()
    .split(/[\s>]+/)
    .filter((word) => word !== '')
  const begins = (word: string, verb: string) => word.length > 1 && verb.startsWith(word)
  return VERBS.flatMap(([verbs, offer]) => {
    const isVerb = (word: string) => verbs.some((verb) => begins(word, verb))
    if (!words.some(isVerb)) return []
    const rest = words.filter((word) => !isVerb(word) && !FILLERS.has(word))
    return offer(world).filter(({ title }) =>
      rest.every((word) => title.toLowerCase().includes(word)),
    )
  }).slice(0, OFFERED_MAX)
}
const FILLERS = new Set(['in', 'to', 'the', 'of', 'for', 'on', 'a'])

type Asked = Pick<Command, 'path' | 'body'>
const posting = ({ path, body }: Asked) => ({
  path,
  body,
  run: (reason: string) => post(path, body(reason)),
})

function run({ name }: Pick<Service, 'name'>): Command {
  return {
    kind: 'command',
    title: `Run the pipeline of ${name}`,
    detail: 'at the head of its branch',
    role: 'developer',
    weight: 'strong',
    reason: 'none',
    href: `/runs?service=${part(name)}`,
    ...posting({ path: '/runs', body: () => ({ service: name }) }),
  }
}

function promote({ name, path }: World['services'][number]): readonly Command[] {
  return path.map((environment) => ({
    kind: 'command',
    title: `Promote the newest of ${name} to ${environment}`,
    detail: 'through its gates, approvals and steps',
    role: 'operator',
    weight: 'strong',
    reason: 'none',
    href: `/services/${part(name)}?env=${part(environment)}`,
    ...posting({ path: '/promotions', body: () => ({ service: name, environment }) }),
  }))
}

function rollBack({ service, environment, deployed }: Slot): readonly Command[] {
  if (deployed === null) return []
  return [
    {
      kind: 'command',
      title: `Roll back ${service} in ${environment}`,
      detail: `from ${deployed.version} to what was validated there before; automation waits then`,
      role: 'operator',
      weight: 'danger',
      reason: 'needed',
      typed: service,
      href: `/services/${part(service)}?env=${part(environment)}`,
      ...posting({
        path: '/rollback',
        body: (reason) => ({ service, environment, reason: reason || REHEARSED }),
      }),
    },
  ]
}

const NAMES = { pause: 'Pause', resume: 'Resume', advance: 'Advance', abort: 'Abort' } as const

const steer =
  (verb: Verb) =>
  (row: Deployment): readonly Command[] => {
    const { id, service, environment, version, weight, status } = row
    if (status === 'finished' || (status === 'paused') === (verb === 'pause')) return []
    if (verb === 'resume' && status !== 'paused') return []
    return [
      {
        kind: 'command',
        title: `${NAMES[verb]} ${service} ${version} in ${environment}`,
        detail: `it has ${weight} % of the traffic`,
        role: 'operator',
        weight: verb === 'abort' ? 'danger' : 'strong',
        reason: verb === 'abort' ? 'needed' : 'none',
        ...(verb === 'abort' && { typed: service }),
        href: `/rollouts/${part(id)}`,
        path: `/deployments/${part(id)}/${verb}`,
        body: (reason) => ({ reason: reason || REHEARSED }),
        run: (reason) => act(row, verb, reason || REHEARSED),
      },
    ]
  }
