import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { until } from '../../../test/support/until.ts'
import { openPipe } from './direct-executor.ts'
import { openStarter, type StartOrder } from './starter.ts'

const PATIENCE = { timeout: 30_000 }
const ENV = { PATH: '/usr/bin:/bin' }

function place(t: TestContext) {
  const root = mkdtempSync(join(tmpdir(), 'signalbox-starter-'))
  const pipe = openPipe(root)
  assert.ok(pipe)
  const starter = openStarter(pipe.fd)
  assert.ok(starter)
  t.after(() => {
    starter.close()
    pipe.close()
    rmSync(root, { recursive: true })
  })
  let heard = ''
  pipe.hear({ onOutput: (chunk) => (heard += String(chunk)), onSign: () => {}, onCut: () => {} })
  const order = (line: string, more: Partial<StartOrder> = {}): StartOrder => ({
    ...{ file: '/bin/sh', args: ['-eu', '-c', line], cwd: root, env: ENV, groups: [], ...more },
  })
  const run = async (line: string, more?: Partial<StartOrder>) => {
    const { ended } = await starter.start(order(line, more))
    const { exitCode } = await ended
    await pipe.drain()
    const said = heard
    heard = ''
    return { exitCode, said }
  }
  return { root, starter, order, run }
}

const moduleAt = (file: string) => JSON.stringify(join(import.meta.dirname, file))

const statOf = (pid: number | string) => readFileSync(`/proc/${pid}/stat`, 'latin1').split(' ')

test(
  'what a command is given arrives byte for byte, and nothing else does',
  PATIENCE,
  async (t) => {
    const { root, run } = place(t)
    const odd = `it's "$HOME" \`id\` \\n\n\té 'quoted' ${'x'.repeat(100_000)}`
    const { said, exitCode } = await run('cat; env -0; readlink /proc/self/fd/* || :', {
      env: { ...ENV, ODD: odd },
    })
    assert.equal(exitCode, 0)
    const [files, ...variables] = said.split('\0').toReversed()
    assert.deepEqual(
      variables.filter((one) => !one.startsWith('_=')).toSorted(),
      [`ODD=${odd}`, `PATH=${ENV.PATH}`, `PWD=${root}`].toSorted(),
    )
    // Neither the shell's orders nor its answers.
    const own = (files ?? '').split('\n').filter((file) => /pipe-|socket|null/.test(file))
    assert.deepEqual(
      own.map((file) => file.replace(/.*pipe-.*/, 'output')),
      [...['/dev/null', 'output', 'output']],
    )
  },
)

test('ends are told as a shell tells them, one command after the other', PATIENCE, async (t) => {
  const { run } = place(t)
  assert.deepEqual(await run('echo one; exit 7'), { exitCode: 7, said: 'one\n' })
  assert.equal((await run('kill -9 $$')).exitCode, 137)
  // Not ignored, as it would be in the background of a shell.
  assert.equal((await run('kill -2 $$; sleep 5')).exitCode, 130)
  assert.match((await run('true', { cwd: '/nowhere' })).said, /nowhere/)
  assert.deepEqual(await run('echo after'), { exitCode: 0, said: 'after\n' })
})

test('a command leads a session of its own', PATIENCE, async (t) => {
  const { starter, order } = place(t)
  const { pid, ended } = await starter.start(order('sleep 60; true'))
  await until('it leads', () => statOf(pid)[4] === String(pid) && statOf(pid)[5] === String(pid))
  process.kill(-pid, 'SIGKILL')
  assert.equal((await ended).exitCode, 137)
})

test('variables that shells rule over, and bytes that no shell can say, are refused', (t) => {
  const { starter, order } = place(t)
  for (const name of ['IFS', 'OPTIND', 'PPID', 'UID', 'BASHOPTS', 'a-b'])
    assert.equal(starter.canStart(order('true', { env: { [name]: 'x' } })), false, name)
  assert.equal(starter.canStart(order('a\0b')), false)
  assert.equal(starter.canStart(order('true', { env: { BASE: 'x' } })), true)
})

test(
  'of a killed shell nobody knows how its command ends; another follows',
  PATIENCE,
  async (t) => {
    const { starter, order, run } = place(t)
    const { pid, ended } = await starter.start(order('sleep 60'))
    const shell = Number(statOf(pid)[3])
    process.kill(shell, 'SIGKILL')
    await assert.rejects(ended, /gone/)
    process.kill(pid, 'SIGKILL')
    assert.deepEqual(await run('echo again'), { exitCode: 0, said: 'again\n' })
  },
)

test(
  'a shell ends with its command when the one that opened it was killed',
  PATIENCE,
  async (t) => {
    const { root } = place(t)
    const told = join(root, 'told')
    const code = `
    const { openPipe } = await import(${moduleAt('direct-executor.ts')})
    const { openStarter } = await import(${moduleAt('starter.ts')})
    const starter = openStarter(openPipe(${JSON.stringify(root)}).fd)
    const args = ['-c', 'echo $$ $PPID > ${told}.draft; mv ${told}.draft ${told}; exec sleep 60']
    const order = { file: '/bin/sh', args, cwd: '/', env: { PATH: '/usr/bin:/bin' }, groups: [] }
    await (await starter.start(order)).ended`
    const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: 'ignore' })
    const gone = once(child, 'exit')
    await until('it runs', () => existsSync(told))
    const [pid = 0, shell = 0] = readFileSync(told, 'utf8').split(' ').map(Number)
    child.kill('SIGKILL')
    await gone
    process.kill(pid, 'SIGKILL')
    await until('both are gone', () => ![pid, shell].some((one) => existsSync(`/proc/${one}`)))
  },
)
