/**
 * Three servers over one database, killed at random while journeys flow: what was acknowledged is
 * there, every journey ends, and no two holders of one fence did the same effect.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { migrate } from '#engine/migrations.ts'
import { Database, type DatabaseAddress } from '#engine/sql.ts'
import { STEPS } from './chaos/journey.ts'
import { quiet, withCluster } from './cluster.ts'
import type { Figures } from './figures.ts'

const SERVERS = 3
const FOR_MS = 30_000
const JOURNEYS = 200
const KILL_EVERY_MS = 1_500
/** Ten times what a takeover takes. */
const SETTLE_MS = 50_000
const WORKER = fileURLToPath(new URL('./chaos/worker.ts', import.meta.url))

interface Server {
  child: ChildProcess
  port: number | undefined
}

export async function run(): Promise<Figures> {
  return withCluster(async (address) => {
    const database = new Database(address, quiet)
    await migrate(database)
    await database.pool.query(
      'create table effects(id text, step integer, fence bigint, worker integer)',
    )
    const stop = { now: false }
    const servers = await Promise.all(
      Array.from({ length: SERVERS }, () => startServer(address, stop)),
    )
    const killing = killAtRandom(servers)
    const acknowledged = await begin(servers)
    const kills = await killing
    const settledMs = await settle(database)
    stop.now = true
    for (const { child } of servers) child.kill('SIGKILL')
    const figures = await judge(database, acknowledged)
    await database.close()
    return {
      kills: { value: kills, unit: '' },
      'journeys acknowledged': { value: acknowledged.length, unit: '' },
      'settled after the last kill': { value: settledMs, unit: 'ms' },
      ...figures,
    }
  })
}

async function startServer(address: DatabaseAddress, stop: { now: boolean }): Promise<Server> {
  const start = () => fork(WORKER, [JSON.stringify(address)], { stdio: ['ignore', 2, 2, 'ipc'] })
  const server: Server = { child: start(), port: undefined }
  const attend = (child: ChildProcess) => {
    child.once('message', (port) => {
      server.port = Number(port)
    })
    child.once('exit', () => {
      server.port = undefined
      if (stop.now) return
      server.child = start()
      attend(server.child)
    })
  }
  attend(server.child)
  await once(server.child, 'message')
  return server
}

async function killAtRandom(servers: readonly Server[]): Promise<number> {
  const until = performance.now() + FOR_MS
  let kills = 0
  while (performance.now() < until) {
    await sleep(KILL_EVERY_MS)
    const up = servers.filter(({ port }) => port !== undefined)
    // One is left standing, so that somebody can acknowledge.
    const victim = up.length > 1 ? up[Math.floor(Math.random() * up.length)] : undefined
    if (victim === undefined) continue
    victim.port = undefined
    victim.child.kill('SIGKILL')
    kills++
  }
  return kills
}

/** Spread over the whole time; what was answered with 201 counts as acknowledged. */
async function begin(servers: readonly Server[]): Promise<readonly string[]> {
  const acknowledged: string[] = []
  for (let i = 0; i < JOURNEYS; i++) {
    await sleep(FOR_MS / JOURNEYS)
    const up = servers.filter(({ port }) => port !== undefined)
    const server = up[i % Math.max(1, up.length)]
    const url = `http://127.0.0.1:${server?.port}/j${i}`
    const answer = await fetch(url, { method: 'POST', signal: AbortSignal.timeout(3_000) }).catch(
      () => undefined,
    )
    if (answer?.status === 201) acknowledged.push(`j${i}`)
  }
  return acknowledged
}

async function settle(database: Database): Promise<number> {
  const startedAt = performance.now()
  while (performance.now() - startedAt < SETTLE_MS) {
    const { rows } = await database.pool.query<{ left: number }>('select count(*) as left from due')
    if (rows[0]?.left === 0) break
    await sleep(100)
  }
  return performance.now() - startedAt
}

async function judge(database: Database, acknowledged: readonly string[]): Promise<Figures> {
  const count = async (sql: string, values: unknown[] = []) =>
    (await database.pool.query<{ n: number }>(sql, values)).rows[0]?.n ?? Number.NaN
  const lost = await count(
    `select count(*) as n from unnest($1::text[]) as id
     where not exists (select from events where stream = 'journey-' || id)`,
    [acknowledged],
  )
  const unfinished = await count(
    `select count(*) as n from (select distinct stream from events) s
     where (select count(*) from events e where e.stream = s.stream and type = 'journey.stepped')
       <> $1`,
    [STEPS],
  )
  const sameFence = await count(
    `select count(*) as n from (
       select from effects group by id, step, fence having count(distinct worker) > 1) x`,
  )
  const repeated = await count(
    `select count(*) as n from (select from effects group by id, step having count(*) > 1) x`,
  )
  return {
    'acknowledged and lost': { value: lost, unit: '', goal: '0' },
    'journeys that did not end': { value: unfinished, unit: '', goal: '0' },
    'effects by two holders of a fence': { value: sameFence, unit: '', goal: '0' },
    'effects repeated after a kill': { value: repeated, unit: '' },
  }
}
