/**
 * A deployment that hurt users in production opens an incident by itself, linked to what caused it;
 * when its traffic was given back, the harm has ended and the incident is mitigated. One that is
 * held, because there is nothing left to go back to, opens one that says what people can do.
 */
import { createHash } from 'node:crypto'
import { type Engine, wish } from '#engine/engine.ts'
import { defineReconciler, type Reconciler } from '#engine/loop.ts'
import { SYSTEM } from '#kernel/actor.ts'
import type { EmergencyEvent } from '#rollouts/events/emergency.ts'
import type { DeploymentEvent, SlotEvent } from '#rollouts/events.ts'
import type { IncidentCommand } from './commands.ts'
import { callsPeople, type Harm, harmOf, severityOf, titleOf } from './harm.ts'
import { incidents } from './incident.ts'
import { untracedKeeper } from './reconcilers/untraced.ts'
import { reviews } from './review.ts'

interface Needs {
  readonly engine: Engine
  now(): number
}

export function reconcilers({ engine, now }: Needs): readonly Reconciler[] {
  return [
    defineReconciler<DeploymentEvent | SlotEvent>({
      kind: 'incident',
      concurrency: 2,
      hears: ['deployment', 'slot'],
      // The key carries the facts: what happened does not change, and no room below is asked.
      wokenBy({ event }) {
        const harm = harmOf(event)
        return harm === undefined ? [] : [JSON.stringify(harm)]
      },
      async reconcile(key) {
        const harm = JSON.parse(key) as Harm
        const id = incidentOf(harm)
        const asked = { at: now(), by: SYSTEM.id }
        const commands: IncidentCommand[] = [
          {
            type: 'incident.open',
            ...asked,
            incident: id,
            service: harm.service,
            environment: harm.environment,
            severity: severityOf(harm),
            title: titleOf(harm),
            ...(harm.advice !== undefined && { advice: harm.advice }),
            impactStartedAt: harm.exposedAt,
            deployment: harm.deployment,
          },
        ]
        if (harm.what === 'was rolled back')
          commands.push({ type: 'incident.mitigate', ...asked, how: 'Rolled back automatically.' })
        if (callsPeople(harm))
          commands.push({ type: 'incident.page', ...asked, reason: titleOf(harm) })
        // Opened already: `incident.exists` undoes the list, and nothing is done twice.
        const wishes = commands.map((command) => wish({ thing: incidents, id, command }))
        await engine.executeAll(wishes, { actor: SYSTEM })
      },
    }),
    defineReconciler<EmergencyEvent>({
      kind: 'review',
      concurrency: 1,
      hears: ['emergency'],
      // The key carries the facts, as above.
      wokenBy: ({ event }) =>
        event.type === 'emergency.started' && event.review !== undefined
          ? [JSON.stringify(event)]
          : [],
      async reconcile(key) {
        const started = JSON.parse(key) as Extract<EmergencyEvent, { type: 'emergency.started' }>
        const { emergency, service, environment, incident, requestedBy, review } = started
        if (review === undefined) return
        const about = { emergency, service, environment, incident, requestedBy, ...review }
        const command = { type: 'review.open', at: now(), by: SYSTEM.id, ...about } as const
        await engine.execute(reviews, emergency, command, { actor: SYSTEM })
      },
    }),
    untracedKeeper({ engine, now }),
  ]
}

/** One incident a deployment and kind of harm, however often we are woken. */
function incidentOf({ deployment, what }: Harm): string {
  // The first kinds never met in one deployment, and their ids stand in people's tickets.
  const named = what === 'is held: it flaps' || what === 'is held for too long'
  const of = named ? `${deployment}\n${what}` : deployment
  return `inc_${createHash('sha256').update(of).digest('hex').slice(0, 26)}`
}
