/**
 * A deployment that hurt users in production opens an incident by itself, linked to what caused it;
 * when its traffic was given back, the harm has ended and the incident is mitigated.
 */
import { createHash } from 'node:crypto'
import { type Engine, wish } from '#engine/engine.ts'
import { defineReconciler, type Reconciler } from '#engine/loop.ts'
import { SYSTEM } from '#kernel/actor.ts'
import type { DeploymentEvent } from '#rollouts/events.ts'
import type { IncidentCommand } from './commands.ts'
import { incidents } from './incident.ts'

interface Needs {
  readonly engine: Engine
  now(): number
}

/** The facts are part of a key, and an index holds 2,700 bytes; the title shows no more anyway. */
const REASON_MAX = 200

type Finished = Extract<DeploymentEvent, { type: 'deployment.finished' }>

export function reconcilers({ engine, now }: Needs): readonly Reconciler[] {
  return [
    defineReconciler<DeploymentEvent>({
      kind: 'incident',
      concurrency: 2,
      hears: ['deployment'],
      // The key carries the facts: what happened does not change, and no room below is asked.
      wokenBy: ({ event }) => (isHarm(event) ? [JSON.stringify(harmOf(event))] : []),
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
            impactStartedAt: harm.exposedAt,
            deployment: harm.deployment,
          },
        ]
        if (harm.restored)
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
  readonly restored: boolean
}

function isHarm(event: DeploymentEvent): event is Finished & { readonly exposedAt: number } {
  if (event.type !== 'deployment.finished' || event.environmentKind !== 'production') return false
  const hurt = event.outcome === 'rolledBack' || event.outcome === 'stuck'
  return hurt && event.exposedAt !== undefined
}

function harmOf(event: Finished & { readonly exposedAt: number }): Harm {
  const { deployment, service, environment, tier, version, reason, exposedAt, outcome } = event
  const restored = outcome === 'rolledBack'
  const told = reason.slice(0, REASON_MAX)
  return { deployment, service, environment, tier, version, reason: told, exposedAt, restored }
}

function titleOf({ service, version, environment, restored, reason }: Harm): string {
  const what = restored ? 'was rolled back' : 'is stuck'
  const title = `${service} ${version} in ${environment} ${what}: ${reason}`
  // One line, and no half of a character: neither a list nor a database could carry it.
  return (title.split('\n', 1)[0] ?? '').slice(0, 200).toWellFormed()
}

/** One incident a deployment, however often we are woken. */
function incidentOf(deployment: string): string {
  return `inc_${createHash('sha256').update(deployment).digest('hex').slice(0, 26)}`
}
