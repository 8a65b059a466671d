/** For those who watch the watchman: alive, ready, and numbers for Prometheus. */
import { deadLetters } from '#engine/due.ts'
import type { Engine } from '#engine/engine.ts'
import type { App } from '#engine/routing.ts'

export function mountHealth(app: App, engine: Engine): void {
  const schema = { hide: true }
  app.get('/healthz', { schema }, async () => ({ ok: true }))
  // Throws the database's fault when it is away, which answers 503 by itself.
  app.get('/readyz', { schema }, async () => {
    await engine.database.query('health.ready', 'select 1')
    return { ok: true }
  })
  app.get('/metrics', { schema, config: { rateLimit: false } }, async (_, reply) =>
    reply.type('text/plain; version=0.0.4').send(await metrics(engine)),
  )
}

async function metrics({ database }: Engine): Promise<string> {
  const [due] = await database.query<{ waiting: number; late_ms: number | null }>(
    'health.due',
    `select count(*) as waiting,
       extract(epoch from clock_timestamp() - min(due_at))::float8 * 1000 as late_ms
     from due where not dead and due_at <= clock_timestamp() and lease_until is null`,
  )
  const dead = await deadLetters(database)
  const memory = process.memoryUsage()
  const lines: readonly (readonly [name: string, help: string, value: number])[] = [
    ['signalbox_due_waiting', 'Keys that are due and not yet taken.', due?.waiting ?? 0],
    ['signalbox_due_late_seconds', 'Age of the oldest of them.', (due?.late_ms ?? 0) / 1000],
    ['signalbox_dead_letters', 'Keys that were given up; a person must look.', dead.length],
    ['process_resident_memory_bytes', 'Resident memory of the server.', memory.rss],
  ]
  return lines
    .map(
      ([name, help, value]) => `# HELP ${name} ${help}\n# TYPE ${name} gauge\n${name} ${value}\n`,
    )
    .join('')
}
