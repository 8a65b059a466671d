import { between, type Counted, isIn, none, type Window } from './answer.ts'
import type { DeploymentFact, Facts, Reference } from './facts/facts.ts'
import { grouped, ofAll, referenceOf } from './facts/told.ts'
import { spreadOf } from './statistics.ts'

/** What a critical one may take, where nothing else was agreed. */
const SLA_MS = 7 * 86_400_000

interface Exposure {
  readonly name: string
  readonly startedAt: number
  readonly endedAt: number | null
  readonly from: readonly Reference[]
}

/**
 * K15, critical CVE fix time: of each critical CVE of a service, from the later of its publication
 * and its first presence in what ran in production, to the end of the deployment after which no
 * production environment of the service runs an affected artifact. Not affected, by VEX, is not
 * counted. Median and 90th percentile of those that ended in the window; open ones with their age.
 */
export function cveFixTime(facts: Facts, window: Window): Counted {
  const all = ofAll(facts.told, ['vuln.detected', 'vuln.cleared'])
  if (all.length === 0)
    return none(facts.told.of('artifact.scanned').length === 0 ? 'no_source' : 'no_events')
  const exposures = exposuresOf(facts, window.asOf)
  const over = exposures.filter(({ endedAt }) => endedAt !== null && isIn(window, endedAt))
  const open = exposures.filter(
    ({ startedAt, endedAt }) => startedAt < window.to && (endedAt === null || endedAt >= window.to),
  )
  const oldest = Math.min(...open.map(({ startedAt }) => startedAt))
  const details = {
    open: open.length,
    oldestOpenMs: open.length === 0 ? null : between(oldest, Math.min(window.to, window.asOf)),
  }
  if (over.length + open.length === 0) return none('no_events', details)
  const spread = spreadOf(over.map(lasted))
  const inTime = over.filter((one) => lasted(one) <= SLA_MS).length
  const overdue = open.filter((one) => between(one.startedAt, window.asOf) > SLA_MS).length
  const due = over.length + overdue
  return {
    answer: {
      value: spread.p50,
      ...(spread.p50 === null && { reason: 'no_events' as const }),
      n: over.length,
      p50: spread.p50,
      p90: spread.p90,
      mean: spread.mean,
      ...details,
      withinSla: due === 0 ? null : inTime / due,
      slaMs: SLA_MS,
    },
    parts: [...over, ...open].map((one) => ({
      what: 'other' as const,
      id: one.name,
      at: one.endedAt ?? one.startedAt,
      counts: one.endedAt === null ? 'open' : 'fixed',
      ...(one.endedAt !== null && { value: lasted(one) }),
      from: one.from,
    })),
  }
}

const lasted = ({ startedAt, endedAt }: Exposure) => between(startedAt, endedAt ?? startedAt)

function exposuresOf(facts: Facts, asOf: number): readonly Exposure[] {
  const told = ofAll(facts.told, ['vuln.detected', 'vuln.cleared', 'vuln.assessed'])
  const slots = grouped(
    facts.deployments.filter((one) => one.isProduction && one.outcome === 'succeeded'),
    ({ service }) => service,
  )
  const exposures: Exposure[] = []
  for (const its of grouped(told, ({ service, cve }) => `${service}\n${cve}`).values()) {
    const detected = its.filter((one) => one.type === 'vuln.detected')
    const [first] = detected
    const verdict = its.findLast((one) => one.type === 'vuln.assessed')
    const isCritical = detected.some(({ severity }) => severity === 'critical')
    if (first === undefined || !isCritical || verdict?.status === 'notAffected') continue
    const published = detected.flatMap(({ publishedAt }) => publishedAt ?? [])
    const publishedAt = published.length > 0 ? Math.min(...published) : first.occurredAt
    const clearedAt = its.find(
      (one) => one.type === 'vuln.cleared' && one.occurredAt >= first.occurredAt,
    )?.occurredAt
    const digests = new Set(detected.flatMap((one) => one.digests ?? []))
    const name = `${first.cve} in ${first.service}`
    const from = its.map(referenceOf)
    if (digests.size === 0) {
      // Nobody says in which artifacts: then it is there from when it was found until it is gone.
      const startedAt = Math.max(publishedAt, first.occurredAt)
      exposures.push({ name, startedAt, endedAt: clearedAt ?? null, from })
      continue
    }
    const ran = ranIn(slots.get(first.service) ?? [], digests, publishedAt)
    if (ran === undefined) continue
    const endedAt = ran.endedAt ?? clearedAt ?? null
    exposures.push({ name, startedAt: ran.startedAt, endedAt, from: [...from, ...ran.from] })
  }
  return exposures
    .filter(({ startedAt }) => startedAt <= asOf)
    .sort((a, b) => a.startedAt - b.startedAt || (a.name < b.name ? -1 : 1))
}

/**
 * When production ran any of the artifacts: from its being known until the last of them is gone.
 */
function ranIn(
  deployments: readonly DeploymentFact[],
  digests: ReadonlySet<string>,
  publishedAt: number,
) {
  const affected = new Set<string>()
  const from: Reference[] = []
  let startedAt: number | undefined
  let endedAt: number | undefined
  for (const { environment, digest, finishedAt, from: its } of deployments) {
    const isAffected = digest !== null && digests.has(digest)
    const before = affected.size
    if (isAffected) affected.add(environment)
    else affected.delete(environment)
    if (before === 0 && affected.size > 0) {
      startedAt ??= Math.max(publishedAt, finishedAt)
      endedAt = undefined
      from.push(...its)
    }
    if (before > 0 && affected.size === 0) {
      endedAt = finishedAt
      from.push(...its)
      // Over before anybody knew of it.
      if (finishedAt <= publishedAt) startedAt = undefined
      else break
    }
  }
  return startedAt === undefined ? undefined : { startedAt, endedAt, from }
}
