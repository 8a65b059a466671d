/**
 * The agent's own promises: one per folder, nothing lost, nothing unbounded. Any router will do.
 */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import type { GroupSpec } from '#rollouts/ports.ts'
import {
  agentCommand,
  makeProcessHost,
  publicPort,
  type HostOptions,
} from '../../../test/support/process-host.ts'
import { ask } from '../../../test/support/requests.ts'
import { until } from '../../../test/support/until.ts'
import { agentInfo, processTarget, stopAgent } from './client.ts'
import { OUTPUT_BYTES_KEPT, OUTPUT_BYTES_MAX } from './output.ts'
import { identify, isRunning } from './processes.ts'
import { startAgent } from './start-agent.ts'

const slot = { service: 'shop', environment: 'test' }
const isAlive = (pid: number) => {
  const identity = identify(pid)
  return identity !== undefined && isRunning(identity)
}

/** A host with one ready group at full weight. */
async function hostWith(
  t: TestContext,
  more: Partial<GroupSpec> = {},
  options: Partial<HostOptions> = {},
) {
  const host = makeProcessHost({ router: 'node', ...options })
  t.after(() => host.dispose())
  const port = await publicPort()
  const group = { slot, group: 'v1', fence: 1, version: '1.0.0', artifact: host.service }
  const run = { argv: ['node', 'service.mjs'], health: '/health', env: {}, replicas: 1, port }
  const spec: GroupSpec = { ...group, ...run, ...more }
  await host.target.ensure(spec)
  const status = await until('the group is ready', async () => {
    const found = (await host.target.observe(slot))?.groups[0]
    return found?.ready === spec.replicas && found
  })
  await host.target.weigh(slot, 1, { v1: 100 })
  const [instance] = status.instances
  assert.ok(instance)
  return { ...host, port, spec, instance }
}

