import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Cluster } from './cluster.ts'
import { bench, crash, query, silent, until } from './fixture.ts'
import { startLasting } from './lasting.ts'

test('a database that is killed comes back where it was', async (t) => {
  const b = await bench(t)
  let latest: Cluster | undefined
  const lasting = await startLasting(async () => (latest = await b.start()), silent)
  t.after(() => lasting.stop())
  const first = latest
  assert.ok(first)
  await query(first, 'create table kept as select 7 as n')
  await crash(first)
  await until(async () => latest !== first)
  // Over the address that was given at the beginning, as the pool of a server does.
  assert.deepEqual(await query(lasting, 'select n from kept'), { n: 7 })
})

/** Dead as soon as it is stopped, or from the beginning. */
function fakeCluster(isDead: boolean): Cluster {
  const { promise: dead, resolve } = Promise.withResolvers<void>()
  if (isDead) resolve()
  const login = { user: 'u', password: 'p', database: 'd' }
  return {
    host: '/x',
    port: 1,
    ...login,
    pid: 1,
    adopted: false,
    dead,
    stop: async () => resolve(),
  }
}

test('a database that was stopped stays so', async () => {
  let starts = 0
  const start = async () => {
    starts++
    return fakeCluster(false)
  }
  const lasting = await startLasting(start, silent)
  await lasting.stop()
  // Timers fire in their order: one that would start it again has fired by then.
  await sleep(10)
  assert.equal(starts, 1)
})

test('a database that dies again and again is given up', async () => {
  let starts = 0
  const start = async () => {
    starts++
    if (starts === 3) throw new Error('no room')
    return fakeCluster(true)
  }
  const lasting = await startLasting(start, silent)
  await lasting.lost
  assert.equal(starts, 6)
})
