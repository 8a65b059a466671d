/**
 * A deployment that hurt users in production opens an incident by itself, linked to what caused it;
 * when its traffic was given back, the harm has ended and the incident is mitigated. One that is
 * held, because there is nothing left to go back to, opens one that says what people can do.
 */
import { createHash } from 'node:crypto'
import { type Engine, wish } from '#engine/engine.ts'
import { defineReconciler, type Reconciler } from '#engine/loop.ts'
import { SYSTEM } from '#kernel/actor.ts'
import { type DeploymentEvent, OPTIONS_BELOW_FLOOR } from '#rollouts/events.ts'
import type { IncidentCommand } from './commands.ts'
import { incidents } from './incident.ts'

interface Needs {
  readonly engine: Engine
  now(): number
}

/** The facts are part of a key, and an index holds 2,700 bytes; the title shows no more anyway. */
const REASON_MAX = 200
const WHY_MAX = 300

type Finished = Extract<DeploymentEvent, { type: 'deployment.finished' }>

export function reconcilers({ engine, now }: Needs): readonly Reconciler[] {
  return [
    defineReconciler<DeploymentEvent>({
      kind: 'incident',
      concurrency: 2,
      hears: ['deployment'],
      // The key carries the facts: what happened does not change, and no room below is asked.
      wokenBy({ event }) {
        const harm = harmOf(event)
        return harm === undefined ? [] : [JSON.stringify(harm)]
      },
      async reconcile(key) {
        const harm = JSON.parse(key) as Harm
        const id = incidentOf(harm.deployment)
        const asked = { at: now(), by: SYSTEM.id }
        const commands: IncidentCommand[] = [
          {
            type: 'incident.open',
            ...asked,
            incident: id,
            service: harm.service,
            environment: harm.environment,
            severity: harm.tier === 0 ? 2 : 3,
            title: titleOf(harm),
            ...(harm.advice !== undefined && { advice: harm.advice }),
            impactStartedAt: harm.exposedAt,
            deployment: harm.deployment,
          },
        ]
        if (harm.what === 'was rolled back')
          commands.push({ type: 'incident.mitigate', ...asked, how: 'Rolled back automatically.' })
        // Opened already: `incident.exists` undoes the list, and nothing is done twice.
        const wishes = commands.map((command) => wish({ thing: incidents, id, command }))
        await engine.executeAll(wishes, { actor: SYSTEM })
      },
    }),
  ]
}

interface Harm {
  readonly deployment: string
  readonly service: string
  readonly environment: string
  readonly tier: number
  readonly version: string
  readonly reason: string
  readonly exposedAt: number
  readonly what: 'was rolled back' | 'is stuck' | 'is held, not taken back'
  readonly advice?: string
}

function harmOf(event: DeploymentEvent): Harm | undefined {
  if (event.type === 'deployment.finished') return harmOfEnd(event)
  if (event.type !== 'deployment.paused' || event.belowFloor === undefined) return undefined
  const { deployment, service, environment, environmentKind, tier, version } = event.belowFloor
  if (environmentKind !== 'production') return undefined
  const { exposedAt, returnTo, floor, why } = event.belowFloor
  return {
    ...{ deployment, service, environment, tier, version, exposedAt },
    reason: event.reason.slice(0, REASON_MAX),
    what: 'is held, not taken back',
    advice:
      `${returnTo} is below the rollback floor, ${floor}. ${why.slice(0, WHY_MAX)} ` +
      OPTIONS_BELOW_FLOOR,
  }
}

function harmOfEnd(event: Finished): Harm | undefined {
  const { deployment, service, environment, tier, version, reason, exposedAt, outcome } = event
  if (event.environmentKind !== 'production' || exposedAt === undefined) return undefined
  if (outcome !== 'rolledBack' && outcome !== 'stuck') return undefined
  const what = outcome === 'stuck' ? 'is stuck' : 'was rolled back'
  const told = reason.slice(0, REASON_MAX)
  return { deployment, service, environment, tier, version, reason: told, exposedAt, what }
}

function titleOf({ service, version, environment, what, reason }: Harm): string {
  return `${service} ${version} in ${environment} ${what}: ${reason}`.slice(0, 200)
}

/** One incident a deployment, however often we are woken. */
function incidentOf(deployment: string): string {
  return `inc_${createHash('sha256').update(deployment).digest('hex').slice(0, 26)}`
}
