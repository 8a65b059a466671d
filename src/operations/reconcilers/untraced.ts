/**
 * What runs and nobody deployed is an incident: opened once, and resolved by itself when it has
 * gone. In production people are called: either somebody went around every gate, or broke in.
 */
import { createHash } from 'node:crypto'
import { type Engine, wish } from '#engine/engine.ts'
import { defineReconciler, type Reconciler } from '#engine/loop.ts'
import type { SnapshotEvent, Untraced } from '#evidence/events/snapshots.ts'
import { SYSTEM } from '#kernel/actor.ts'
import type { IncidentCommand } from '../commands.ts'
import { incidents } from '../incident.ts'

interface Needs {
  readonly engine: Engine
  now(): number
}

type Found = Extract<SnapshotEvent, { type: 'snapshot.untracedFound' }>
type Gone = Extract<SnapshotEvent, { type: 'snapshot.untracedGone' }>

const TITLE_MAX = 200
const ADVICE =
  'Find out who started it. Deploy what is meant to run, or end it on its machine; the incident ' +
  'is resolved when it is gone.'

export function untracedKeeper({ engine, now }: Needs): Reconciler {
  return defineReconciler<SnapshotEvent>({
    kind: 'untraced',
    concurrency: 1,
    hears: ['snapshot'],
    // The key carries the facts: what was seen does not change.
    wokenBy: ({ event }) => (event.type === 'snapshot.observed' ? [] : [JSON.stringify(event)]),
    async reconcile(key) {
      const event = JSON.parse(key) as Found | Gone
      const id = incidentOf(event)
      const asked = { at: now(), by: SYSTEM.id }
      const commands: readonly IncidentCommand[] =
        event.type === 'snapshot.untracedFound'
          ? opening(event, id, asked)
          : [{ type: 'incident.resolve', ...asked, note: 'It does not run any more.' }]
      // Opened already: `incident.exists` undoes the list.
      const done = await engine.executeAll(
        commands.map((command) => wish({ thing: incidents, id, command })),
        { actor: SYSTEM },
      )
      // It went before its incident was opened: that one is due too, and this is tried again then.
      if ('rejected' in done && done.code === 'incident.unopened') return { at: now() + AGAIN_MS }
      return undefined
    },
  })
}
const AGAIN_MS = 1_000

function opening(
  { service, environment, environmentKind, tier, untraced, at }: Found,
  incident: string,
  asked: { readonly at: number; readonly by: string },
): readonly IncidentCommand[] {
  const isProduction = environmentKind === 'production'
  const title = `${service} in ${environment} runs what nobody deployed: ${untraced.message}`
  const reason = title.slice(0, TITLE_MAX)
  const open: IncidentCommand = {
    type: 'incident.open',
    ...{ ...asked, incident, service, environment, title: reason, advice: ADVICE },
    severity: isProduction ? (tier === 0 ? 2 : 3) : 4,
    impactStartedAt: Math.min(at, asked.at),
  }
  return isProduction ? [open, { type: 'incident.page', ...asked, reason }] : [open]
}

/** One an appearance: the same thing again another day is another incident. */
function incidentOf(event: Found | Gone): string {
  const { service, environment, untraced } = event
  const seenAt = event.type === 'snapshot.untracedFound' ? event.at : event.foundAt
  const { group, why, artifact }: Untraced = untraced
  const of = JSON.stringify([service, environment, group, why, artifact, seenAt])
  return `inc_${createHash('sha256').update(of).digest('hex').slice(0, 26)}`
}
