/** Releasing at the size of a large company, on one server and one database. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { DatabaseAddress } from '#engine/sql.ts'
import type { PolicyRow } from '#gates/events.ts'
import { SYSTEM } from '#kernel/actor.ts'
import { promotions } from '#rollouts/promotion.ts'
import { freezes } from '#releases/freeze.ts'
import { withCluster } from './cluster.ts'
import { type Figures, percentile } from './figures.ts'
import { coresUsed } from './releases/cpu.ts'
import { matrix } from './releases/matrix.ts'
import { freezeOf, makeWorld, planned, promotionOf, write } from './releases/world.ts'

const SECOND_MS = 1_000
const IDLE_MS = 20 * SECOND_MS
const SETTLE_MS = 600 * SECOND_MS
/** 100,000 deployments a week, a hundred times as fast. */
const STARTS_A_SECOND = (100_000 / (7 * 86_400)) * 100
const FLOW_MS = 40 * SECOND_MS
const WARM_MS = 5 * SECOND_MS

const analysis = { tickMs: 2 * SECOND_MS, requestsMin: 0 }
const quick: PolicyRow = {
  checks: [],
  strategy: 'canary',
  steps: [
    { weight: 10, bakeMs: 4 * SECOND_MS },
    { weight: 50, bakeMs: 4 * SECOND_MS },
  ],
  bakeMs: 4 * SECOND_MS,
  analysis,
}

export async function run(): Promise<Figures> {
  return {
    ...(await withCluster(waiting)),
    ...(await withCluster(flow)),
    ...(await withCluster(frozen)),
    ...(await withCluster(matrix)),
  }
}

/** What rollouts cost that wait for a freeze to end: nothing happens, and nothing should be done. */
export async function waiting(address: DatabaseAddress): Promise<Figures> {
  const size = { services: 1_000, environments: 10, row: quick }
  const world = await makeWorld(address, size)
  const { engine } = world
  await engine.start()
  await settled(world)
  const none = await coresUsed(engine.database, IDLE_MS)
  const promotion = await planned(world, size)
  const all = range(size.environments).flatMap((e) =>
    range(size.services).map((s) => [s, e] as const),
  )
  await write(engine, [freezeOf('sale'), ...all.map(([s, e]) => promotion(s, e))])
  const startedAt = performance.now()
  const wakes = all.map(([s, e]) => ({ kind: 'promotion', key: promotionOf(s, e) }))
  await engine.wake(wakes)
  await settled(world)
  const lookMs = performance.now() - startedAt
  const cores = await coresUsed(engine.database, IDLE_MS)
  await world.close()
  return {
    'rollouts that wait': { value: all.length, unit: '' },
    'first look at all of them': { value: lookMs / 1_000, unit: 's' },
    'idle, none waiting': { value: none * 100, unit: '% of a core' },
    'idle, all waiting': { value: cores * 100, unit: '% of a core' },
  }
}

/** Deployments that come as fast as in a very large company's week, a hundred times over. */
export async function flow(address: DatabaseAddress): Promise<Figures> {
  const count = Math.floor((STARTS_A_SECOND * FLOW_MS) / SECOND_MS)
  const size = { services: count, environments: 1, row: quick }
  const world = await makeWorld(address, size)
  const { engine } = world
  await engine.start()
  await settled(world)
  // The first seconds of a process are its compiler's.
  const warm = setTimeout(() => (world.lags.length = 0), WARM_MS)
  await start(world, size, STARTS_A_SECOND)
  clearTimeout(warm)
  const done = await finished(world, count)
  const { lags } = world
  await world.close()
  return {
    'deployments started': { value: STARTS_A_SECOND, unit: '/s' },
    'of which validated': { value: done / count, unit: 'ratio', goal: '1' },
    'reconcile lag p50': { value: percentile(lags, 0.5), unit: 'ms' },
    'reconcile lag p99': { value: percentile(lags, 0.99), unit: 'ms', goal: '<= 1000' },
  }
}

/** An emergency stop while many climb: how long some still went on. */
export async function frozen(address: DatabaseAddress): Promise<Figures> {
  const size = { services: 200, environments: 1, row: quick }
  const world = await makeWorld(address, size)
  const { engine } = world
  await engine.start()
  await start(world, size, 100)
  await sleep(4 * SECOND_MS)
  const [, declared] = freezeOf('stop', 'immediate')
  const { type: _, ...terms } = declared
  const command = { ...terms, type: 'freeze.declare' } as never
  const done = await engine.execute(freezes, 'stop', command, { actor: SYSTEM })
  if (done.rejected) throw new Error(done.message)
  await sleep(8 * SECOND_MS)
  const [row] = await engine.database.query<{ after: number | null; under: number }>(
    'bench.frozen',
    `select (extract(epoch from max(e.recorded_at) filter (where e.type = 'deployment.weightSet'
         and e.recorded_at > f.recorded_at) - max(f.recorded_at)) * 1000)::float8 as after,
       count(*) filter (where e.type = 'deployment.started')::int as under
     from events e, (select recorded_at from events where stream = 'freeze-stop') f`,
  )
  await world.close()
  return {
    'rollouts started before a freeze': { value: row?.under ?? 0, unit: '' },
    'last step after the freeze': { value: row?.after ?? 0, unit: 'ms', goal: '<= 1000' },
  }
}

type World = Awaited<ReturnType<typeof makeWorld>>

async function start(world: World, size: Parameters<typeof planned>[1], perS: number) {
  const { engine } = world
  const promotion = await planned(world, size)
  const startedAt = performance.now()
  for (const s of range(size.services)) {
    const waitMs = startedAt + (s * SECOND_MS) / perS - performance.now()
    if (waitMs > 0) await sleep(waitMs)
    const [, { type: _, ...terms }] = promotion(s, 0)
    const command = { ...terms, type: 'promotion.plan' } as never
    const done = await engine.execute(promotions, promotionOf(s, 0), command, { actor: SYSTEM })
    if (done.rejected) throw new Error(done.message)
  }
}

/** Until nothing is due any more. */
async function settled({ engine }: World): Promise<void> {
  for (const end = performance.now() + SETTLE_MS; performance.now() < end; await sleep(100)) {
    const [row] = await engine.database.query<{ due: number }>(
      'bench.due',
      'select count(*)::int as due from due where due_at <= clock_timestamp()',
    )
    if (row?.due === 0) return
  }
}

async function finished({ engine }: World, count: number): Promise<number> {
  let done = 0
  for (const end = performance.now() + SETTLE_MS; performance.now() < end; await sleep(200)) {
    const [row] = await engine.database.query<{ ended: number; good: number }>(
      'bench.ended',
      `select count(*) filter (where type = 'deployment.finished')::int as ended,
         count(*) filter (where type = 'release.validated')::int as good from events`,
    )
    done = row?.good ?? 0
    if ((row?.ended ?? 0) >= count) break
  }
  return done
}

const range = (count: number) => Array.from({ length: count }, (_, n) => n)
