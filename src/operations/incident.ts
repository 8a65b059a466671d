/**
 * An incident is harm to users: it is opened, may be linked to the deployment that caused it, is
 * mitigated when the harm ends and resolved when the work ends. What began at some instant cannot
 * have begun after it was noticed.
 */
import { type Decider, type Rejection, reject } from '#kernel/decider.ts'
import type { IncidentCommand } from './commands.ts'
import type { IncidentEvent } from './events.ts'

export interface IncidentState {
  readonly status: 'unopened' | 'open' | 'mitigated' | 'resolved'
  readonly incident: string
  readonly service: string
  readonly environment: string
  readonly causes: readonly string[]
}

export type IncidentRefusal =
  | 'incident.exists'
  | 'incident.starts-later'
  | 'incident.unopened'
  | 'incident.resolved-already'

type Answer = readonly IncidentEvent[] | Rejection<IncidentRefusal>

export const incident: Decider<IncidentState, IncidentCommand, IncidentEvent, IncidentRefusal> = {
  initial: { status: 'unopened', incident: '', service: '', environment: '', causes: [] },
  decide(command, state): Answer {
    if (command.type === 'incident.open') return open(command, state)
    const { at, by } = command
    if (state.status === 'unopened')
      return reject('incident.unopened', 'There is no such incident.', 'Open it first.')
    switch (command.type) {
      case 'incident.linkCause': {
        const { deployment, confirmed } = command
        if (state.causes.includes(deployment)) return []
        const { incident: id } = state
        return [{ type: 'incident.causeLinked', at, by, incident: id, deployment, confirmed }]
      }
      case 'incident.mitigate': {
        if (state.status === 'resolved')
          return reject(
            'incident.resolved-already',
            'This incident is resolved.',
            'Open a new one when the harm is back.',
          )
        if (state.status === 'mitigated') return []
        const { incident: id, service, environment } = state
        const facts = { incident: id, service, environment, how: command.how }
        return [{ type: 'incident.mitigated', at, by, ...facts }]
      }
      case 'incident.resolve': {
        if (state.status === 'resolved') return []
        const { note } = command
        return [{ type: 'incident.resolved', at, by, incident: state.incident, note }]
      }
    }
  },
  evolve(state, event) {
    switch (event.type) {
      case 'incident.opened': {
        const { incident: id, service, environment, deployment } = event
        const causes = deployment === undefined ? [] : [deployment]
        return { status: 'open', incident: id, service, environment, causes }
      }
      case 'incident.causeLinked':
        return { ...state, causes: [...state.causes, event.deployment] }
      case 'incident.mitigated':
        return { ...state, status: 'mitigated' }
      case 'incident.resolved':
        return { ...state, status: 'resolved' }
    }
  },
}

export const incidents = { kind: 'incident', decider: incident } as const

function open(
  command: Extract<IncidentCommand, { type: 'incident.open' }>,
  state: IncidentState,
): Answer {
  if (state.status !== 'unopened')
    return reject('incident.exists', 'This incident is open already.', 'Add to it.')
  const { impactStartedAt = command.at } = command
  if (impactStartedAt > command.at)
    return reject(
      'incident.starts-later',
      'The harm would begin after it was noticed.',
      'Give the instant it began, or leave it out for now.',
    )
  return [{ ...command, type: 'incident.opened', impactStartedAt }]
}
