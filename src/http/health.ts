/** For those who watch the watchman: alive, ready, and numbers for Prometheus. */
import { deadLetters } from '#engine/due.ts'
import type { Engine } from '#engine/engine.ts'
import { exposed, type Metric } from '#engine/exposition.ts'
import type { App } from '#engine/routing.ts'
import { MetricsPush, type PushNeeds } from './push-metrics.ts'

export interface Watched {
  readonly engine: Engine
  /** Those who follow the live stream of this process. */
  readonly watching: { readonly clients: number }
  /** What rooms count, with names of services or without. */
  readonly metrics?: ((hasNames: boolean) => Promise<readonly Metric[]>) | undefined
  /** Where they are pushed too, while the server runs. */
  readonly push?: Omit<PushNeeds, 'measure'> | undefined
}

export function mountHealth(app: App, watched: Watched): void {
  const { engine } = watched
  const schema = { hide: true }
  app.get('/healthz', { schema }, async () => ({ ok: true }))
  // Throws the database's fault when it is away, which answers 503 by itself.
  app.get('/readyz', { schema }, async () => {
    await engine.database.query('health.ready', 'select 1')
    return { ok: true }
  })
  app.get('/metrics', { schema, config: METRICS }, async ({ actor }, reply) => {
    const all = await allMetrics(watched, actor !== undefined)
    return reply.type('text/plain; version=0.0.4; charset=utf-8').send(exposed(all))
  })
  if (watched.push === undefined) return
  // Whoever named the receiver may know the names.
  const measure = () => allMetrics(watched, true)
  const push = new MetricsPush({ ...watched.push, measure })
  app.addHook('onReady', async () => push.start())
  app.addHook('onClose', () => push.stop())
}

async function allMetrics(watched: Watched, hasNames: boolean): Promise<readonly Metric[]> {
  const all = await Promise.all([ownMetrics(watched), watched.metrics?.(hasNames) ?? []])
  return all.flat()
}

const METRICS = { rateLimit: false, nameless: true } as const

interface DueRow {
  readonly kind: string
  readonly keys: number
  readonly waiting: number
  readonly late: number
}

async function ownMetrics({ engine, watching }: Watched): Promise<readonly Metric[]> {
  const { database } = engine
  const [due, dead, [events]] = await Promise.all([
    database.query<DueRow & Record<string, unknown>>(
      'health.due',
      `select kind, count(*)::float8 as keys, count(*) filter (where is_late)::float8 as waiting,
         coalesce(max(extract(epoch from clock_timestamp() - due_at)) filter (where is_late), 0)
           ::float8 as late
       from (select kind, due_at, due_at <= clock_timestamp() and lease_until is null as is_late
         from due where not dead) d group by kind order by kind`,
    ),
    deadLetters(database),
    database.query<{ n: number }>(
      'health.events',
      `select coalesce(pg_sequence_last_value(pg_get_serial_sequence('events', 'pos')), 0)::float8
         as n`,
    ),
  ])
  const gauge = (name: string, help: string, value: number): Metric => ({
    ...{ name, help },
    type: 'gauge',
    samples: [{ labels: {}, value }],
  })
  const byKind = (name: string, help: string, of: (row: DueRow) => number): Metric => ({
    ...{ name, help },
    type: 'gauge',
    samples: due.map((row) => ({ labels: { kind: row.kind }, value: of(row) })),
  })
  const waiting = due.reduce((sum, row) => sum + row.waiting, 0)
  const late = Math.max(0, ...due.map((row) => row.late))
  return [
    gauge('signalbox_due_waiting', 'Keys that are due and not yet taken.', waiting),
    gauge('signalbox_due_late_seconds', 'Age of the oldest of them.', late),
    byKind('signalbox_due_keys', 'Keys that are to be looked at some time.', (row) => row.keys),
    byKind('signalbox_reconcile_waiting', 'Keys that are due, by kind.', (row) => row.waiting),
    byKind('signalbox_reconcile_lag_seconds', 'Age of the oldest, by kind.', (row) => row.late),
    gauge('signalbox_dead_letters', 'Keys that were given up; a person must look.', dead.length),
    gauge('signalbox_stream_clients', 'Who follows the live stream here.', watching.clients),
    {
      name: 'signalbox_events_total',
      help: 'Events, by their last position.',
      type: 'counter',
      samples: [{ labels: {}, value: events?.n ?? 0 }],
    },
    gauge(
      'process_resident_memory_bytes',
      'Resident memory of the server.',
      process.memoryUsage().rss,
    ),
  ]
}
