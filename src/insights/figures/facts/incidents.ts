/** Incidents, each put together from what was told of it. */
import type { IncidentFact, Told } from './facts.ts'
import { grouped, ofAll, referenceOf } from './told.ts'

export function incidentsOf(told: Told): readonly IncidentFact[] {
  const voided = new Set(told.of('incident.voided').map(({ incident }) => incident))
  const parts = ofAll(told, [
    'incident.opened',
    'incident.causeLinked',
    'incident.mitigated',
    'incident.resolved',
  ])
  const incidents: IncidentFact[] = []
  for (const [id, its] of grouped(parts, ({ incident }) => incident)) {
    if (voided.has(id)) continue
    const causes = new Map<string, boolean>()
    let [openedAt, impactAt] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
    let [service, environment]: (string | null)[] = [null, null]
    const [mitigated, resolved]: [number[], number[]] = [[], []]
    for (const one of its) {
      if (one.type === 'incident.causeLinked') causes.set(one.deployment, one.isConfirmed)
      else if (one.type === 'incident.mitigated') mitigated.push(one.occurredAt)
      else if (one.type === 'incident.resolved') resolved.push(one.occurredAt)
      else {
        openedAt = Math.min(openedAt, one.occurredAt)
        impactAt = Math.min(impactAt, one.impactStartedAt ?? one.occurredAt)
        service ??= one.service ?? null
        environment ??= one.environment ?? null
      }
    }
    // Known only by what became of it: then it began when that was first said.
    const first = its[0]?.occurredAt ?? 0
    // What is resolved was mitigated by then at the latest.
    const ends = mitigated.length > 0 ? mitigated : resolved
    incidents.push({
      id,
      service: service ?? null,
      environment: environment ?? null,
      openedAt: Number.isFinite(openedAt) ? openedAt : first,
      impactStartedAt: Number.isFinite(impactAt) ? impactAt : first,
      endedAt: ends.length > 0 ? Math.min(...ends) : null,
      causes,
      from: its.map(referenceOf),
    })
  }
  return incidents.sort(byOpening)
}

export const byOpening = (a: IncidentFact, b: IncidentFact) =>
  a.openedAt - b.openedAt || (a.id < b.id ? -1 : 1)
