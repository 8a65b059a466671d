import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Engine } from '#engine/engine.ts'
import { SYSTEM } from '#kernel/actor.ts'
import { quiet, withDatabase } from '../../../test/support/database.ts'
import { deployed, HOUR, START, told } from '../../../test/support/observations.ts'
import { recordObservations } from '../reconcilers/record.ts'
import { KnownFacts } from './observations.ts'

test('what was told is counted at once, once, and as of then', async (t) => {
  const database = await withDatabase(t)
  const engine = new Engine({ database, views: [], authorize: () => undefined, log: quiet })
  await engine.prepare()
  const known = new KnownFacts(engine.reads)
  const about = { actor: SYSTEM, now: START }
  const [a, b, c] = told([deployed('a', 1), deployed('b', 2), deployed('c', 3)])
  assert.ok(a !== undefined && b !== undefined && c !== undefined)
  const other = new KnownFacts(engine.reads)
  const ids = async (at: number) => {
    const [own, others] = [await known.asOf(at), await other.asOf(at)]
    // Another server over the same database shows the same.
    assert.deepEqual(others.deployments, own.deployments)
    return own.deployments.map(({ id }) => id)
  }
  await recordObservations(engine, [a, b], about)
  assert.deepEqual(await ids(START + 9 * HOUR), ['a', 'b'])
  await recordObservations(engine, [c, a], about)
  const many = await Promise.all([ids(START + 9 * HOUR), ids(START + 2 * HOUR), ids(START)])
  assert.deepEqual(many, [['a', 'b', 'c'], ['a', 'b'], []])
  // One that is slow to commit began before the others, and is missed by nobody.
  const slow = await database.pool.connect()
  await slow.query('begin')
  await slow.query('select pg_current_xact_id()')
  await recordObservations(
    engine,
    told([deployed('d', 4)]).map((one) => ({ ...one, sourceEventId: 'd' })),
    about,
  )
  assert.deepEqual(await ids(START + 9 * HOUR), ['a', 'b', 'c', 'd'])
  await slow.query('commit')
  slow.release()
  assert.deepEqual(await ids(START + 9 * HOUR), ['a', 'b', 'c', 'd'])
})
