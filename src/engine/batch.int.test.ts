import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { withDatabase } from '../../test/support/database.ts'
import { Batch, type Statement } from './batch.ts'
import { Session } from './session.ts'
import { readsOf } from './sql.ts'

async function connect(t: TestContext) {
  const database = await withDatabase(t)
  const client = await database.pool.connect()
  t.after(() => client.release(true))
  const ask = (...statements: Statement[]) => {
    const batch = new Batch(statements)
    client.query(batch)
    return batch.answers
  }
  return { database, client, ask }
}

const one = (value: number): Statement => ({
  name: 'one',
  text: 'select $1::int as n',
  values: [value],
})
const divide: Statement = { name: 'divide', text: 'select 1 / $1::int as n', values: [0] }
const table: Statement = { name: 'table', text: 'create table seen(n int8, at timestamptz)' }
const insert = (n: number): Statement => ({
  name: 'insert',
  text: 'insert into seen values ($1, to_timestamp(1))',
  values: [n],
})

describe('a batch', () => {
  it('answers each statement in its order, with rows, counts and instants', async (t) => {
    const { ask } = await connect(t)
    await ask(table)
    const all = { name: 'all', text: 'select * from seen order by n' }
    const answers = await ask(one(7), insert(1), insert(2), all, one(8))
    assert.deepEqual(
      answers.map(({ rows, rowCount }) => [rowCount, rows]),
      [
        [1, [{ n: 7 }]],
        [1, []],
        [1, []],
        // Whole numbers of eight bytes and instants are numbers.
        [2, [1, 2].map((n) => ({ n, at: 1000 }))],
        [1, [{ n: 8 }]],
      ],
    )
  })

  it('runs nothing behind the first that fails, and a rollback undoes the rest', async (t) => {
    const { ask } = await connect(t)
    await ask(table)
    const begin = { name: 'begin', text: 'begin' }
    const commit = { name: 'commit', text: 'commit' }
    await assert.rejects(ask(begin, insert(1), divide, insert(2), commit), { code: '22012' })
    await ask({ name: 'rollback', text: 'rollback' })
    const [count] = await ask({ name: 'count', text: 'select count(*)::int as n from seen' })
    assert.deepEqual(count?.rows, [{ n: 0 }])
  })

  it('forgets that it sent what the server never prepared', async (t) => {
    const { ask } = await connect(t)
    await assert.rejects(ask(divide, one(1)), { code: '22012' })
    const [answer] = await ask(one(2))
    assert.deepEqual(answer?.rows, [{ n: 2 }])
    const refused = { name: 'refused', text: 'select from nothing' }
    for (let i = 0; i < 2; i++) await assert.rejects(ask(refused, one(3)), { code: '42P01' })
  })

  it('sends nothing when a value cannot be sent, and the connection goes on', async (t) => {
    const { ask } = await connect(t)
    const hostile = { toPostgres: () => assert.fail('no text of me') }
    const broken = { ...one(1), name: 'broken', values: [hostile] }
    await ask(table)
    await assert.rejects(ask(insert(1), broken, one(2)), /no text of me/)
    const count = { name: 'count', text: 'select count(*)::int as n from seen' }
    const answers = await ask(count, { ...broken, values: [5] }, insert(2))
    assert.deepEqual(
      answers.map(({ rows }) => rows),
      [[{ n: 0 }], [{ n: 5 }], []],
    )
  })

  it('fails when its connection does', async (t) => {
    const { database, client, ask } = await connect(t)
    const [me] = await ask({ name: 'me', text: 'select pg_backend_pid() as pid' })
    client.on('error', () => {})
    const waiting = ask(one(1), { name: 'sleep', text: 'select pg_sleep(30)' }, one(2))
    const ended = assert.rejects(waiting, { code: '57P01' })
    await database.query('test.kill', 'select pg_terminate_backend($1)', [me?.rows[0]?.['pid']])
    await ended
    await assert.rejects(ask(one(3)), /terminated|not queryable|ECONNRESET/)
  })
})

describe('a session', () => {
  it('sends what was kept for later before what is asked, and with it', async (t) => {
    const { client } = await connect(t)
    const sent: number[] = []
    const query = client.query.bind(client) as (batch: unknown) => unknown
    client.query = ((batch: unknown) => {
      sent.push(sent.length)
      return query(batch)
    }) as unknown as typeof client.query
    const session = new Session(client)
    session.later(table, insert(1))
    session.later(insert(2))
    assert.equal(sent.length, 0)
    const { rows } = await session.query({ name: 'sum', text: 'select sum(n) as n from seen' })
    assert.deepEqual([rows, sent.length], [[{ n: '3' }], 1])
  })

  it('sends it before the text of a query builder too', async (t) => {
    const { client } = await connect(t)
    const session = new Session(client)
    session.later(table, insert(4))
    const seen = readsOf(session).withTables<{ seen: { n: number } }>().selectFrom('seen')
    assert.deepEqual(await seen.select('n').where('n', '=', 4).execute(), [{ n: 4 }])
  })
})
