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
  readonly severity: 1 | 2 | 3 | 4
  /** People are called, and nobody has answered. */
  readonly isCalling: boolean
  readonly causes: readonly string[]
}

export type IncidentRefusal =
  | 'incident.exists'
  | 'incident.starts-later'
  | 'incident.unopened'
  | 'incident.resolved-already'

type Answer = readonly IncidentEvent[] | Rejection<IncidentRefusal>

export const incident: Decider<IncidentState, IncidentCommand, IncidentEvent, IncidentRefusal> = {
  initial: {
    status: 'unopened',
    incident: '',
    service: '',
    environment: '',
    severity: 4,
    isCalling: false,
    causes: [],
  },
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
      case 'incident.page':
        return page(command, state)
      case 'incident.acknowledge': {
        if (!state.isCalling) return []
        const { incident: id, service, environment } = state
        const facts = { incident: id, service, environment, note: command.note }
        return [{ type: 'incident.acknowledged', at, by, ...facts }]
      }
      case 'incident.mitigate': {
        if (state.status === 'resolved') return resolvedAlready
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
        const { incident: id, service, environment, severity, deployment } = event
        const causes = deployment === undefined ? [] : [deployment]
        const facts = { incident: id, service, environment, severity, causes }
        return { status: 'open', isCalling: false, ...facts }
      }
      case 'incident.causeLinked':
        return { ...state, causes: [...state.causes, event.deployment] }
      case 'incident.paged':
        return { ...state, isCalling: true }
      case 'incident.acknowledged':
        return { ...state, isCalling: false }
      case 'incident.mitigated':
        return { ...state, status: 'mitigated' }
      case 'incident.resolved':
        return { ...state, status: 'resolved', isCalling: false }
    }
  },
}

export const incidents = { kind: 'incident', decider: incident } as const

const resolvedAlready = reject(
  'incident.resolved-already',
  'This incident is resolved.',
  'Open a new one when the harm is back.',
)

/** Whoever is called already is not called twice at once; after an answer they may be again. */
function page(
  { at, by, reason }: Extract<IncidentCommand, { type: 'incident.page' }>,
  state: IncidentState,
): Answer {
  if (state.status === 'resolved') return resolvedAlready
  if (state.isCalling) return []
  const { incident: id, service, environment, severity } = state
  return [{ type: 'incident.paged', at, by, incident: id, service, environment, severity, reason }]
}

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
