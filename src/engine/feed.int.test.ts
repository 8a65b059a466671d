import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { quiet, withDatabase } from '../../test/support/database.ts'
import { until } from '../../test/support/until.ts'
import { Bus } from './bus.ts'
import { Feed } from './feed.ts'
import { migrate } from './migrations.ts'
import type { Database } from './sql.ts'
import { ensureViews } from './rebuild.ts'
import {
  after,
  appending,
  type Cursor,
  type DomainEvent,
  head,
  type Recorded,
  START,
} from './store.ts'
import { defineView } from './views.ts'

async function feedFor(t: TestContext) {
  const database = await withDatabase(t)
  await migrate(database)
  const bus = new Bus(database)
  const feed = new Feed(database, bus, quiet)
  t.after(() => feed.stop())
  return { database, bus, feed }
}

/** Events `from` to `to` of one stream, all settled. */
async function write(database: Database, from: number, to: number): Promise<void> {
  const events = Array.from({ length: to - from }, (_, i) => ({
    type: 'count.added',
    at: from + i,
    by: 'ana',
  }))
  await database.pool.query(appending('count-a', from, events, 'ana'))
  // The feed tells what is settled, and somebody else's transaction may delay that.
  await until('settled', async () => {
    const [last] = await database.query<{ pos: number }>(
      't.last',
      'select max(pos) pos from events',
    )
    return (await head(database)).pos === last?.pos
  })
}

const list = (until: number, from = 0) => Array.from({ length: until - from }, (_, i) => from + i)

describe('the feed', () => {
  it('tells each event once and in order, while many write', async (t) => {
    const { database, bus, feed } = await feedFor(t)
    await feed.start()
    const seen: number[] = []
    await feed.watch(({ event }) => seen.push(event.at))
    for (let i = 0; i < 40; i++) {
      await write(database, i * 10, i * 10 + 10)
      bus.ring()
    }
    await until('all seen', () => seen.length >= 400)
    assert.deepEqual(seen, list(400))
  })

  it('shows who comes back what it missed, without a gap or a repeat', async (t) => {
    const { database, bus, feed } = await feedFor(t)
    await write(database, 0, 10)
    const place = await head(database)
    await feed.start()
    // The reader of all has not seen these: nobody rang. The replay has.
    await write(database, 10, 20)
    const seen: number[] = []
    await feed.watch(({ event }) => seen.push(event.at), place)
    assert.deepEqual(seen, list(20, 10))
    await write(database, 20, 30)
    bus.ring()
    await until('the rest', () => seen.includes(29))
    assert.deepEqual(seen, list(30, 10))
  })

  it('loses nothing that is written while it replays', async (t) => {
    const { database, bus, feed } = await feedFor(t)
    await write(database, 0, 1_200)
    await feed.start()
    const seen: number[] = []
    const watching = feed.watch(({ event }) => seen.push(event.at), START)
    for (let i = 0; i < 20; i++) {
      await write(database, 1_200 + i, 1_201 + i)
      bus.ring()
    }
    await watching
    await until('the rest', () => seen.includes(1_219))
    assert.deepEqual(seen, list(1_220))
  })

  it('tells who missed too much, or knows another history, to start afresh', async (t) => {
    const { database, feed } = await feedFor(t)
    await write(database, 0, 5_001)
    await feed.start()
    const nobody = () => {}
    assert.equal(await feed.watch(nobody, START), undefined)
    const { xid } = await head(database)
    const beyond: Cursor = { xid: String(BigInt(xid) + 1_000n), pos: 1 }
    assert.equal(await feed.watch(nobody, beyond), undefined)
    assert.ok(await feed.watch(nobody, await head(database)))
  })

  it('keeps no watcher whose past could not be read', async (t) => {
    const { database, bus, feed } = await feedFor(t)
    await feed.start()
    const seen: Recorded[] = []
    const broken = new Feed(new Proxy(database, unreadable), bus, quiet)
    t.after(() => broken.stop())
    await assert.rejects(
      broken.watch((event) => seen.push(event), START),
      /away/,
    )
    await write(database, 0, 1)
    bus.ring()
    const heard = Promise.withResolvers<void>()
    await feed.watch(() => heard.resolve(), START)
    await heard.promise
    assert.deepEqual(seen, [])
  })

  it('stops telling who stopped watching', async (t) => {
    const { database, bus, feed } = await feedFor(t)
    await feed.start()
    const [one, other]: [number[], number[]] = [[], []]
    const stop = await feed.watch(({ event }) => one.push(event.at))
    await feed.watch(({ event }) => other.push(event.at))
    stop?.()
    await write(database, 0, 1)
    bus.ring()
    await until('the other saw it', () => other.length === 1)
    assert.deepEqual(one, [])
  })
})

describe('the order of everything', () => {
  it('is that of numbers, also where they grow by a digit', async (t) => {
    const { database } = await feedFor(t)
    const xids = ['8', '9', '10', '11', '99', '100', '101']
    for (const [i, xid] of xids.entries())
      await database.pool.query(
        `insert into events(xid, stream, version, type, data, actor)
         values ($1::xid8, 'count-a', $2, 'count.added', $3, 'ana')`,
        [xid, i + 1, { type: 'count.added', at: i, by: 'ana' }],
      )
    assert.equal((await head(database)).xid, '101')
    const seen: string[] = []
    for (let cursor = START; ;) {
      const page = await after(database, cursor, 2)
      if (page.length === 0) break
      for (const each of page) seen.push(each.cursor.xid)
      cursor = page.at(-1)?.cursor ?? cursor
    }
    assert.deepEqual(seen, xids)
  })

  it('is what a view is made anew by', async (t) => {
    const { database } = await feedFor(t)
    const view = defineView<{ id: string; seen: string }, DomainEvent>({
      name: 'seen',
      version: 1,
      reads: ['count'],
      columns: { id: 'text', seen: 'text' },
      key: ['id'],
      rows: ({ id }) => [[id]],
      fold: (row, { event, id }) => ({ id, seen: `${row?.seen ?? ''}${event.at} ` }),
    })
    for (const [i, xid] of ['9', '10', '100'].entries())
      await database.pool.query(
        `insert into events(xid, stream, version, type, data, actor)
         values ($1::xid8, 'count-a', $2, 'count.added', $3, 'ana')`,
        [xid, i + 1, { type: 'count.added', at: i, by: 'ana' }],
      )
    await ensureViews(database, [view], quiet)
    assert.deepEqual(await database.query('test.seen', 'select seen from seen'), [
      { seen: '0 1 2 ' },
    ])
  })
})

const unreadable: ProxyHandler<Database> = {
  get(database, name) {
    if (name === 'query') return async () => Promise.reject(new Error('the database is away'))
    return Reflect.get(database, name) as unknown
  },
}
