/** The fleet: which runners there are, what each does, how well they keep, and what waits. */
import { z } from 'zod'
import { silentFor } from '#engine/presence.ts'
import type { App, RouteContext } from '#engine/routing.ts'
import { type Availability, availability } from '../fleet/availability.ts'
import { presenceOf } from '../fleet/runner.ts'
import { sayFarewell } from './hear-runner.ts'
import { type HeldJob, heldJobs, queuedJobs, runnersKnown } from '../queries/fleet.ts'

const DAY_MS = 24 * 60 * 60 * 1000
/** Who is gone for longer is nobody's runner any more. */
const SHOWN_MS = 7 * DAY_MS

const asked = z.object({ days: z.coerce.number().int().min(1).max(180).default(7) })
const leaving = z.strictObject({ runner: z.string().min(1).max(100) })

export interface FleetRunner {
  readonly name: string
  readonly status: 'up' | 'left' | 'lost'
  readonly labels: readonly string[]
  readonly since: number
  /** By the database's clock; null: nobody remembers. */
  readonly heardAt: number | null
  readonly jobs: readonly Omit<HeldJob, 'runner'>[]
  readonly availability: Availability
}

export interface FleetAnswer {
  readonly from: number
  readonly to: number
  readonly runners: readonly FleetRunner[]
  /** Of all runners together: runner uptime. */
  readonly availability: Availability
  /** By the labels that jobs ask for. */
  readonly queue: readonly {
    readonly labels: readonly string[]
    readonly waiting: number
    readonly oldestAt: number
    /** Whether some runner that is there has them all. */
    readonly isServed: boolean
  }[]
}

export function fleetRoutes(app: App, context: RouteContext): void {
  app.get('/fleet', { schema: { querystring: asked } }, async ({ query }) =>
    fleetNow(context, query.days),
  )
  app.post('/runner/leave', { schema: { body: leaving } }, async (request) => {
    const { engine, now } = context
    const { runner } = request.body
    await sayFarewell({ engine, now, actor: context.actor(request), runner })
    return {}
  })
}

async function fleetNow({ engine, now }: RouteContext, days: number): Promise<FleetAnswer> {
  const to = now()
  const from = to - days * DAY_MS
  const held = Map.groupBy(await heldJobs(engine.reads), ({ runner }) => runner)
  const known = await runnersKnown(engine.reads)
  const runners: FleetRunner[] = []
  for (const { spans, ...row } of known) {
    if (row.status !== 'up' && row.since < to - SHOWN_MS) continue
    const silentMs = await silentFor(engine.database, presenceOf(row.name))
    runners.push({
      ...row,
      heardAt: silentMs === undefined ? null : to - silentMs,
      jobs: (held.get(row.name) ?? []).map(({ runner: _, ...job }) => job),
      availability: availability(spans, from, to),
    })
  }
  const sum = (of: 'goodMs' | 'knownMs' | 'unknownMs') =>
    runners.reduce((all, each) => all + each.availability[of], 0)
  const goodMs = sum('goodMs')
  const knownMs = sum('knownMs')
  const share = knownMs === 0 ? null : goodMs / knownMs
  return {
    from,
    to,
    runners,
    availability: { goodMs, knownMs, unknownMs: sum('unknownMs'), share },
    queue: await queueOf(engine.reads, runners, to),
  }
}

async function queueOf(
  reads: RouteContext['engine']['reads'],
  runners: readonly FleetRunner[],
  now: number,
): Promise<FleetAnswer['queue']> {
  const byLabels = Map.groupBy(await queuedJobs(reads, now), ({ labels }) =>
    labels.toSorted().join(' '),
  )
  const up = runners.filter(({ status }) => status === 'up')
  return [...byLabels].map(([key, jobs]) => {
    const labels = key === '' ? [] : key.split(' ')
    return {
      labels,
      waiting: jobs.length,
      oldestAt: Math.min(...jobs.map(({ readyAt }) => readyAt)),
      isServed: up.some((each) => labels.every((label) => each.labels.includes(label))),
    }
  })
}
