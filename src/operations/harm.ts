/**
 * What a deployment did, or left behind, that is an incident; and which of these call people at
 * once, because automation cannot go on. What was taken back by itself is over, and told of only.
 */
import { type DeploymentEvent, OPTIONS_BELOW_FLOOR, type SlotEvent } from '#rollouts/events.ts'

/** The facts are part of a key, and an index holds 2,700 bytes; the title shows no more anyway. */
const REASON_MAX = 200
const WHY_MAX = 300

export interface Harm {
  readonly deployment: string
  readonly service: string
  readonly environment: string
  readonly isProduction: boolean
  readonly tier?: number
  readonly version?: string
  readonly reason: string
  readonly exposedAt?: number
  readonly what:
    | 'was rolled back'
    | 'is stuck'
    | 'is held, not taken back'
    | 'is held for too long'
    | 'is held: it flaps'
    | 'could not be rolled back to'
  readonly advice?: string
}

export function harmOf(event: DeploymentEvent | SlotEvent): Harm | undefined {
  switch (event.type) {
    case 'deployment.finished':
      return harmOfEnd(event)
    case 'deployment.paused':
      return harmBelowFloor(event)
    case 'deployment.heldTooLong':
      return harmOfHold(event)
    case 'slot.held':
      return harmOfFlapping(event)
    default:
      return undefined
  }
}

/** Automation has done what it may; without a person it stays as it is. */
export function callsPeople({ what }: Harm): boolean {
  return what !== 'was rolled back'
}

/** Where no users are, it is somebody's bad day and nobody's outage. */
export function severityOf({ isProduction, tier }: Harm): 2 | 3 | 4 {
  if (!isProduction) return 4
  return tier === 0 ? 2 : 3
}

export function titleOf({ service, version, environment, what, reason }: Harm): string {
  const name = version === undefined ? service : `${service} ${version}`
  return `${name} in ${environment} ${what}: ${reason}`.slice(0, REASON_MAX)
}

function harmOfEnd(event: Extract<DeploymentEvent, { type: 'deployment.finished' }>) {
  const { deployment, service, environment, tier, version, exposedAt, outcome, kind } = event
  const isProduction = event.environmentKind === 'production'
  const reason = event.reason.slice(0, REASON_MAX)
  const facts = { deployment, service, environment, isProduction, tier, version, reason }
  const seen = exposedAt === undefined ? {} : { exposedAt }
  if (outcome === 'stuck') {
    const advice = 'Look at its target, then roll back to a release that can run, or resume.'
    return { ...facts, ...seen, what: 'is stuck', advice } satisfies Harm
  }
  if (!isProduction) return undefined
  if (kind === 'rollback' && outcome === 'failed') {
    const advice = 'The bad release still runs: roll back to another one, or promote a fix.'
    return { ...facts, what: 'could not be rolled back to', advice } satisfies Harm
  }
  if (exposedAt === undefined || outcome !== 'rolledBack') return undefined
  return { ...facts, exposedAt, what: 'was rolled back' } satisfies Harm
}

function harmBelowFloor({ belowFloor, ...event }: Paused): Harm | undefined {
  if (belowFloor?.environmentKind !== 'production') return undefined
  const { deployment, service, environment, tier, version } = belowFloor
  const { exposedAt, returnTo, floor, why } = belowFloor
  return {
    ...{ deployment, service, environment, tier, version, exposedAt, isProduction: true },
    reason: event.reason.slice(0, REASON_MAX),
    what: 'is held, not taken back',
    advice:
      `${returnTo} is below the rollback floor, ${floor}. ${why.slice(0, WHY_MAX)} ` +
      OPTIONS_BELOW_FLOOR,
  }
}

type Paused = Extract<DeploymentEvent, { type: 'deployment.paused' }>

function harmOfHold(event: Extract<DeploymentEvent, { type: 'deployment.heldTooLong' }>): Harm {
  const { deployment, service, environment, tier, version, weight, reason } = event
  return {
    ...{ deployment, service, environment, tier, version },
    isProduction: event.environmentKind === 'production',
    reason: `at ${weight} %, ${reason}`.slice(0, REASON_MAX),
    what: 'is held for too long',
    advice: 'Resume it, advance it or abort it: two releases share the users meanwhile.',
  }
}

function harmOfFlapping(event: Extract<SlotEvent, { type: 'slot.held' }>): Harm | undefined {
  const { service, environment, flapping, reason } = event
  if (flapping === undefined) return undefined
  const { deployment, isProduction } = flapping
  return {
    ...{ deployment, service, environment, isProduction },
    reason: reason.slice(0, REASON_MAX),
    what: 'is held: it flaps',
    advice: 'Find what they have in common before you resume the slot.',
  }
}
