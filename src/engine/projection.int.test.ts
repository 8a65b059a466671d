import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { SYSTEM } from '#kernel/actor.ts'
import type { Decider } from '#kernel/decider.ts'
import fc from 'fast-check'
import { quiet, withDatabase } from '../../test/support/database.ts'
import { Engine } from './engine.ts'
import { loading } from './view-sql.ts'
import { defineView } from './views.ts'

/** What becomes of the rows `keys` of one thing: set to the cells, or removed. */
interface Cells {
  readonly whole: number
  readonly large: number
  readonly flag: boolean
  readonly ratio: number
  readonly json: unknown
  readonly at: number | null
  readonly texts: readonly string[]
}
type Put = {
  type: 'shelf.put'
  at: number
  by: string
  keys: readonly string[]
  cells: Cells | null
}
type Told = Omit<Put, 'type'> & { type: 'shelf.told' }
const decider: Decider<number, Put[], Told, never> = {
  initial: 0,
  decide: (puts) => puts.map((put) => ({ ...put, type: 'shelf.told' })),
  evolve: (sum) => sum + 1,
}
// A command is an object with a type: here a list that is given one.
const shelf = { kind: 'shelf', decider: decider as never } as const
const put = (puts: readonly Put[]) => Object.assign([...puts], { type: 'shelf.put' }) as never

type Row = Cells & { readonly shelf: string; readonly name: string; readonly folds: number }
const names = ['shelves', 'copies'] as const
const views = names.map((name) =>
  defineView<Row, Told>({
    name,
    version: 1,
    reads: ['shelf'],
    columns: {
      shelf: 'text',
      name: 'text',
      folds: 'integer',
      whole: 'integer',
      large: 'bigint',
      flag: 'boolean',
      ratio: 'double precision',
      json: 'jsonb',
      at: 'timestamptz',
      texts: 'text[]',
    },
    key: ['shelf', 'name'],
    rows: ({ event, id }) => event.keys.map((key) => [id, key]),
    fold: (row, { event, id }, [, name = '']) =>
      event.cells === null
        ? undefined
        : { shelf: id, name, folds: (row?.folds ?? 0) + 1, ...event.cells },
  }),
)

async function engineFor(t: TestContext) {
  const database = await withDatabase(t)
  const engine = new Engine({ database, views, authorize: () => undefined, log: quiet })
  await engine.prepare()
  const rows = (name: (typeof names)[number]) =>
    engine.database.query<Row & Record<string, unknown>>(
      `test.${name}`,
      `select * from ${name} order by shelf, name`,
    )
  return { engine, rows }
}

const cells: fc.Arbitrary<Cells> = fc.record({
  whole: fc.integer(),
  large: fc.maxSafeInteger(),
  flag: fc.boolean(),
  ratio: fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => n || 0),
  json: fc.oneof(fc.array(fc.integer()), fc.constant({ a: { 'b"': null } }), fc.constant('text')),
  at: fc.option(fc.integer({ min: 0, max: 4e12 })),
  texts: fc.array(fc.constantFrom('', 'a,b', '{"', 'NULL', '\\', "it's", 'é')),
})
const puts = fc.array(
  fc.record({
    keys: fc.uniqueArray(fc.constantFrom('a', 'b', 'a"', '{c}', "d'"), { maxLength: 4 }),
    cells: fc.option(cells, { freq: 4 }),
  }),
  { minLength: 1, maxLength: 3 },
)
const asPut = (each: { keys: string[]; cells: Cells | null }): Put => ({
  type: 'shelf.put',
  at: 1,
  by: 'ana',
  ...each,
})

/** The rows as a reader of the events would make them, without a database. */
function expected(id: string, all: readonly Put[]): readonly Row[] {
  const rows = new Map<string, Row>()
  for (const { keys, cells: set } of all)
    for (const name of keys)
      if (set === null) rows.delete(name)
      else rows.set(name, { shelf: id, name, folds: (rows.get(name)?.folds ?? 0) + 1, ...set })
  return [...rows.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

describe('a view', () => {
  it('holds what its events say, in every type of column, live and made again', async (t) => {
    const { engine, rows } = await engineFor(t)
    let runs = 0
    await fc.assert(
      fc.asyncProperty(fc.array(puts, { minLength: 1, maxLength: 5 }), async (commands) => {
        const id = `s${String(runs++).padStart(3, '0')}`
        const all = commands.map((each) => each.map(asPut))
        for (const each of all) await engine.execute(shelf, id, put(each), { actor: SYSTEM })
        const want = expected(id, all.flat())
        for (const name of names) {
          const live = (await rows(name)).filter((row) => row.shelf === id)
          assert.deepEqual(live, want)
        }
      }),
      { numRuns: 15 },
    )
    const before = await rows('shelves')
    assert.ok(before.length > 0)
    await engine.rebuild()
    assert.deepEqual(await rows('shelves'), before)
    assert.deepEqual(await rows('copies'), before)
  })

  it('is loaded by its primary key, however small it was when that was planned', async (t) => {
    const { engine } = await engineFor(t)
    for (const keys of [
      [['s', 'a']],
      [
        ['s', 'a'],
        ['s', 'b'],
      ],
    ])
      for (const view of views) {
        const { text } = loading(view, keys)
        const { rows } = await engine.database.pool.query<{ 'QUERY PLAN': string }>(
          `explain (generic_plan) ${text}`,
        )
        const plan = rows.map((row) => row['QUERY PLAN']).join('\n')
        assert.match(plan, new RegExp(`Index Scan using ${view.name}_pkey`))
        assert.doesNotMatch(plan, /Seq Scan|Hash/)
      }
  })
})

describe('a command', () => {
  it('is three round trips, however many events and views', async (t) => {
    const { engine } = await engineFor(t)
    let trips = 0
    engine.database.pool.on('connect', (client) => {
      const query = client.query.bind(client) as (...args: unknown[]) => unknown
      client.query = ((...args: unknown[]) => {
        trips++
        return query(...args)
      }) as unknown as typeof client.query
    })
    const [some] = fc.sample(cells, 1)
    const all = ['a', 'b', 'c'].map((key) => asPut({ keys: [key, 'd'], cells: some ?? null }))
    await engine.execute(shelf, 's', put(all), { actor: SYSTEM, idempotencyKey: 'k' })
    assert.equal(trips, 3)
  })
})
