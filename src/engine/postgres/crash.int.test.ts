/**
 * What a crash leaves behind, reproduced: locks held by zombies and by strangers, workers that
 * outlive their server, half an initialisation. Where PostgreSQL alone would refuse to start, the
 * test shows first that it does.
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { access, mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { sortOutput } from './faults.ts'
import {
  type Bench,
  bench,
  crash,
  killGroup,
  plantPid,
  query,
  spawnStranger,
  spawnZombie,
  until,
} from './fixture.ts'
import { readLock, socketLockFile } from './lock-files.ts'
import { holderOf } from './process-state.ts'
import { spawnServer } from './server.ts'
import { socketDirOf } from './socket-dir.ts'
import { serverUser } from './user.ts'

/** A server that was killed; its locks then name `pid`, as they would after a reboot. */
async function crashLeaving(b: Bench, pidOf: () => number | Promise<number>): Promise<void> {
  const cluster = await b.start()
  await query(cluster, 'create table kept as select 1 as n')
  await crash(cluster)
  const pid = await pidOf()
  await plantPid(b.layout.lockFile, pid)
  await plantPid(socketLockFile(socketDirOf(b.layout.cluster), 5432), pid)
}

async function assertPostgresAloneRefuses(b: Bench): Promise<void> {
  const dir = socketDirOf(b.layout.cluster)
  const attempt = await spawnServer(await b.prepare(), {
    dir,
    port: 5432,
    overlookedPid: undefined,
  })
  attempt.child.ref()
  if (!attempt.hasExited()) await once(attempt.child, 'exit')
  assert.equal(sortOutput(await attempt.output()), 'busy')
}

async function assertStartsAnew(b: Bench): Promise<void> {
  const cluster = await b.start()
  assert.equal(cluster.adopted, false)
  assert.deepEqual(await query(cluster, 'select n from kept'), { n: 1 })
}

test('a zombie in the lock does not keep the server from starting', async (t) => {
  const b = await bench(t)
  await crashLeaving(b, async () => spawnZombie(b, await serverUser(b.layout.cluster)))
  await assertPostgresAloneRefuses(b)
  await assertStartsAnew(b)
})

test('a stranger who got the pid in the lock does not either', async (t) => {
  const b = await bench(t)
  await crashLeaving(b, async () => spawnStranger(b, await serverUser(b.layout.cluster)))
  await assertPostgresAloneRefuses(b)
  await assertStartsAnew(b)
})

test('the server of another database who got the pid is not adopted', async (t) => {
  const [b, other] = [await bench(t), await bench(t)]
  const stranger = await other.start()
  await crashLeaving(b, () => stranger.pid)
  await assertPostgresAloneRefuses(b)
  await assertStartsAnew(b)
  assert.deepEqual(await query(stranger, 'select 1 as one'), { one: 1 })
})

test('two different strangers, one in each lock', async (t) => {
  const b = await bench(t)
  const user = await serverUser(b.layout.cluster)
  await crashLeaving(b, () => spawnStranger(b, user))
  await plantPid(b.layout.lockFile, spawnStranger(b, user))
  await assertStartsAnew(b)
  const cluster = await b.start()
  assert.deepEqual([cluster.adopted, cluster.port], [true, 5433])
})

test('a stranger in the lock of the socket alone', async (t) => {
  const b = await bench(t)
  const cluster = await b.start()
  const lock = socketLockFile(cluster.host, cluster.port)
  await query(cluster, 'create table kept as select 1 as n')
  await crash(cluster)
  await plantPid(lock, spawnStranger(b, await serverUser(b.layout.cluster)))
  await assertStartsAnew(b)
})

test('a stranger in the lock of the database alone, as after a reboot', async (t) => {
  const b = await bench(t)
  await crashLeaving(b, async () => spawnStranger(b, await serverUser(b.layout.cluster)))
  // Booting clears the temporary directory.
  await rm(socketDirOf(b.layout.cluster), { recursive: true })
  await assertPostgresAloneRefuses(b)
  await assertStartsAnew(b)
})

test('the lock file is read and never written', async (t) => {
  const b = await bench(t)
  await crashLeaving(b, async () => spawnStranger(b, await serverUser(b.layout.cluster)))
  const before = await readFile(b.layout.lockFile, 'utf8')
  await assert.rejects(b.start({ no_such_setting: '1' }), { code: 'postgres.not-started' })
  assert.equal(await readFile(b.layout.lockFile, 'utf8'), before)
})

test('a worker that outlives its server holds up the next, whoever is in the lock', async (t) => {
  const b = await bench(t)
  const first = await b.start()
  await query(first, 'create table kept as select 1 as n')
  const { pid: worker } = await query(
    first,
    "select pid from pg_stat_activity where backend_type = 'background writer'",
  )
  assert.ok(typeof worker === 'number')
  process.kill(worker, 'SIGSTOP')
  b.defer(() => process.kill(worker, 'SIGCONT'))
  await crash(first)
  await plantPid(b.layout.lockFile, spawnStranger(b, await serverUser(b.layout.cluster)))
  const starting = assertStartsAnew(b)
  const refused = async () => /is still in use/.test(await readFile(b.layout.serverLog, 'utf8'))
  await Promise.race([until(refused), starting.then(() => assert.fail('two would have written'))])
  process.kill(worker, 'SIGCONT')
  await starting
})

test('half an initialisation is begun anew', async (t) => {
  const b = await bench(t, { withDatabase: false })
  const child = b.spawnElsewhere()
  await until(async () => {
    const names = await readdir(b.layout.dataDir).catch(() => [])
    const half = names.find((name) => name.startsWith('cluster.half-'))
    return half !== undefined && exists(join(b.layout.dataDir, half, 'PG_VERSION'))
  })
  await killGroup(child)
  assert.equal(await exists(b.layout.cluster), false)
  const cluster = await b.start()
  assert.deepEqual(await query(cluster, 'select 1 as one'), { one: 1 })
  assert.deepEqual((await readdir(b.layout.dataDir)).toSorted(), ['cluster', 'server.log'])
})

test('a half that another live process is making is left to it', async (t) => {
  const b = await bench(t, { withDatabase: false })
  const theirs = `cluster.half-${spawnStranger(b, undefined)}-abcdef`
  const ownFormerLife = `cluster.half-${process.pid}-abcdef`
  for (const name of [theirs, ownFormerLife])
    await mkdir(join(b.layout.dataDir, name), { recursive: true, mode: 0o711 })
  await writeFile(join(b.layout.dataDir, ownFormerLife, 'PG_VERSION'), '18\n')
  await b.start()
  const left = (await readdir(b.layout.dataDir)).toSorted()
  assert.deepEqual(left, ['cluster', theirs, 'server.log'])
})

test('the server of a killed process is told from one that was killed with it', async (t) => {
  const b = await bench(t)
  const { child, pid } = await b.startElsewhere()
  await killGroup(child)
  process.kill(pid, 'SIGKILL')
  await until(async () => (await holderOf(pid, b.layout.cluster)) !== 'server')
  assert.equal((await readLock(b.layout.lockFile))?.pid, pid)
  const cluster = await b.start()
  assert.equal(cluster.adopted, false)
})

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
