/** The program, bundled: built in a folder of its own, and run from there in the roles it has. */
import assert from 'node:assert/strict'
import { execFile, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  appendFileSync,
  chmodSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { promisify } from 'node:util'
import { processTarget, stopAgent } from '#connectors/process/client.ts'
import { startAgent } from '#connectors/process/start-agent.ts'
import { bundleOf, RECORD } from '../bin/bundle.mjs'
import { buildServer } from '../tools/build-server.ts'
import { publicPort } from './support/process-host.ts'
import { ask } from './support/requests.ts'
import { packArtifact } from './support/tarball.ts'
import { until } from './support/until.ts'

const REPOSITORY = resolve(import.meta.dirname, '..')
const env = { PATH: process.env['PATH'] ?? '' }
const LONG_AGO_S = 1_000_000

describe('the bundle', { concurrency: 1, timeout: 120_000 }, () => {
  const root = mkdtempSync(join(tmpdir(), 'sb-'))
  const program = join(root, 'bin', 'signalbox.mjs')
  const dist = join(root, 'dist')
  const version = async () =>
    (await promisify(execFile)(process.execPath, [program, '--version'], { env })).stdout

  before(async () => {
    // As root the database runs as another user, who must be able to walk in.
    chmodSync(root, 0o711)
    // Copied, so that nobody's editing in the meantime makes them differ from what was bundled.
    for (const name of ['bin', 'src', 'tools', 'package.json', 'package-lock.json'])
      cpSync(join(REPOSITORY, name), join(root, name), { recursive: true })
    symlinkSync(join(REPOSITORY, 'node_modules'), join(root, 'node_modules'))
    assert.equal(await buildServer(root), true)
  })
  after(() => {
    // Unpacked artifacts are read-only, which not everybody who runs tests may ignore.
    execFileSync('chmod', ['-R', 'u+w', root])
    rmSync(root, { recursive: true, force: true })
  })

  it('is made once', async () => {
    const record = readFileSync(join(dist, RECORD), 'utf8')
    assert.equal(await buildServer(root), false)
    assert.equal(readFileSync(join(dist, RECORD), 'utf8'), record)
  })

  it('serves, logs, and starts its runner', async (t) => {
    const data = join(root, 'data')
    const args = ['serve', '--data', data, '--port', '0', '--runner-slots', '1']
    const server = spawn(process.execPath, [program, ...args], { env })
    t.after(() => server.kill('SIGKILL'))
    const ended = once(server, 'exit')
    const said = { out: '', log: '' }
    server.stdout.on('data', (bytes: Buffer) => void (said.out += String(bytes)))
    server.stderr.on('data', (bytes: Buffer) => void (said.log += String(bytes)))
    const url = await until(
      'it says where it is',
      () => {
        assert.equal(server.exitCode, null, said.log)
        return /ready at (\S+)\n/.exec(said.out)?.[1]
      },
      60_000,
    )
    assert.equal((await fetch(`${url}/readyz`)).status, 200)
    assert.match(said.log, /"msg":"ready"/)
    await until('its runner is ready', () => {
      assert.doesNotMatch(said.log, /the bundled runner ended/)
      return said.log.includes('runner ready')
    })
    server.kill('SIGTERM')
    assert.deepEqual(await ended, [0, null])
  })

  it('finds the module of the built-in router', async (t) => {
    const socket = join(root, 'agent.sock')
    const ensureAgent = () =>
      startAgent(socket, {
        file: process.execPath,
        args: [program, 'agent', '--dir', root, '--socket', socket, '--router', 'node'],
        env: { ...env, HOME: root },
        output: join(root, 'agent.log'),
      })
    t.after(() => stopAgent(socket, 'stop'))
    const target = processTarget({ socket, ensureAgent })
    const slot = { service: 'shop', environment: 'prod' }
    const port = await publicPort()
    const body = readFileSync(join(REPOSITORY, 'test', 'support', 'service.mjs'))
    await target.ensure({
      slot,
      group: 'one',
      fence: 1,
      version: 'one',
      artifact: packArtifact(root, [{ path: 'service.mjs', body }]),
      argv: ['node', 'service.mjs'],
      health: '/health',
      env: {},
      replicas: 1,
      port,
    })
    await until('it is ready', async () => (await target.observe(slot))?.groups[0]?.ready === 1)
    await target.weigh(slot, 1, { one: 100 })
    assert.equal((await ask(port, '/')).status, 200)
  })

  it('runs until its sources change, and is made again then', async () => {
    const main = bundleOf(root) ?? ''
    appendFileSync(main, "\nprocess.stdout.write('bundled')\n")
    assert.match(await version(), /bundled/)
    appendFileSync(join(root, 'src', 'main.ts'), '\n// Changed.\n')
    assert.doesNotMatch(await version(), /bundled/)
    const [old, young] = [join(dist, 'old.js'), join(dist, 'young.js')]
    for (const path of [old, young]) writeFileSync(path, '')
    utimesSync(old, LONG_AGO_S, LONG_AGO_S)
    assert.equal(await buildServer(root), true)
    assert.ok(bundleOf(root) !== undefined)
    // Somebody may be starting from what was written a moment ago.
    assert.deepEqual([existsSync(old), existsSync(young)], [false, true])
  })

  it('stays as it was when it can not be made again', async () => {
    const record = readFileSync(join(dist, RECORD), 'utf8')
    writeFileSync(join(root, 'src', 'main.ts'), "import './nowhere.ts'\n")
    await assert.rejects(buildServer(root), /nowhere/)
    assert.equal(readFileSync(join(dist, RECORD), 'utf8'), record)
    assert.equal(bundleOf(root), undefined)
  })

  it('takes in nothing that would look for files in the wrong place', async () => {
    writeFileSync(join(root, 'src', 'main.ts'), "import './part.ts'\n")
    writeFileSync(join(root, 'src', 'part.ts'), 'export const { dirname } = import.meta\n')
    assert.equal(await buildServer(root), true)
    writeFileSync(join(root, 'src', 'part.ts'), 'export const HERE = import.meta.dirname\n')
    await assert.rejects(buildServer(root), /part\.ts asks where it stands/)
  })
})
