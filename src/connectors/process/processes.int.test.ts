import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { until } from '../../../test/support/until.ts'
import { end, familyOf, identify, isRunning, launch } from './processes.ts'

/** A shell in a home of its own, ended with the test. */
async function shell(t: TestContext, script: string) {
  const home = mkdtempSync(join(tmpdir(), 'sb-'))
  const output = join(home, 'output')
  t.after(async () => {
    await end(home, null, 0)
    rmSync(home, { recursive: true })
  })
  const env = { HOME: home, PATH: '/usr/bin:/bin' }
  const launched = await launch({ argv: ['sh', '-c', script], cwd: home, env, output })
  return { home, ...launched, said: () => readFileSync(output, 'utf8') }
}

describe('processes', () => {
  it('are themselves by pid and start', async (t) => {
    const { identity } = await shell(t, 'sleep 60')
    assert.equal(isRunning(identity), true)
    assert.deepEqual(identify(identity.pid), identity)
    assert.equal(isRunning({ ...identity, started: `${identity.started}1` }), false)
    assert.equal(identify(2 ** 22 + 1), undefined)
  })

  it('tell how they ended', async (t) => {
    assert.equal(await (await shell(t, 'exit 7')).exited, 'exit code 7')
    assert.equal(await (await shell(t, 'kill -9 $$')).exited, 'signal SIGKILL')
  })

  it('throws when the program is not there', () =>
    assert.rejects(
      launch({ argv: ['no-such'], cwd: '/', env: { HOME: '/x' }, output: '/dev/null' }),
      {
        code: 'ENOENT',
      },
    ))

  it('have a family: their session and whoever carries their home', async (t) => {
    const { home, identity, said } = await shell(t, 'sleep 60 & setsid sleep 60 & echo up; wait')
    await until('all are up', () => said() === 'up\n' && familyOf(home, identity).length === 3)
    process.kill(identity.pid, 'SIGKILL')
    await until('the leader is gone', () => !isRunning(identity))
    assert.equal(familyOf(home, null).length, 2)
    await end(home, identity, 0)
    assert.deepEqual(familyOf(home, null), [])
  })

  it('are given time to end, then none', async (t) => {
    const polite = await shell(t, 'trap "echo bye; exit" TERM; sleep 60 & echo up; wait')
    await until('it is up', () => polite.said() === 'up\n')
    await end(polite.home, polite.identity, 10_000)
    assert.equal(polite.said(), 'up\nbye\n')
    const deaf = await shell(t, 'trap "" TERM; echo up; while :; do sleep 1; done')
    await until('it is up', () => deaf.said() === 'up\n')
    await end(deaf.home, deaf.identity, 50)
    assert.equal(await deaf.exited, 'signal SIGKILL')
  })
})
