/**
 * An organisation that never was: services that push three commits a deployment and deploy for two
 * years, of which some fail, are rolled back or mended. The same numbers for the same service.
 */
import type { Observation } from '#insights/observations/observation.ts'

export const DAY_MS = 86_400_000
export const FROM = Date.UTC(2024, 0, 1)
const DAYS = 730
const COMMITS = 3

/** Mulberry32. */
function chanceOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** `more`: deployments that come after those, an hour each. */
export function serviceLog(number: number, deployments: number, more = 0): readonly Observation[] {
  const chance = chanceOf(number)
  const service = `service-${number}`
  const all: Observation[] = []
  const tell = (occurredAt: number, told: object) =>
    all.push({
      ...told,
      occurredAt,
      recordedAt: occurredAt + 1_000,
      source: 'bench',
      sourceEventId: `${service}/${all.length}`,
    } as Observation)
  tell(FROM - 1, { type: 'service.registered', service, tier: number % 4, repository: service })
  let before: string | undefined
  for (let i = 0; i < deployments + more; i++) {
    const isMore = i >= deployments
    const stepMs = isMore ? DAY_MS / 24 : (DAYS * DAY_MS) / deployments
    const pushedAt = isMore ? FROM + DAYS * DAY_MS + (i - deployments) * stepMs : FROM + i * stepMs
    const finishedAt = Math.round(pushedAt + chance() * stepMs * 0.8)
    const commits = Array.from({ length: COMMITS }, (_, c) => {
      const sha = `${service}-${i}-${c}`
      const parents = before === undefined ? [] : [before]
      before = sha
      return { sha, parents, committedAt: Math.round(pushedAt - chance() * DAY_MS) }
    })
    const push = { type: 'commit.pushed', repository: service, ref: 'refs/heads/main' }
    tell(Math.round(pushedAt), { ...push, after: before, commits })
    const deployment = `${service}/d${i}`
    const luck = chance()
    const of = { deployment, service, environment: 'production', sha: before, strategy: 'canary' }
    const kind = luck < 0.02 ? 'hotfix' : 'normal'
    tell(finishedAt, { type: 'deployment.finished', ...of, kind, outcome: 'succeeded' })
    if (luck > 0.05) continue
    const incident = `${deployment}/i`
    tell(finishedAt + 60_000, { type: 'incident.opened', incident, service })
    tell(finishedAt + 70_000, {
      type: 'incident.causeLinked',
      ...{ incident, deployment, isConfirmed: luck < 0.04 },
    })
    tell(finishedAt + 3_600_000 * chance() * 3, { type: 'incident.mitigated', incident })
  }
  return all
}

/** A graph with a merge now and then: places of parents by place. */
export function randomGraph(commits: number): readonly (readonly number[])[] {
  const chance = chanceOf(7)
  return Array.from({ length: commits }, (_, i) => {
    if (i === 0) return []
    const other = Math.max(0, i - 2 - Math.floor(chance() * 20))
    return chance() < 0.2 && other !== i - 1 ? [i - 1, other] : [i - 1]
  })
}
