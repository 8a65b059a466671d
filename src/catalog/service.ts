/** A service is what its last manifest says. Applying the same again changes nothing. */
import { type Decider, type Rejection, reject } from '#kernel/decider.ts'
import type { EnvironmentCommand, ServiceCommand } from './commands.ts'
import { same } from './same.ts'
import {
  type EnvironmentEvent,
  type EnvironmentSpec,
  INSTANCE_PORTS,
  type ServiceEvent,
  type ServiceSpec,
} from './events.ts'

export type ServiceState = ServiceSpec | undefined
export type ServiceRefusal =
  | 'service.no-repository'
  | 'service.depends-on-itself'
  | 'service.waves'
  | 'service.docs'

export const service: Decider<ServiceState, ServiceCommand, ServiceEvent, ServiceRefusal> = {
  initial: undefined,
  decide({ at, by, spec }, state): readonly ServiceEvent[] | Rejection<ServiceRefusal> {
    if (spec.source.repository === '')
      return reject(
        'service.no-repository',
        `${spec.name} says nowhere where its source is.`,
        'Set spec.source.repository, or push the manifest inside its repository.',
      )
    if (spec.dependsOn.includes(spec.name))
      return reject(
        'service.depends-on-itself',
        `${spec.name} depends on itself.`,
        'Take it out of spec.dependsOn.',
      )
    const unwise = wavesRefusal(spec) ?? docsRefusal(spec, at)
    if (unwise !== undefined) return unwise
    if (state === undefined) return [{ type: 'service.registered', at, by, spec }]
    return same(state, spec) ? [] : [{ type: 'service.changed', at, by, spec }]
  },
  evolve: (_, event) => event.spec,
}

/** What waves cannot be, told where the manifest is applied and not when it is rolled out. */
function wavesRefusal({ name, deploy }: ServiceSpec): Rejection<ServiceRefusal> | undefined {
  const { waves, replicas, strategy = 'rolling' } = deploy
  if (waves === undefined) return undefined
  const refuse = (message: string, remedy: string) =>
    reject('service.waves', `${name}: ${message}`, remedy)
  if (strategy !== 'rolling')
    return refuse(
      `waves go with a rolling update, not with ${strategy}.`,
      'Leave out spec.deploy.strategy, or spec.deploy.waves.',
    )
  if (waves.length > replicas)
    return refuse(
      `${waves.length} waves among ${replicas} instances leave one of them without any.`,
      'Raise spec.deploy.replicas, or have fewer waves.',
    )
  const twice =
    twiceIn(waves.map((wave) => wave.name)) ?? twiceIn(waves.flatMap((w) => w.targets ?? []))
  if (twice !== undefined)
    return refuse(
      `${twice} is named twice.`,
      'Give each wave its own name, and each target one wave.',
    )
  const shares = waves.flatMap(({ sharePercent }) => sharePercent ?? [])
  if (shares.length > 0 && shares.length < waves.length)
    return refuse('some waves have a share, and others targets.', 'Use one of the two in all.')
  const sum = shares.reduce((whole, share) => whole + share, 0)
  if (shares.length > 0 && sum !== 100)
    return refuse(`the shares of its waves sum to ${sum} %.`, 'Let them sum to 100%.')
  return undefined
}

/** The first day of a calendar that is ahead of ours. */
const DAY_MS = 86_400_000

function docsRefusal(
  { name, docs = [] }: ServiceSpec,
  at: number,
): Rejection<ServiceRefusal> | undefined {
  const refuse = (message: string, remedy: string) =>
    reject('service.docs', `${name}: ${message}`, remedy)
  const twice = twiceIn(docs.map(({ path }) => path))
  if (twice !== undefined)
    return refuse(`${twice} stands in spec.docs twice.`, 'Name each document once.')
  const ahead = docs.find(({ reviewedAt }) => reviewedAt > at + DAY_MS)
  if (ahead === undefined) return undefined
  return refuse(
    `${ahead.path} was not reviewed yet on a day that is still to come.`,
    'Write the day on which somebody last read it through.',
  )
}

const twiceIn = (names: readonly string[]) => names.find((each, i) => names.indexOf(each) !== i)

export const services = { kind: 'service', decider: service } as const

export type EnvironmentState = EnvironmentSpec | undefined
export type EnvironmentRefusal = 'environment.other-kind' | 'environment.ports-taken'

export const environment: Decider<
  EnvironmentState,
  EnvironmentCommand,
  EnvironmentEvent,
  EnvironmentRefusal
> = {
  initial: undefined,
  decide({ at, by, spec }, state): readonly EnvironmentEvent[] | Rejection<EnvironmentRefusal> {
    const { from, to } = spec.ports
    const { first, last } = INSTANCE_PORTS
    if (from <= last && to >= first)
      return reject(
        'environment.ports-taken',
        `Ports ${from} to ${to} overlap those that instances listen on, ${first} to ${last}.`,
        `Choose spec.ports below ${first} or above ${last}.`,
      )
    if (state === undefined) return [{ type: 'environment.registered', at, by, spec }]
    // A staging that becomes a production would make history say what never was.
    if (state.kind !== spec.kind)
      return reject(
        'environment.other-kind',
        `${spec.name} is a ${state.kind} environment, and stays one.`,
        'Make a new environment of the other kind.',
      )
    return same(state, spec) ? [] : [{ type: 'environment.changed', at, by, spec }]
  },
  evolve: (_, event) => event.spec,
}

export const environmentThings = { kind: 'environment', decider: environment } as const
