import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { quiet, withDatabase } from '../../test/support/database.ts'
import { until } from '../../test/support/until.ts'
import { Bus } from './bus.ts'
import { deadLetters, extend, nextDueIn, settle, take, type Taken, wake } from './due.ts'
import { defineReconciler, ReconcilerLoop } from './loop.ts'
import { migrate } from './migrations.ts'
import { beat, forget, silentFor } from './presence.ts'
import type { Database } from './sql.ts'

const LEASE = 60_000
const limits = new Map([['k', 10]])

async function table(t: TestContext): Promise<Database> {
  const database = await withDatabase(t)
  await migrate(database)
  return database
}

async function taken(database: Database, owner = 'one', leaseMs = LEASE): Promise<Taken> {
  const [first] = await take(database, owner, leaseMs, limits)
  assert.ok(first)
  return first
}

const rows = (database: Database) =>
  database.query<{ key: string; attempt: number; dead: boolean; due_in: number }>(
    'test.due',
    `select key, attempt, dead,
       extract(epoch from due_at - clock_timestamp())::float8 * 1000 as due_in
     from due order by key`,
  )

describe('the due table', () => {
  it('hands a key to one, once; settled it is gone', async (t) => {
    const database = await table(t)
    await wake(database.pool, [
      { kind: 'k', key: 'a' },
      { kind: 'k', key: 'a' },
    ])
    const all = await Promise.all(['x', 'y', 'z'].map((who) => take(database, who, LEASE, limits)))
    assert.deepEqual(
      all.flat().map(({ key, attempt }) => [key, attempt]),
      [['a', 1]],
    )
    const [[one]] = all.filter((each) => each.length > 0) as [[Taken]]
    await settle(database, one, {})
    assert.deepEqual(await rows(database), [])
  })

  it('takes no more of a kind than there is room for, the longest due first', async (t) => {
    const database = await table(t)
    const at = Date.now()
    const keys = ['c', 'a', 'b']
    await wake(
      database.pool,
      keys.map((key, i) => ({ kind: 'k', key, at: at - 1000 + i })),
    )
    await wake(database.pool, [{ kind: 'other', key: 'x' }])
    const got = await take(database, 'one', LEASE, new Map([['k', 2]]))
    assert.deepEqual(got.map(({ key }) => key).sort(), ['a', 'c'])
  })

  it('keeps a wake-up that comes during a run, and never moves one later', async (t) => {
    const database = await table(t)
    await wake(database.pool, [{ kind: 'k', key: 'a' }])
    const first = await taken(database)
    await wake(database.pool, [{ kind: 'k', key: 'a', at: Date.now() + 3_600_000 }])
    await settle(database, first, { at: Date.now() + 7_200_000 })
    assert.equal((await taken(database)).key, 'a')
  })

  it('waits until the instant that was asked for, and says how long that is', async (t) => {
    const database = await table(t)
    await wake(database.pool, [{ kind: 'k', key: 'a', at: Date.now() + 600_000 }])
    assert.deepEqual(await take(database, 'one', LEASE, limits), [])
    const ms = (await nextDueIn(database, ['k'])) ?? 0
    assert.ok(ms > 500_000 && ms <= 600_000)
    assert.equal(await nextDueIn(database, ['other']), undefined)
  })

  it('lets a server whose clock is wrong wait as long as it asks for', async (t) => {
    const database = await table(t)
    await wake(database.pool, [{ kind: 'k', key: 'a' }])
    // Three hours ago, by our clock.
    const now = Date.now() - 10_800_000
    await settle(database, await taken(database), { at: now + 600_000, now })
    assert.deepEqual(await take(database, 'one', LEASE, limits), [])
    const ms = (await nextDueIn(database, ['k'])) ?? 0
    assert.ok(ms > 500_000 && ms <= 600_000)
  })

  it('gives the key of a dead holder to another, whose fence is newer', async (t) => {
    const database = await table(t)
    await wake(database.pool, [{ kind: 'k', key: 'a' }])
    const dead = await taken(database, 'dead', -1)
    const heir = await taken(database, 'heir')
    assert.ok(heir.fence > dead.fence)
    assert.equal(heir.attempt, 2)
    assert.deepEqual([...(await extend(database, 'dead', LEASE, [dead.fence]))], [])
    assert.deepEqual([...(await extend(database, 'heir', LEASE, [heir.fence]))], [heir.fence])
    // Who comes back late changes nothing.
    await settle(database, dead, {})
    await settle(database, dead, { error: 'late', at: Date.now() })
    assert.deepEqual(
      (await rows(database)).map(({ key, attempt }) => [key, attempt]),
      [['a', 2]],
    )
  })

  it('shelves what is given up, and a new wake-up begins anew', async (t) => {
    const database = await table(t)
    await wake(database.pool, [{ kind: 'k', key: 'a' }])
    await settle(database, await taken(database), { error: 'broken', dead: true })
    assert.deepEqual(await deadLetters(database), [
      { kind: 'k', key: 'a', attempt: 1, last_error: 'broken' },
    ])
    assert.deepEqual(await take(database, 'one', LEASE, limits), [])
    await wake(database.pool, [{ kind: 'k', key: 'a' }])
    assert.equal((await taken(database)).attempt, 1)
  })

  it('does not shelve what was woken while it failed', async (t) => {
    const database = await table(t)
    await wake(database.pool, [{ kind: 'k', key: 'a' }])
    const first = await taken(database)
    await wake(database.pool, [{ kind: 'k', key: 'a' }])
    await settle(database, first, { error: 'broken', dead: true })
    assert.deepEqual(await deadLetters(database), [])
    assert.equal((await taken(database)).key, 'a')
  })

  it('is woken from two sides in opposite orders without a deadlock', async (t) => {
    const database = await table(t)
    const keys = Array.from({ length: 200 }, (_, i) => ({ kind: 'k', key: `key${i}` }))
    const rounds = Array.from({ length: 20 }, (_, i) =>
      database.transaction((c) => wake(c, i % 2 === 0 ? keys : keys.toReversed())),
    )
    await Promise.all(rounds)
    assert.equal((await rows(database)).length, 200)
  })
})

