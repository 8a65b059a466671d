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
export type ServiceRefusal = 'service.no-repository' | 'service.depends-on-itself'

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
    if (state === undefined) return [{ type: 'service.registered', at, by, spec }]
    return same(state, spec) ? [] : [{ type: 'service.changed', at, by, spec }]
  },
  evolve: (_, event) => event.spec,
}

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
