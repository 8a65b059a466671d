/** The ordinary life of the embedded server: first start, warm start, adoption, stop. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { lstat, readFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { bench, crash, death, killGroup, query, run, silent, until } from './fixture.ts'
import { readLock } from './lock-files.ts'
import { startOrAdopt } from './start-or-adopt.ts'

test('makes a database where there is nothing, under a long and awkward name', async (t) => {
  const name = `it's, "quoted" and ${'long '.repeat(30)}`
  const b = await bench(t, { withDatabase: false, name })
  const cluster = await b.start()
  assert.equal(cluster.adopted, false)
  assert.deepEqual(await query(cluster, 'select current_database() as name, 1 as one'), {
    name: 'signalbox',
    one: 1,
  })
  assert.ok(Buffer.byteLength(join(cluster.host, '.s.PGSQL.5432')) <= 107)
  assert.equal((await lstat(cluster.host)).mode & 0o777, 0o700)
  assert.equal((await lstat(b.layout.passwordFile)).mode & 0o777, 0o600)
  assert.deepEqual((await readdir(b.layout.dataDir)).toSorted(), ['cluster', 'server.log'])
  await cluster.stop()
  await assert.rejects(lstat(cluster.host), { code: 'ENOENT' })
})

test('keeps what was written over a stop, and over the kill of the server', async (t) => {
  const b = await bench(t)
  const first = await b.start()
  await query(first, 'create table kept as select 1 as n')
  await first.stop()
  const second = await b.start()
  await query(second, 'insert into kept values (2)')
  await crash(second)
  const third = await b.start()
  assert.deepEqual(await query(third, 'select sum(n)::int as sum from kept'), { sum: 3 })
})

test('tells when the server is gone, and stops one that is gone already', async (t) => {
  const b = await bench(t)
  const own = await b.start()
  const adopted = await b.start()
  assert.equal(adopted.adopted, true)
  process.kill(own.pid, 'SIGKILL')
  await Promise.all([death(own), death(adopted)])
  await Promise.all([own.stop(), own.stop(), adopted.stop()])
})

test('stopping an adopted server ends it for its owner as well', async (t) => {
  const b = await bench(t)
  const own = await b.start()
  const adopted = await b.start()
  await adopted.stop()
  await Promise.all([death(own), adopted.dead])
  assert.equal(await readLock(b.layout.lockFile), undefined)
})

test('adopts the server of a process that was killed', async (t) => {
  const b = await bench(t)
  const elsewhere = await b.startElsewhere()
  assert.equal(elsewhere.adopted, false)
  await killGroup(elsewhere.child)
  const cluster = await b.start()
  assert.deepEqual([cluster.adopted, cluster.pid], [true, elsewhere.pid])
  assert.deepEqual(await query(cluster, 'select 1 as one'), { one: 1 })
})

test('Ctrl-C reaches us and not the server', async (t) => {
  const b = await bench(t)
  const { child, pid } = await b.startElsewhere()
  assert.ok(child.pid)
  process.kill(-child.pid, 'SIGINT')
  await once(child, 'exit')
  const cluster = await b.start()
  assert.deepEqual([cluster.adopted, cluster.pid], [true, pid])
})

test('of two processes that start at once on nothing, one starts and one adopts', async (t) => {
  const b = await bench(t, { withDatabase: false })
  const both = await Promise.all([b.startElsewhere(), b.startElsewhere()])
  assert.equal(both[0].pid, both[1].pid)
  assert.deepEqual(both.map((one) => String(one.adopted)).toSorted(), ['false', 'true'])
  assert.deepEqual((await readdir(b.layout.dataDir)).toSorted(), ['cluster', 'server.log'])
})

test('of many starts at once in one process, one starts and the others adopt', async (t) => {
  const b = await bench(t)
  const all = await Promise.all(Array.from({ length: 4 }, () => b.start()))
  assert.equal(new Set(all.map((one) => one.pid)).size, 1)
  assert.equal(all.filter((one) => !one.adopted).length, 1)
})

test('a server of ours that came second is not left to wait for its turn', async (t) => {
  const b = await bench(t)
  const slow = join(b.dir, 'slow')
  await writeFile(slow, '#!/bin/sh\nwhile [ -e "$0" ]; do sleep 0.02; done\n', { mode: 0o755 })
  const isRunning = () =>
    run('pgrep', ['-f', slow]).then(
      () => true,
      () => false,
    )
  const { binaries, ...rest } = await b.prepare()
  const password = await readFile(b.layout.passwordFile, 'utf8')
  const login = { user: 'signalbox', database: 'signalbox', password }
  const at = { ...rest, binaries: { ...binaries, postgres: slow }, login, log: silent }
  const second = startOrAdopt(at)
  await until(isRunning)
  const first = await b.start()
  const { attempt, lock } = await second
  assert.deepEqual([attempt, lock.pid], [undefined, first.pid])
  assert.equal(await isRunning(), false)
})

test('waits for a server that is starting up, and asks it nothing meanwhile', async (t) => {
  const b = await bench(t)
  // A recovery that asks for more log, and waits for it as long as we like.
  await writeFile(join(b.layout.cluster, 'recovery.signal'), '')
  const go = join(b.dir, 'go')
  const restore_command = `until [ -e '${go}' ]; do sleep 0.02; done; false`
  const ready: string[] = []
  const starting = b.start({ restore_command, hot_standby: 'off' }).then(() => ready.push('own'))
  await until(async () => (await readLock(b.layout.lockFile))?.status === 'starting')
  const adopting = b.start().then((cluster) => ready.push(cluster.adopted ? 'adopted' : 'own'))
  await sleep(100) // several polls; a supervisor that does not wait would be ready by now
  assert.equal(ready.length, 0)
  await writeFile(go, '')
  await Promise.all([starting, adopting])
  assert.deepEqual(ready.toSorted(), ['adopted', 'own'])
  assert.doesNotMatch(await readFile(b.layout.serverLog, 'utf8'), /is starting up/)
})

test('waits for a server that is stopping, then starts anew', async (t) => {
  const b = await bench(t)
  const first = await b.start()
  // Stopping takes as long as its workers take to end, and one that is halted takes for ever.
  const { pid: worker } = await query(
    first,
    `select pid from pg_stat_activity
    where backend_type = 'checkpointer'`,
  )
  assert.ok(typeof worker === 'number')
  process.kill(worker, 'SIGSTOP')
  const stopping = first.stop()
  await until(async () => (await readLock(b.layout.lockFile))?.status === 'stopping')
  const starting = b.start()
  process.kill(worker, 'SIGCONT')
  await stopping
  const second = await starting
  assert.deepEqual([second.adopted, second.pid === first.pid], [false, false])
  assert.deepEqual(await query(second, 'select 1 as one'), { one: 1 })
})

test('is durable by default, and takes settings over the defaults', async (t) => {
  const b = await bench(t)
  const cluster = await b.start({ max_connections: '20' })
  const shown = await query(
    cluster,
    `select current_setting('fsync') as fsync,
      current_setting('synchronous_commit') as commit,
      current_setting('idle_in_transaction_session_timeout') as idle,
      current_setting('shared_buffers') as buffers,
      current_setting('jit') as jit,
      current_setting('max_connections') as connections,
      current_setting('listen_addresses') as addresses`,
  )
  assert.deepEqual(shown, {
    fsync: 'on',
    commit: 'on',
    idle: '10s',
    buffers: '64MB',
    jit: 'off',
    connections: '20',
    addresses: '',
  })
})