describe('two loops over one table', () => {
  it('the second takes over what the first let fall', async (t) => {
    const database = await table(t)
    await wake(database.pool, [{ kind: 'k', key: 'a' }])
    // A holder that crashed: nobody extends its lease, and nobody settles.
    await taken(database, 'crashed', 50)
    const seen = Promise.withResolvers<string>()
    const reconciler = defineReconciler({
      kind: 'k',
      concurrency: 1,
      hears: [],
      wokenBy: () => [],
      async reconcile(key) {
        seen.resolve(key)
      },
    })
    const bus = new Bus(database)
    const loop = new ReconcilerLoop(database, bus, [reconciler], quiet)
    loop.start()
    t.after(() => loop.stop())
    assert.equal(await seen.promise, 'a')
    await until('settled', async () => (await rows(database)).length === 0)
  })
})

describe('presence', () => {
  it('knows how long somebody has been silent, and forgets after a day', async (t) => {
    const database = await table(t)
    assert.equal(await silentFor(database, 'r'), undefined)
    await beat(database, 'r')
    const ms = (await silentFor(database, 'r')) ?? -1
    assert.ok(ms >= 0 && ms < 60_000)
    await database.pool.query(`update presence set at = at - interval '25 hours'`)
    assert.ok(((await silentFor(database, 'r')) ?? 0) > 86_400_000)
    await beat(database, 'r')
    await forget(database)
    assert.ok(((await silentFor(database, 'r')) ?? Infinity) < 60_000)
    await database.pool.query(`update presence set at = at - interval '25 hours'`)
    await forget(database)
    assert.equal(await silentFor(database, 'r'), undefined)
  })
})
