import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { take } from './due.ts'
import { migrate } from './migrations.ts'
import { type Database, readsOf } from './sql.ts'
import { withDatabase } from '../../test/support/database.ts'

const OFTEN = 8

async function withTable(t: TestContext): Promise<Database> {
  const database = await withDatabase(t)
  await database.query('', 'create table seen(n int, what text)')
  await database.query('', `insert into seen values (1, 'one'), (2, 'two')`)
  return database
}

const seen = (reads: Database['reads'], n: number) =>
  reads
    .withTables<{ seen: { n: number; what: string } }>()
    .selectFrom('seen')
    .selectAll()
    .where('n', '=', n)
    .executeTakeFirst()

describe('reading', () => {
  it('outlives that a table is made anew with other columns', async (t) => {
    const database = await withTable(t)
    for (let times = 0; times < OFTEN; times++) await seen(database.reads, 1)
    await database.query('', 'alter table seen add column more int default 7')
    const changed = { n: 2, what: 'two', more: 7 }
    assert.deepEqual(await seen(database.reads, 2), changed)
    const inside = database.transaction((session) => seen(readsOf(session), 2))
    assert.deepEqual(await inside, changed)
  })

  it('inside a transaction sees what it did, and fails with it', async (t) => {
    const database = await withTable(t)
    const work = database.transaction(async (session) => {
      session.later({ name: '', text: `update seen set what = 'changed' where n = 1` })
      const both = await Promise.all([seen(readsOf(session), 1), seen(readsOf(session), 2)])
      assert.deepEqual(
        both.map((row) => row?.what),
        ['changed', 'two'],
      )
      throw new Error('enough')
    })
    await assert.rejects(work, /enough/)
    assert.equal((await seen(database.reads, 1))?.what, 'one')
  })

  it('is over with its transaction', async (t) => {
    const database = await withTable(t)
    const reads = await database.transaction(async (session) => readsOf(session))
    await assert.rejects(seen(reads, 1), /transaction is over/)
  })
})

describe('taking what is due', () => {
  it('reads no more than that, however much is due some day', async (t) => {
    const database = await withDatabase(t)
    await migrate(database)
    await database.query(
      '',
      `insert into due(kind, key, due_at)
       select 'promotion', n::text, clock_timestamp() + interval '1 day'
       from generate_series(1, 5000) as n`,
    )
    await database.query('', 'analyze due')
    const client = await database.pool.connect()
    // The same connection tells what it read.
    const own = { query: client.query.bind(client) }
    const read = async () => {
      const { rows } = await own.query<{ n: string }>(
        `select pg_stat_get_xact_tuples_fetched('due'::regclass) +
           pg_stat_get_xact_tuples_returned('due'::regclass) as n`,
      )
      return Number(rows[0]?.n)
    }
    await own.query('begin')
    const before = await read()
    const through = {
      query: async (name: string, text: string, values: unknown[]) =>
        (await own.query({ name, text, values })).rows,
    } as unknown as Database
    await take(through, 'me', 1_000, new Map([['promotion', 4]]))
    const after = await read()
    await own.query('rollback')
    client.release()
    assert.ok(after - before < 100, `${after - before} rows were read`)
  })
})
