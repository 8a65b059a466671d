import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { Engine } from '#engine/engine.ts'
import { SYSTEM } from '#kernel/actor.ts'
import { quiet, withDatabase } from '../../test/support/database.ts'
import type { RunCommand } from './commands.ts'
import { leases } from './reconcilers/leases.ts'
import { turns } from './reconcilers/turns.ts'
import { runNamed } from './queries.ts'
import { runs } from './run.ts'
import { views } from './views.ts'

const turn = { fence: 1, signal: new AbortController().signal }

async function room(t: TestContext) {
  const database = await withDatabase(t)
  const engine = new Engine({ database, views, authorize: () => undefined, log: quiet })
  await engine.prepare()
  const clock = { at: 1_000 }
  const tell = async (run: string, command: RunCommand) =>
    engine.execute(runs, run, command, { actor: SYSTEM })
  const job = { name: 'a', needs: [], run: 'true', inputs: [], queueMs: 5_000 }
  return {
    clock,
    async queue(run: string, cancelInProgress = false) {
      clock.at += 1
      const source = { run, service: 's', repository: '/r', branch: 'main', sha: run }
      const about = { directory: '.', trigger: 'push', pipeline: 'p' }
      const concurrency = { group: 'g', cancelInProgress }
      const more = { ...source, ...about, concurrency, jobs: [job] }
      await tell(run, {
        type: 'run.queue',
        at: clock.at,
        by: 's',
        ...more,
      } as unknown as RunCommand)
    },
    cancel: (run: string) => tell(run, { type: 'run.cancel', at: clock.at, by: 'ana' }),
    reconcile: () => turns({ engine, now: () => clock.at }).reconcile('s/g', turn),
    look: (run: string) => leases({ engine, now: () => clock.at }).reconcile(run, turn),
    async of(...names: string[]) {
      const rows = await Promise.all(names.map((name) => runNamed(engine.reads, name)))
      return rows.map((row) => (row?.outcome === 'running' && row.held ? 'held' : row?.outcome))
    },
  }
}

describe('a concurrency group', () => {
  it('lets one run go on, keeps the newest waiting and ends those between', async (t) => {
    const { queue, reconcile, of, cancel } = await room(t)
    await queue('a')
    await reconcile()
    await reconcile()
    assert.deepEqual(await of('a'), ['running'])
    await queue('b')
    await queue('c')
    await reconcile()
    assert.deepEqual(await of('a', 'b', 'c'), ['running', 'cancelled', 'held'])
    await cancel('a')
    await reconcile()
    assert.deepEqual(await of('a', 'c'), ['cancelled', 'running'])
  })

  it('is taken over by a run that says so', async (t) => {
    const { queue, reconcile, of } = await room(t)
    await queue('a')
    await reconcile()
    await queue('b', true)
    await reconcile()
    assert.deepEqual(await of('a', 'b'), ['cancelled', 'held'])
    await reconcile()
    assert.deepEqual(await of('b'), ['running'])
  })

  it('ends a run that no runner takes, counted from its turn', async (t) => {
    const { clock, queue, reconcile, of, look } = await room(t)
    await queue('a')
    clock.at += 10_000
    await look('a')
    assert.deepEqual(await of('a'), ['held'])
    await reconcile()
    assert.deepEqual(await look('a'), { at: clock.at + 5_000 })
    clock.at += 5_000
    await look('a')
    assert.deepEqual(await of('a'), ['failed'])
  })
})
