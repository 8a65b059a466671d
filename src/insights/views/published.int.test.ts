import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, it, type TestContext } from 'node:test'
import type pg from 'pg'
import { Engine } from '#engine/engine.ts'
import type { ObservationEvent } from '../events.ts'
import { VIEWS } from '../../app.ts'
import { quiet, withDatabase } from '../../../test/support/database.ts'
import { record } from '../../../test/support/facts.ts'
import { published } from '../views.ts'

async function started(t: TestContext) {
  const database = await withDatabase(t)
  const parts = { database, views: VIEWS, published, authorize: () => undefined, log: quiet }
  const engine = new Engine(parts)
  await engine.prepare()
  return { database, engine, parts }
}

/** The statements of the page, as an operator would paste them; the role belongs to the cluster. */
function statements(role: string): string {
  const page = readFileSync('docs/reference/sql.md', 'utf8')
  const [, block = ''] = /```sql\n([^`]+)```/.exec(page) ?? []
  return block.replaceAll('signalbox_bi', role)
}

type Place = Awaited<ReturnType<typeof started>>

/** Roles belong to the whole cluster: one a test, gone with its end. */
async function withRole<T>(
  { database: { pool } }: Place,
  work: (asReader: (ask: (client: pg.PoolClient) => Promise<void>) => Promise<void>) => Promise<T>,
): Promise<T> {
  const role = `bi_${randomBytes(6).toString('hex')}`
  await pool.query(statements(role))
  try {
    return await work(async (ask) => {
      const client = await pool.connect()
      try {
        await client.query(`set session authorization ${role}`)
        await ask(client)
      } finally {
        client.release(true)
      }
    })
  } finally {
    await pool.query(`drop owned by ${role}; drop role ${role}`)
  }
}

const told = (id: string, observation: object) =>
  ({
    type: 'observation.recorded',
    at: 1,
    by: 'system',
    observation: { source: 'github', sourceEventId: id, recordedAt: 1, ...observation },
  }) as unknown as ObservationEvent

describe('the schema for reports', () => {
  it('has every column that its page tells of, with its type', async (t) => {
    const { database } = await started(t)
    const { rows } = await database.pool.query<{ t: string; c: string; d: string }>(
      `select table_name as t, column_name as c, data_type as d from information_schema.columns
       where table_schema = 'bi' order by table_name, ordinal_position`,
    )
    const there = rows.map(({ t: table, c, d }) => [
      table,
      c,
      d === 'timestamp with time zone' ? 'timestamptz' : d,
    ])
    const wanted = published.flatMap(({ name, columns }) =>
      Object.entries(columns).map(([column, { type }]) => [name, column, type]),
    )
    assert.deepEqual(
      there,
      wanted.toSorted(([a = ''], [b = '']) => (a < b ? -1 : a > b ? 1 : 0)),
    )
  })

  it('is all that the role of its page may read, and it may write nothing', async (t) => {
    const place = await started(t)
    await withRole(place, (asReader) =>
      asReader(async (client) => {
        for (const { name } of published) await client.query(`select * from bi.${name} limit 1`)
        for (const table of ['events', 'tokens', 'actors', 'deployments', 'log_epochs'])
          await assert.rejects(client.query(`select * from ${table}`), /permission denied/, table)
        await assert.rejects(client.query('delete from bi.services'), /read-only|permission denied/)
        await assert.rejects(client.query('create table bi.mine(n int)'), /read-only|permission/)
      }),
    )
  })

  it('comes back when a view is made anew, and its readers may still read', async (t) => {
    const place = await started(t)
    await withRole(place, async (asReader) => {
      const read = () => asReader(async (client) => void (await client.query('table bi.runs')))
      await place.engine.rebuild()
      await read()
      const raised = VIEWS.map((view) => ({ ...view, version: view.version + 1 }))
      await new Engine({ ...place.parts, views: raised }).prepare()
      await read()
    })
  })

  it('shows changes as they were told in any order, and no key in an address', async (t) => {
    const { engine, database } = await started(t)
    const of = { repository: 'https://k:s@git.example/r.git', change: '7' }
    const merged = { type: 'change.merged', mergeSha: 'c1', occurredAt: 90_000, ...of }
    await record(engine, 'observation', 'o1', told('1', merged))
    const opened = { type: 'change.opened', occurredAt: 30_000, ...of }
    await record(engine, 'observation', 'o2', told('2', opened))
    const { rows } = await database.pool.query(
      'select repository, state, time_to_merge_seconds as s from bi.vcs_changes',
    )
    assert.deepEqual(rows, [{ repository: 'https://git.example/r.git', state: 'merged', s: 60 }])
  })
})
