import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { SYSTEM } from '#kernel/actor.ts'
import type { Decider } from '#kernel/decider.ts'
import { quiet, withDatabase } from '../../test/support/database.ts'
import { Engine, wish } from './engine.ts'
import { forgetOld } from './idempotency.ts'

type Add = { type: 'count.add'; at: number; by: string; text: string }
type Added = { type: 'count.added'; at: number; by: string; text: string }
const decider: Decider<number, Add, Added, never> = {
  initial: 0,
  decide: (command) => [{ ...command, type: 'count.added' }],
  evolve: (sum) => sum + 1,
}
const counts = { kind: 'count', decider } as const
const add = (text = ''): Add => ({ type: 'count.add', at: 7, by: 'ana', text })

async function engineFor(t: TestContext): Promise<Engine> {
  const database = await withDatabase(t)
  const engine = new Engine({ database, views: [], authorize: () => undefined, log: quiet })
  await engine.prepare()
  return engine
}

describe('several commands at once', () => {
  it('in opposite orders both come to an end', async (t) => {
    const engine = await engineFor(t)
    // Each waits in its middle until the other stands there too: the first time they must collide.
    let arrived = 0
    const both = Promise.withResolvers<void>()
    const meet = async () => {
      if (++arrived === 2) both.resolve()
      await both.promise
      return add()
    }
    const pair = (first: string, second: string) =>
      engine.executeAll(
        [
          wish({ thing: counts, id: first, command: add() }),
          wish({ thing: counts, id: second, command: meet }),
        ],
        { actor: SYSTEM },
      )
    const done = await Promise.all([pair('a', 'b'), pair('b', 'a')])
    assert.ok(done.every((each) => !('rejected' in each)))
    assert.equal((await engine.load(counts, 'a')).state, 2)
    assert.equal((await engine.load(counts, 'b')).state, 2)
  })

  it('with one key of the greatest length are told apart, and answered again', async (t) => {
    const engine = await engineFor(t)
    const request = { actor: SYSTEM, idempotencyKey: 'k'.repeat(200) }
    const wishes = ['a', 'b'].map((id) => wish({ thing: counts, id, command: add(id) }))
    const first = await engine.executeAll(wishes, request)
    assert.ok(!('rejected' in first))
    assert.deepEqual(await engine.executeAll(wishes, request), first)
    assert.equal((await engine.load(counts, 'b')).state, 1)
  })
})

describe('a key', () => {
  it('is forgotten after two days, when nobody retries any more', async (t) => {
    const engine = await engineFor(t)
    const keyed = { actor: SYSTEM, idempotencyKey: 'k' }
    const again = async () => {
      await forgetOld(engine.database)
      await engine.execute(counts, 'a', add(), keyed)
      return (await engine.load(counts, 'a')).state
    }
    const older = (hours: number) =>
      engine.database.pool.query(`update idempotency set at = at - interval '${hours} hours'`)
    assert.equal(await again(), 1)
    await older(47)
    assert.equal(await again(), 1)
    await older(2)
    assert.equal(await again(), 2)
  })
})

describe('a text that no database can keep', () => {
  it('is the fault of the request, and nothing is written', async (t) => {
    const engine = await engineFor(t)
    for (const text of ['a\u0000b', 'half of \ud83d a pair'])
      await assert.rejects(engine.execute(counts, 'a', add(text), { actor: SYSTEM }), {
        code: 'request.unstorable-text',
        retry: false,
      })
    assert.equal((await engine.load(counts, 'a')).version, 0)
  })
})
