/** The engine against its floor: raw inserts on the same database in the same minute. */
import { Engine } from '#engine/engine.ts'
import { defineReconciler } from '#engine/loop.ts'
import { Database, type DatabaseAddress } from '#engine/sql.ts'
import { appending } from '#engine/store.ts'
import type { View } from '#engine/views.ts'
import { SYSTEM } from '#kernel/actor.ts'
import { quiet, withCluster } from './cluster.ts'
import { add, type Counted, counts, sums } from './counter.ts'
import { type Figures, load, percentile } from './figures.ts'

const FOR_MS = 3_000
const WAKES = 400

export async function run(): Promise<Figures> {
  return withCluster(async (address) => ({
    ...(await appends(address)),
    ...(await commands(address)),
    ...(await wakes(address)),
    ...(await rebuild(address)),
  }))
}

async function engineOver(address: DatabaseAddress, views: readonly View[]) {
  const database = new Database(address, quiet)
  const engine = new Engine({ database, views, authorize: () => undefined, log: quiet })
  await engine.prepare()
  const close = async () => {
    await engine.stop()
    await database.close()
  }
  return { engine, database, close }
}

/** Alternated, so that a disk in a bad minute is bad for both. */
async function appends(address: DatabaseAddress): Promise<Figures> {
  const { database, close } = await engineOver(address, [])
  await database.pool.query(
    `create table raw(pos bigint generated always as identity, stream text, version integer,
       type text, data jsonb, actor text, at timestamptz default clock_timestamp(),
       primary key (stream, version))`,
  )
  const data = JSON.stringify({ type: 'count.added', at: Date.now(), by: 'bench' })
  const raw = (name: string) => (n: number) =>
    database.query(
      'bench.raw',
      `insert into raw(stream, version, type, data, actor) values ($1, $2, $3, $4, $5)`,
      [`${name}-${n}`, 1, 'count.added', data, 'bench'],
    )
  const event = { type: 'count.added', at: Date.now(), by: 'bench' }
  const ours = (name: string) => (n: number) =>
    database.pool.query(appending(`count-${name}${n}`, 0, [event], 'bench'))
  const rounds = { raw: [] as number[], ours: [] as number[] }
  for (const round of ['a', 'b', 'c']) {
    rounds.raw.push((await load(8, FOR_MS / 3, raw(round))).perS)
    rounds.ours.push((await load(8, FOR_MS / 3, ours(round))).perS)
  }
  await close()
  const [rawPerS, oursPerS] = [percentile(rounds.raw, 0.5), percentile(rounds.ours, 0.5)]
  return {
    'raw insert @8': { value: rawPerS, unit: '/s' },
    'append @8': { value: oursPerS, unit: '/s' },
    'append / raw insert': { value: oursPerS / rawPerS, unit: 'ratio', goal: '>= 0.9' },
  }
}

/** Load the stream, decide, append, wake: each on a stream of its own, with and without a view. */
async function commands(address: DatabaseAddress): Promise<Figures> {
  const figures: Record<string, Figures[string]> = {}
  for (const [name, views] of [
    ['', []],
    [' with a view', [sums]],
  ] as const) {
    const { engine, close } = await engineOver(address, views)
    engine.use([reconcilerThat(async () => {})])
    const work = (round: string) => (n: number) =>
      engine.execute(counts, `${name.trim()}${round}${n}`, add(), { actor: SYSTEM })
    await load(4, 500, work('warm'))
    const one = await load(1, FOR_MS, work('one'))
    const many = await load(32, FOR_MS, work('many'))
    await engine.database.pool.query('truncate due')
    await close()
    figures[`command @1 p50${name}`] = { value: percentile(one.ms, 0.5), unit: 'ms', goal: '<= 5' }
    figures[`commands @32${name}`] = { value: many.perS, unit: '/s', goal: '>= 1500' }
  }
  return figures
}

function reconcilerThat(reconcile: (key: string) => Promise<void>) {
  return defineReconciler<Counted>({
    kind: 'count',
    concurrency: 8,
    hears: ['count'],
    wokenBy: ({ id }) => [id],
    reconcile,
  })
}

async function wakes(address: DatabaseAddress): Promise<Figures> {
  const { engine, close } = await engineOver(address, [])
  const started = new Map<string, () => void>()
  engine.use([reconcilerThat(async (key) => started.get(key)?.())])
  await engine.start()
  const ms: number[] = []
  for (let i = 0; i < WAKES; i++) {
    const seen = new Promise<void>((resolve) => started.set(`w${i}`, resolve))
    await engine.execute(counts, `w${i}`, add(), { actor: SYSTEM })
    const before = performance.now()
    await seen
    ms.push(performance.now() - before)
  }
  await close()
  return {
    'wake to reconcile p50': { value: percentile(ms, 0.5), unit: 'ms', goal: '<= 20' },
    'wake to reconcile p99': { value: percentile(ms, 0.99), unit: 'ms', goal: '<= 500' },
  }
}

async function rebuild(address: DatabaseAddress): Promise<Figures> {
  const { engine, close } = await engineOver(address, [sums])
  const before = performance.now()
  const events = await engine.rebuild()
  const perS = events / ((performance.now() - before) / 1000)
  await close()
  return { 'rebuild of a view': { value: perS, unit: 'events/s', goal: '>= 20000' } }
}
