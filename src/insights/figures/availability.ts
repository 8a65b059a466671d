import { type Counted, isIn, none, type Window } from './answer.ts'
import type { Facts } from './facts/facts.ts'
import { plannedWaits } from './facts/waits.ts'

const MINUTE_MS = 60_000
/** How long a job may wait for a runner, and how many of a minute's jobs have to be in time. */
const [WAIT_MS, SHARE_MIN] = [60_000, 0.99]

interface Minute {
  probes: number
  goodProbes: number
  jobs: number
  goodJobs: number
  inMaintenance: boolean
}

/**
 * K20, CI/CD platform availability: by pool of runners and minute. A minute is good when a probe of
 * it was; where there was none, when 99 % of the jobs queued in it started within a minute and
 * without an error of the platform. Good ÷ (good + bad); minutes of which nothing is known are
 * shown and are not good; beside it without those of announced maintenance.
 */
export function availability(facts: Facts, window: Window): Counted {
  const minutes = new Map<string, Minute>()
  const minuteOf = (pool: string, at: number): Minute => {
    const name = `${pool}\n${Math.floor(at / MINUTE_MS)}`
    const known = minutes.get(name)
    if (known !== undefined) return known
    const made = { probes: 0, goodProbes: 0, jobs: 0, goodJobs: 0, inMaintenance: false }
    minutes.set(name, made)
    return made
  }
  const probes = facts.told.of('probe.sampled')
  const said = facts.told.of('task.finished').filter(({ queuedAt, pool }) => queuedAt && pool)
  const jobs = [...said, ...plannedWaits(facts.told)]
  if (probes.length + jobs.length === 0) return none('no_source')
  for (const { pool, occurredAt, isGood, inMaintenance } of probes) {
    if (!isIn(window, occurredAt)) continue
    const minute = minuteOf(pool, occurredAt)
    minute.probes++
    if (isGood) minute.goodProbes++
    if (inMaintenance === true) minute.inMaintenance = true
  }
  for (const { pool = '', queuedAt = 0, startedAt, outcome } of jobs) {
    if (!isIn(window, queuedAt)) continue
    const minute = minuteOf(pool, queuedAt)
    minute.jobs++
    const isInTime = startedAt !== undefined && startedAt - queuedAt <= WAIT_MS
    if (isInTime && outcome !== 'error') minute.goodJobs++
  }
  if (minutes.size === 0) return none('no_events')
  const judged = [...minutes].map(([name, minute]) => ({ name, minute, isGood: isGood(minute) }))
  const open = judged.filter(({ minute }) => !minute.inMaintenance)
  const pools = new Set(judged.map(({ name }) => name.split('\n')[0]))
  const all = pools.size * Math.ceil((window.to - window.from) / MINUTE_MS)
  const share = (some: typeof judged) =>
    some.length === 0 ? null : some.filter((one) => one.isGood).length / some.length
  const bad = judged.filter((one) => !one.isGood)
  return {
    answer: {
      value: share(judged),
      n: judged.length,
      good: judged.length - bad.length,
      bad: bad.length,
      unknown: Math.max(0, all - judged.length),
      withoutMaintenance: { value: share(open), n: open.length },
      byPool: Object.fromEntries(
        [...pools].sort().map((pool = '') => {
          const its = judged.filter(({ name }) => name.startsWith(`${pool}\n`))
          return [pool, { value: share(its), n: its.length }]
        }),
      ),
    },
    parts: bad
      .toSorted((a, b) => (a.name < b.name ? -1 : 1))
      .map(({ name, minute }) => {
        const [pool = '', at = '0'] = name.split('\n')
        const counts = minute.inMaintenance ? 'bad, in maintenance' : 'bad'
        return { what: 'other' as const, id: pool, at: Number(at) * MINUTE_MS, counts, from: [] }
      }),
  }
}

function isGood({ probes, goodProbes, jobs, goodJobs }: Minute): boolean {
  return probes > 0 ? goodProbes > 0 : goodJobs / jobs >= SHARE_MIN
}
