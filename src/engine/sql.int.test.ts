import assert from 'node:assert/strict'
import test from 'node:test'
import { withDatabase } from '../../test/support/database.ts'

test('a connection lost between two statements fails the work, not the process', async (t) => {
  const database = await withDatabase(t)
  const gone = Promise.withResolvers<void>()
  database.pool.on('connect', (client) => client.on('end', () => gone.resolve()))
  const work = database.transaction(async (session) => {
    const me = { name: 'test.me', text: 'select pg_backend_pid() as pid' }
    const { rows } = await session.query<{ pid: number }>(me)
    await database.query('test.kill', 'select pg_terminate_backend($1)', [rows[0]?.pid])
    await gone.promise
    await session.query(me)
  })
  await assert.rejects(work, { code: 'database.unavailable' })
  assert.deepEqual(await database.query('test.well', 'select 1 as one'), [{ one: 1 }])
})