describe('agent', { concurrency: 4 }, () => {
  it('is one, however many start it at once', async (t) => {
    const host = makeProcessHost({ router: 'node' })
    t.after(() => host.dispose())
    const infos = await Promise.all([1, 2, 3].map(() => host.ensureAgent()))
    assert.equal(new Set(infos.map(({ pid }) => pid)).size, 1)
    assert.deepEqual(await host.ensureAgent(), infos[0])
    await until(
      'both losers said why',
      () => host.agentLog().match(/^Fault: Another agent already serves/gm)?.length === 2,
    )
  })

  it('says why it cannot be started', async (t) => {
    const host = makeProcessHost({ router: 'node' })
    t.after(() => host.dispose())
    const command = { ...agentCommand(host.dir, host.socket, { router: 'node' }), file: 'no-such' }
    await assert.rejects(startAgent(host.socket, command), {
      code: 'target.unreachable',
      message: /no-such ENOENT/,
      retry: true,
    })
    const target = processTarget({ socket: host.socket })
    await assert.rejects(target.observe(slot), { code: 'target.unreachable', retry: true })
    assert.equal(await agentInfo(host.socket), undefined)
    await stopAgent(host.socket, 'stop')
  })

  it('keeps a talkative instance within bounds on disk', async (t) => {
    const host = await hostWith(t, { env: { FLOOD: '1' } })
    // Two megabytes a second; looked at four times a second, with room for a slow machine.
    const allowed = OUTPUT_BYTES_MAX + OUTPUT_BYTES_KEPT + 2_000_000
    let most = 0
    await until('eight megabytes are written', async () => {
      most = Math.max(most, host.outputBytes(host.instance.id))
      return Number((await ask(host.port, '/written')).text) > 8_000_000
    })
    assert.ok(most > 0 && most <= allowed, `${most} bytes`)
    const tail = (await host.target.observe(slot))?.groups[0]?.instances[0]?.tail ?? ''
    assert.ok(tail.length > 0 && tail.length <= 4096)
  })

  it('kills what does not end when asked', async (t) => {
    const stubborn = `process.on('SIGTERM', () => {}); await import(process.cwd() + '/service.mjs');
      process.removeAllListeners('SIGTERM'); process.on('SIGTERM', () => {})`
    const argv = ['node', '--input-type=module', '-e', stubborn]
    const host = await hostWith(t, { argv }, { graceMs: 200 })
    await host.target.retire(slot, 1, 'v1')
    assert.equal(isAlive(host.instance.pid), false)
  })

  it('cuts requests that outlive the drain', async (t) => {
    const host = await hostWith(t, {}, { drainMs: 200, graceMs: 200 })
    const endless = ask(host.port, '/slow/600000')
    await endless.begun
    await host.target.retire(slot, 1, 'v1')
    assert.equal((await endless).status, 0)
    assert.equal(isAlive(host.instance.pid), false)
  })

  it('finishes a retirement it died in', async (t) => {
    const host = await hostWith(t)
    const slow = ask(host.port, '/slow/1500')
    await slow.begun
    const target = processTarget({ socket: host.socket })
    const retiring = target.retire(slot, 1, 'v1')
    await until('it is drained', async () => {
      const status = await target.observe(slot)
      return status?.groups.length === 0
    })
    await Promise.all([assert.rejects(retiring, { code: 'target.unreachable' }), host.crashAgent()])
    await host.ensureAgent()
    await until('it is gone', () => !isAlive(host.instance.pid))
    assert.equal((await slow).text, 'begun done')
  })

  it('finds an instance it started but did not live to write down', async (t) => {
    const host = await hostWith(t)
    await host.crashAgent()
    const file = join(host.dir, 'agent', 'slots', 'shop~test.json')
    const record = readFileSync(file, 'utf8')
    writeFileSync(file, record.replace(/"process":\{[^}]*\}/, '"process":null'))
    await host.ensureAgent()
    await until('there is one again', async () => {
      const found = (await host.target.observe(slot))?.groups[0]
      return found?.ready === 1 && found.instances[0]?.pid !== host.instance.pid
    })
    assert.equal(isAlive(host.instance.pid), false)
  })

  it('refuses to guess at a state it cannot read', async (t) => {
    const host = await hostWith(t)
    await host.crashAgent()
    const file = join(host.dir, 'agent', 'slots', 'shop~test.json')
    const record = readFileSync(file, 'utf8')
    writeFileSync(file, '{"fence":')
    await assert.rejects(host.ensureAgent(), { code: 'target.unreachable' })
    assert.match(host.agentLog(), /shop~test\.json cannot be read/)
    writeFileSync(file, record)
    await host.ensureAgent()
    assert.equal((await host.target.observe(slot))?.groups[0]?.instances[0]?.pid, host.instance.pid)
  })

  it('stops everything when told, and brings it back when started again', async (t) => {
    const host = await hostWith(t, {}, { router: 'auto' })
    const info = await agentInfo(host.socket)
    await stopAgent(host.socket, 'stop')
    assert.equal(isAlive(host.instance.pid), false)
    await until('the agent has ended', () => !isAlive(info?.pid ?? 0))
    assert.equal((await ask(host.port, '/')).status, 0)
    await host.ensureAgent()
    await until('traffic flows', async () => (await ask(host.port, '/')).status === 200)
  })

  it('leaves everything running when only the agent is to end', async (t) => {
    const host = await hostWith(t)
    const info = await agentInfo(host.socket)
    await stopAgent(host.socket, 'keep')
    await until('the agent has ended', () => !isAlive(info?.pid ?? 0))
    assert.equal((await ask(host.port, '/')).text, `1.0.0 ${host.instance.pid}`)
  })

  it('shows nobody its secrets', async (t) => {
    const host = await hostWith(t, { env: { TOKEN: 'hunter2' } }, { env: { AGENT_SECRET: 'x' } })
    const { env } = JSON.parse((await ask(host.port, '/env')).text) as {
      env: Record<string, string>
    }
    assert.equal(env['AGENT_SECRET'], undefined)
    assert.doesNotMatch(host.agentLog(), /hunter2/)
    assert.equal(statSync(host.socket).mode & 0o777, 0o600)
    const agent = join(host.dir, 'agent')
    for (const name of readdirSync(agent))
      assert.equal(statSync(join(agent, name)).mode & 0o077, 0, name)
  })

  it('takes the built-in router when HAProxy is absent, unless asked for it', async (t) => {
    const without = { path: '/nonexistent' }
    const host = makeProcessHost({ router: 'auto', ...without })
    t.after(() => host.dispose())
    assert.equal((await host.ensureAgent()).router, 'node')
    const strict = makeProcessHost({ router: 'haproxy', ...without })
    t.after(() => strict.dispose())
    await assert.rejects(strict.ensureAgent(), { code: 'target.unreachable' })
    assert.match(strict.agentLog(), /HAProxy is not installed/)
  })

  it('says what is wrong with a place it cannot use', async (t) => {
    const host = makeProcessHost({ router: 'node' })
    t.after(() => host.dispose())
    const deep = join(host.dir, 'd'.repeat(80))
    await assert.rejects(
      startAgent(host.socket, agentCommand(deep, host.socket, { router: 'node' })),
      { code: 'target.unreachable' },
    )
    assert.match(
      readFileSync(join(deep, 'agent.log'), 'utf8'),
      /must be an absolute path of at most 64 bytes/,
    )
  })
})
