import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import type { Decider } from '#kernel/decider.ts'
import { reject } from '#kernel/decider.ts'
import { SYSTEM } from '#kernel/actor.ts'
import { quiet, withDatabase } from '../../test/support/database.ts'
import { Engine, wish } from './engine.ts'
import { defineReconciler } from './loop.ts'
import { Rehearsal } from './rehearsal.ts'
import { after, history, START } from './store.ts'
import { defineView } from './views.ts'

type Command = { type: 'count.add'; at: number; by: string; amount: number }
type Counted = { type: 'count.added'; at: number; by: string; amount: number }
const decider: Decider<number, Command, Counted, 'count.negative'> = {
  initial: 0,
  decide: ({ at, by, amount }) => {
    if (amount === 0) return []
    if (amount < 0) return reject('count.negative', 'It only grows.', 'Add a positive number.')
    return [{ type: 'count.added', at, by, amount }]
  },
  evolve: (sum, { amount }) => sum + amount,
}
const counts = { kind: 'count', decider } as const
const add = (amount: number): Command => ({ type: 'count.add', at: 7, by: 'ana', amount })

interface SumRow {
  readonly id: string
  readonly sum: number
  readonly at: number
}
const sums = defineView<SumRow, Counted>({
  name: 'sums',
  version: 1,
  reads: ['count'],
  columns: { id: 'text', sum: 'integer', at: 'timestamptz' },
  key: ['id'],
  rows: ({ id }) => [[id]],
  fold: (row, { event, id }) => ({ id, sum: (row?.sum ?? 0) + event.amount, at: event.at }),
})

async function engineFor(t: TestContext) {
  const database = await withDatabase(t)
  const engine = new Engine({ database, views: [sums], authorize: () => undefined, log: quiet })
  await engine.prepare()
  return engine
}
const who = { actor: SYSTEM }
const rows = (engine: Engine) =>
  engine.reads.withTables<{ sums: SumRow }>().selectFrom('sums').selectAll().orderBy('id').execute()

describe('execute', () => {
  it('appends, folds the view and answers with the state', async (t) => {
    const engine = await engineFor(t)
    const done = await engine.execute(counts, 'a', add(2), who)
    assert.deepEqual(done.rejected ? done : [done.version, done.state], [1, 2])
    assert.deepEqual(await rows(engine), [{ id: 'a', sum: 2, at: 7 }])
    const [recorded] = await history(engine.database, 'count-a')
    assert.deepEqual(recorded?.event, { type: 'count.added', at: 7, by: 'ana', amount: 2 })
  })

  it('rehearsed decides as ever, on facts of the transaction, and leaves nothing', async (t) => {
    const engine = await engineFor(t)
    await engine.execute(counts, 'a', add(2), who)
    const two = [add(3), add(4)].map((command) => wish({ thing: counts, id: 'a', command }))
    const rehearse = () => engine.executeAll(two, { ...who, isRehearsal: true })
    await assert.rejects(rehearse, (error) => {
      assert.ok(error instanceof Rehearsal)
      assert.deepEqual(
        error.events.map((event) => (event as Counted).amount),
        [3, 4],
      )
      return true
    })
    const refused = await engine.execute(counts, 'a', add(-1), { ...who, isRehearsal: true })
    assert.equal(refused.rejected && refused.code, 'count.negative')
    assert.deepEqual(await rows(engine), [{ id: 'a', sum: 2, at: 7 }])
  })

  it('leaves nothing behind a refusal', async (t) => {
    const engine = await engineFor(t)
    const refused = await engine.execute(counts, 'a', add(-1), who)
    assert.equal(refused.rejected && refused.code, 'count.negative')
    assert.deepEqual(await after(engine.database, START, 10), [])
  })

  it('lets no write be lost when many append to one stream at once', async (t) => {
    const engine = await engineFor(t)
    const all = Array.from({ length: 40 }, () => engine.execute(counts, 'a', add(1), who))
    await Promise.all(all)
    assert.equal((await engine.load(counts, 'a')).state, 40)
    assert.equal((await rows(engine))[0]?.sum, 40)
  })

  it('answers a retried key as the first time, and refuses it for another command', async (t) => {
    const engine = await engineFor(t)
    const keyed = { ...who, idempotencyKey: 'k' }
    const two = [1, 2].map(() => engine.execute(counts, 'a', add(5), keyed))
    const [first, second] = await Promise.all(two)
    assert.deepEqual(first, second)
    assert.equal((await engine.load(counts, 'a')).state, 5)
    const other = await engine.execute(counts, 'a', add(6), keyed)
    assert.equal(other.rejected && other.code, 'idempotency.key-reused')
  })

  it('refuses who saw an older version', async (t) => {
    const engine = await engineFor(t)
    await engine.execute(counts, 'a', add(1), who)
    const stale = await engine.execute(counts, 'a', add(1), { ...who, expectedVersion: 0 })
    assert.equal(stale.rejected && stale.code, 'stream.moved-on')
  })

  it('does all of several commands or none', async (t) => {
    const engine = await engineFor(t)
    const wishes = [add(1), add(-1)].map((command, i) =>
      wish({ thing: counts, id: `s${i}`, command }),
    )
    const refused = await engine.executeAll(wishes, who)
    assert.ok('rejected' in refused)
    assert.deepEqual(await rows(engine), [])
  })

  it('refuses to edit what happened', async (t) => {
    const engine = await engineFor(t)
    await engine.execute(counts, 'a', add(1), who)
    for (const change of ['update events set version = 9', 'delete from events', 'truncate events'])
      await assert.rejects(engine.database.pool.query(change), /never edited/)
  })
})

