import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { Engine } from '#engine/engine.ts'
import { beat } from '#engine/presence.ts'
import { quiet, withDatabase } from '../../test/support/database.ts'
import { record } from '../../test/support/facts.ts'
import type { RunEvent } from './events.ts'
import { BEAT_MS, LEASE_MS } from './protocol.ts'
import { leases } from './reconcilers/leases.ts'
import { runs } from './run.ts'
import { views } from './views.ts'

/** A run with one leased job, and a clock of ours; the database's clock is the machine's. */
async function room(t: TestContext) {
  const database = await withDatabase(t)
  const engine = new Engine({ database, views, authorize: () => undefined, log: quiet })
  await engine.prepare()
  const clock = { at: Date.now() }
  const job = { name: 'a', needs: [], run: 'true', inputs: [], retriesMax: 0 }
  const facts = { at: clock.at, by: 'r1' }
  const source = { run: 'run_1', service: 's', repository: '/r', branch: 'main', sha: 'abc' }
  const lease = { job: 'a', attempt: 1, lease: 'lse_1', runner: 'r1', expiresAt: 0 }
  await record<RunEvent>(
    engine,
    'run',
    'run_1',
    { type: 'run.queued', ...facts, ...source, jobs: [job] } as unknown as RunEvent,
    { type: 'run.jobLeased', ...facts, ...lease },
  )
  const watcher = () => {
    const { reconcile } = leases({ engine, now: () => clock.at })
    return () => reconcile('run_1', { fence: 1, signal: new AbortController().signal })
  }
  const status = async () => (await engine.load(runs, 'run_1')).state.jobs[0]?.status
  return { engine, clock, watcher, status, beat: () => beat(database, 'lease/lse_1') }
}

describe('a lease', () => {
  it('is taken back when its runner was never heard of, and the job queued again', async (t) => {
    const { clock, watcher, status } = await room(t)
    const look = watcher()
    assert.deepEqual(await look(), { at: clock.at + BEAT_MS })
    clock.at += LEASE_MS - 1
    await look()
    assert.equal(await status(), 'leased')
    clock.at += 1
    await look()
    assert.equal(await status(), 'waiting')
    assert.equal(await look(), undefined)
  })

  it('is kept while its runner beats', async (t) => {
    const { clock, watcher, status, beat: alive } = await room(t)
    const look = watcher()
    await look()
    clock.at += LEASE_MS * 3
    await alive()
    await look()
    assert.equal(await status(), 'leased')
  })

  it('outlives a server that was away: its runner could not be heard', async (t) => {
    const { engine, clock, watcher, status, beat: alive } = await room(t)
    await alive()
    const away = LEASE_MS * 3
    await engine.database.pool.query(
      `update presence set at = at - ${away} * interval '1 millisecond'`,
    )
    clock.at += away
    const look = watcher()
    await look()
    assert.equal(await status(), 'leased')
    clock.at += LEASE_MS + 1_000
    await look()
    assert.equal(await status(), 'waiting')
  })

  it('outlives a database that lost its heartbeats', async (t) => {
    const { engine, clock, watcher, status, beat: alive } = await room(t)
    const look = watcher()
    await look()
    clock.at += LEASE_MS * 3
    await alive()
    await look()
    await engine.database.pool.query('delete from presence')
    clock.at += BEAT_MS
    await look()
    assert.equal(await status(), 'leased')
  })
})