describe('views', () => {
  it('come out of a rebuild as they were', async (t) => {
    const engine = await engineFor(t)
    for (let i = 0; i < 30; i++) await engine.execute(counts, `s${i % 7}`, add(i + 1), who)
    const live = await rows(engine)
    assert.equal(await engine.rebuild(), 30)
    assert.deepEqual(await rows(engine), live)
  })

  it('miss nothing that is written while they are rebuilt', async (t) => {
    const engine = await engineFor(t)
    await engine.execute(counts, 'a', add(1), who)
    const writes = Array.from({ length: 20 }, () => engine.execute(counts, 'b', add(1), who))
    await Promise.all([engine.rebuild(), engine.rebuild(), ...writes.slice(0, 8)])
    await Promise.all(writes)
    assert.deepEqual(
      (await rows(engine)).map((row) => row.sum),
      [1, (await engine.load(counts, 'b')).state],
    )
  })
})

describe('reconcilers', () => {
  it('are woken once for many wake-ups, and again for one during a run', async (t) => {
    const engine = await engineFor(t)
    const turns: number[] = []
    const first = Promise.withResolvers<void>()
    const gate = Promise.withResolvers<void>()
    const second = Promise.withResolvers<void>()
    const reconciler = defineReconciler<Counted>({
      kind: 'sum',
      concurrency: 3,
      hears: ['count'],
      wokenBy: ({ id }) => [id],
      async reconcile(id) {
        turns.push((await engine.load(counts, id)).state)
        if (turns.length === 1) {
          first.resolve()
          await gate.promise
        } else second.resolve()
      },
    })
    engine.use([reconciler])
    await engine.execute(counts, 'a', add(1), who)
    await engine.execute(counts, 'a', add(1), who)
    await engine.start()
    t.after(() => engine.stop())
    await first.promise
    await engine.execute(counts, 'a', add(1), who)
    gate.resolve()
    await second.promise
    assert.deepEqual(turns, [2, 3])
  })

  it('are tried again after a failure, and asked back at the instant they named', async (t) => {
    const engine = await engineFor(t)
    const seen: string[] = []
    const end = Promise.withResolvers<void>()
    const reconciler = defineReconciler<Counted>({
      kind: 'sum',
      concurrency: 1,
      hears: ['count'],
      wokenBy: ({ id }) => [id],
      async reconcile() {
        seen.push(['fail', 'later', 'end'][seen.length] ?? 'again')
        if (seen.length === 1) throw new Error('the world is away')
        if (seen.length === 2) return { at: Date.now() + 20 }
        end.resolve()
        return undefined
      },
    })
    engine.use([reconciler])
    await engine.start()
    t.after(() => engine.stop())
    await engine.execute(counts, 'a', add(1), who)
    await end.promise
    assert.deepEqual(seen, ['fail', 'later', 'end'])
  })
})
