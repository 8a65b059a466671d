/**
 * What every deploy target owes the rollouts room, on the real thing: real processes, a real
 * router, real requests. Run once per router.
 */
import assert from 'node:assert/strict'
import http from 'node:http'
import { after, before, describe, it } from 'node:test'
import { Fault } from '#kernel/fault.ts'
import {
  LATENCY_BOUNDS_MS,
  type GroupSpec,
  type GroupStatus,
  type InstanceCounters,
  type Slot,
  type Target,
} from '#rollouts/ports.ts'
import { ask, askMany, underLoad, upgrade } from '../support/requests.ts'
import { until } from '../support/until.ts'

export interface TargetHost {
  readonly target: Target
  /** The artifact of test/support/service.mjs. */
  readonly service: GroupSpec['artifact']
  publicPort(): Promise<number>
  isAlive(pid: number): boolean
  /** Kills what manages the instances, and nothing else. */
  crashAgent(): Promise<void>
  /** Kills what routes the traffic, and nothing else. */
  crashRouters(): Promise<void>
  dispose(): Promise<void>
}

export function targetContract(name: string, makeHost: () => Promise<TargetHost>): void {
  // One after the other: some of them kill what all of them share.
  describe(`target contract: ${name}`, { concurrency: 1 }, () => {
    let host: TargetHost
    let slots = 0
    before(async () => {
      host = await makeHost()
    })
    after(() => host.dispose())

    /** A slot of its own for each test, with one call for everything a test does to it. */
    async function newSlot() {
      const { target } = host
      const slot: Slot = { service: `shop${++slots}`, environment: 'prod' }
      const port = await host.publicPort()
      const spec = (group: string, more: Partial<GroupSpec> = {}): GroupSpec => ({
        slot,
        group,
        fence: 1,
        version: group,
        artifact: host.service,
        argv: ['node', 'service.mjs'],
        health: '/health',
        env: {},
        replicas: 1,
        port,
        ...more,
      })
      const statusOf = async (group: string): Promise<GroupStatus | undefined> =>
        (await target.observe(slot))?.groups.find((g) => g.group === group)
      const ready = async (group: string, more: Partial<GroupSpec> = {}) => {
        await target.ensure(spec(group, more))
        return until(`${group} is ready`, async () => {
          const status = await statusOf(group)
          return status !== undefined && status.ready === status.replicas && status
        })
      }
      return {
        slot,
        port,
        spec,
        statusOf,
        ready,
        /** Two groups of one instance each, weighted. */
        async pair(old: number, next: number) {
          await Promise.all([ready('old'), ready('next')])
          await target.weigh(slot, 1, { old, next })
        },
        weigh: (weights: Record<string, number>) => target.weigh(slot, 1, weights),
        retireAll: async () => {
          const groups = (await target.observe(slot))?.groups ?? []
          for (const { group } of groups) await target.retire(slot, 99, group)
        },
      }
    }

    /** How many of the answers came from each version. */
    async function sharesOf(port: number, requests: number): Promise<Record<string, number>> {
      const shares: Record<string, number> = {}
      for (const { text } of await askMany(port, requests)) {
        const version = text.split(' ')[0] ?? ''
        shares[version] = (shares[version] ?? 0) + 1
      }
      return shares
    }

    it('makes a group of two ready, at no weight', async () => {
      const s = await newSlot()
      const group = await s.ready('v1', { replicas: 2 })
      assert.equal(group.instances.length, 2)
      assert.deepEqual(
        group.instances.map(({ state, restarts }) => [state, restarts]),
        [
          ['ready', 0],
          ['ready', 0],
        ],
      )
      assert.equal((await ask(s.port, '/')).status, 503)
      assert.deepEqual((await host.target.observe(s.slot))?.weights, { v1: 0 })
      // The same call twice is one call.
      const again = await host.target.ensure(s.spec('v1', { replicas: 2 }))
      assert.deepEqual(
        again.instances.map(({ pid }) => pid),
        group.instances.map(({ pid }) => pid),
      )
      await s.retireAll()
    })

    it('holds weights from the next request on', async () => {
      const s = await newSlot()
      await s.pair(75, 25)
      assert.deepEqual((await host.target.observe(s.slot))?.weights, { old: 75, next: 25 })
      const quarter = await sharesOf(s.port, 400)
      assert.ok(Math.abs((quarter['next'] ?? 0) - 100) <= 8, JSON.stringify(quarter))
      await s.weigh({ old: 99, next: 1 })
      const hundredth = await sharesOf(s.port, 400)
      assert.ok(Math.abs((hundredth['next'] ?? 0) - 4) <= 2, JSON.stringify(hundredth))
      await s.weigh({ old: 100 })
      assert.deepEqual(await sharesOf(s.port, 200), { old: 200 })
      await s.retireAll()
    })

    it('answers the first request after a slow start', async () => {
      const s = await newSlot()
      // Long enough for a router's own checks to have found the port closed.
      await s.ready('v1', { env: { DELAY_MS: '1300' } })
      await s.weigh({ v1: 100 })
      assert.equal((await ask(s.port, '/')).status, 200)
      await s.retireAll()
    })

    it('flips all traffic under load without a failed request', async () => {
      const s = await newSlot()
      await s.pair(100, 0)
      const { answered, failed } = await underLoad(s.port, async () => {
        for (let flip = 0; flip < 20; flip++) {
          const [from, to] = flip % 2 === 0 ? ['old', 'next'] : ['next', 'old']
          await s.weigh({ [from]: 0, [to]: 100 })
          const answers = await sharesOf(s.port, 5)
          assert.deepEqual(answers, { [to]: 5 })
        }
      })
      assert.deepEqual(failed, [])
      assert.ok(answered > 100, `only ${answered} requests`)
      await s.retireAll()
    })

    it('shows a group to who asks for it, before anybody is sent there', async () => {
      const s = await newSlot()
      await s.pair(100, 0)
      const { preview } = (await s.statusOf('next')) ?? {}
      const seen = await ask(Number(new URL(preview ?? '').port), '/')
      assert.match(seen.text, /^next /)
      assert.deepEqual(await sharesOf(s.port, 10), { old: 10 })
      await host.target.ensure(s.spec('sick', { env: { SICK: '1' } }))
      assert.equal((await s.statusOf('sick'))?.preview, undefined)
      await s.retireAll()
    })

    it('goes on with the instances of another deployment of the same, if they are idle', async () => {
      const s = await newSlot()
      const same = { version: 'v1' }
      const warm = await s.ready('warm', same)
      await s.ready('next')
      await s.weigh({ next: 100 })
      const again = await host.target.ensure(s.spec('again', { ...same, takesOver: 'warm' }))
      assert.deepEqual(
        again.instances.map(({ pid, state }) => [pid, state]),
        warm.instances.map(({ pid }) => [pid, 'ready']),
      )
      assert.equal(await s.statusOf('warm'), undefined)
      await s.weigh({ again: 100 })
      assert.deepEqual(await sharesOf(s.port, 5), { v1: 5 })
      // Told twice it is done once, and who serves, or is something else, is left alone.
      await host.target.ensure(s.spec('again', { ...same, takesOver: 'warm' }))
      await host.crashAgent()
      await s.ready('third', { ...same, takesOver: 'again' })
      await s.ready('other', { version: 'v2', takesOver: 'third' })
      const groups = (await host.target.observe(s.slot))?.groups.map(({ group }) => group)
      assert.deepEqual(groups?.toSorted(), ['again', 'next', 'other', 'third'])
      await s.retireAll()
    })

    it('takes some instances of a group away under load, and brings them back at once', async () => {
      const s = await newSlot()
      const [kept] = (await s.ready('v1', { replicas: 3 })).instances
      await s.weigh({ v1: 100 })
      const { answered, failed } = await underLoad(s.port, async () => {
        for (let turn = 0; turn < 3; turn++) {
          const fewer = await host.target.ensure(s.spec('v1', { replicas: 1 }))
          assert.equal(fewer.replicas, 1)
          assert.deepEqual(
            fewer.instances.map(({ id }) => id),
            [kept?.id],
          )
          // Those on their way out are not counted on any more.
          const more = await s.ready('v1', { replicas: 3 })
          assert.equal(new Set(more.instances.map(({ id }) => id)).size, 3)
        }
      })
      assert.deepEqual(failed, [])
      assert.ok(answered > 50, `only ${answered} requests`)
      assert.deepEqual((await host.target.observe(s.slot))?.weights, { v1: 100 })
      await s.retireAll()
    })

    it('lets requests in flight finish when a group is retired', async () => {
      const s = await newSlot()
      await s.pair(100, 0)
      const slow = ask(s.port, '/slow/1000')
      await slow.begun
      const { failed } = await underLoad(s.port, async () => {
        await s.weigh({ old: 0, next: 100 })
        await host.target.retire(s.slot, 1, 'old')
      })
      assert.equal((await slow).text, 'begun done')
      assert.deepEqual(failed, [])
      assert.equal(await s.statusOf('old'), undefined)
      await host.target.retire(s.slot, 1, 'old')
      await s.retireAll()
    })

    it('starts a crashed instance again', async () => {
      const s = await newSlot()
      const [first] = (await s.ready('v1')).instances
      await s.weigh({ v1: 100 })
      await ask(s.port, '/crash', { method: 'POST' })
      const [second] = await until('it is back', async () => {
        const status = await s.statusOf('v1')
        return status?.ready === 1 && status.instances[0]?.restarts === 1 && status.instances
      })
      assert.equal(second?.id, first?.id)
      assert.notEqual(second?.pid, first?.pid)
      await until('traffic reaches it', async () => (await ask(s.port, '/')).status === 200)
      await s.retireAll()
    })

    it('says why an instance never becomes ready', async () => {
      const s = await newSlot()
      await host.target.ensure(s.spec('sick', { env: { SICK: '1' } }))
      const [instance] = await until('it has spoken', async () => {
        const status = await s.statusOf('sick')
        return status?.instances[0]?.tail.includes('the database is not there') && status.instances
      })
      assert.equal(instance?.state, 'starting')
      assert.equal((await s.statusOf('sick'))?.ready, 0)
      const troubled = async (group: string, trouble: RegExp, more: Partial<GroupSpec>) => {
        await host.target.ensure(s.spec(group, more))
        return until(`${group} is in trouble`, async () => {
          const [one] = (await s.statusOf(group))?.instances ?? []
          return one !== undefined && trouble.test(one.trouble) && one
        })
      }
      await troubled('sick', /^GET \/health answered 500$/, { env: { SICK: '1' } })
      const absent = await troubled(
        'absent',
        /could not be started: spawn no-such-program ENOENT/,
        {
          argv: ['no-such-program'],
        },
      )
      assert.match(absent.tail, /no-such-program ENOENT/)
      const dying = ['node', '-e', 'console.error("no database"); process.exit(3)']
      const dead = await troubled('dead', /^the process ended: exit code 3$/, { argv: dying })
      assert.match(dead.tail, /no database/)
      await troubled('mute', /^GET \/health was not answered within 2 s$/, {
        env: { HEALTH_MS: '600000' },
      })
      const deaf = ['node', '-e', 'setInterval(() => {}, 1000)']
      await troubled('deaf', /finds nobody listening on 127.0.0.1:2\d{4}, its PORT$/, {
        argv: deaf,
      })
      await s.retireAll()
    })

    it('refuses a fence lower than it has seen', async () => {
      const s = await newSlot()
      await s.ready('v1', { fence: 5 })
      const isStale = (fault: unknown) =>
        fault instanceof Fault && fault.code === 'target.stale-fence' && !fault.retry
      await assert.rejects(host.target.ensure(s.spec('v2', { fence: 4 })), isStale)
      await assert.rejects(host.target.weigh(s.slot, 4, { v1: 100 }), isStale)
      await assert.rejects(host.target.retire(s.slot, 4, 'v1'), isStale)
      await host.target.retire(s.slot, 6, 'v1')
      // Nothing runs any more, and the fence still stands, after a crash too.
      await host.crashAgent()
      await assert.rejects(host.target.ensure(s.spec('v1', { fence: 5 })), isStale)
      assert.equal((await host.target.observe(s.slot))?.fence, 6)
    })

    it('refuses what it cannot do, and says so', async () => {
      const s = await newSlot()
      const refused = (words: RegExp) => (fault: unknown) =>
        fault instanceof Fault && fault.code === 'target.refused' && words.test(fault.message)
      await assert.rejects(s.weigh({ nobody: 100 }), refused(/no group nobody/))
      await s.ready('v1')
      await assert.rejects(s.weigh({ v1: 60 }), refused(/sum to 100/))
      await assert.rejects(
        host.target.ensure(s.spec('v1', { version: 'v2' })),
        refused(/another version/),
      )
      await assert.rejects(
        host.target.ensure(s.spec('v2', { env: { PORT: '1' } })),
        refused(/set by the agent/),
      )
      assert.equal(await host.target.observe({ ...s.slot, service: 'unknown' }), undefined)
      assert.deepEqual(await host.target.counters({ ...s.slot, service: 'unknown' }), [])
      await s.retireAll()
    })

    it('gives instances their own environment and nothing of the agent', async () => {
      const s = await newSlot()
      await s.ready('v1', { env: { GREETING: 'hello' } })
      await s.weigh({ v1: 100 })
      const { env, cwd } = JSON.parse((await ask(s.port, '/env')).text) as {
        env: Record<string, string>
        cwd: string
      }
      const names = ['GREETING', 'HOME', 'HOST', 'PATH', 'PORT', 'SIGNALBOX_ENVIRONMENT']
      names.push('SIGNALBOX_SERVICE', 'SIGNALBOX_VERSION')
      assert.deepEqual(Object.keys(env).toSorted(), names)
      assert.equal(env['SIGNALBOX_SERVICE'], s.slot.service)
      assert.ok(cwd.endsWith(host.service.digest.replace(':', '-')))
      await s.retireAll()
    })

    it('counts every request, and the bad ones exactly', async () => {
      const s = await newSlot()
      await s.ready('v1')
      await s.weigh({ v1: 100 })
      await askMany(s.port, 60)
      await askMany(s.port, 7, '/fail')
      const counters = await until('all durations are in', async () => {
        const [counted] = await host.target.counters(s.slot)
        return counted && sum(counted.latency) === 67 && counted
      })
      assert.equal(counters.group, 'v1')
      assert.equal(counters.requests, 67)
      assert.equal(counters.bad, 7)
      assert.equal(counters.latency.length, LATENCY_BOUNDS_MS.length + 1)
      assert.equal((await ask(s.port, '/slow/300')).text, 'begun done')
      const slow = await until('the slow one is in', async () => {
        const [counted] = await host.target.counters(s.slot)
        return counted && sum(counted.latency) === 68 && counted
      })
      assert.equal(slowerThan(slow, 250), slowerThan(counters, 250) + 1)
      await s.retireAll()
    })

    it('keeps traffic while its agent is dead, and takes the same processes up again', async () => {
      const s = await newSlot()
      // Slow to say that it is healthy: for a second the next agent can only believe its records.
      const before = await s.ready('v1', { replicas: 2, env: { HEALTH_MS: '900' } })
      await s.weigh({ v1: 100 })
      await askMany(s.port, 10)
      assert.equal(await requestsOf(), 10)
      await host.crashAgent()
      const answers = await askMany(s.port, 50)
      assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200])
      // The first call starts the agent again, and its first look must not move any traffic.
      let after: GroupStatus | undefined
      const { answered, failed } = await underLoad(s.port, async () => {
        const { port = 0 } = before.instances[0] ?? {}
        const probes = async () => Number((await ask(port, '/probes')).text)
        const earlier = await probes()
        after = await s.statusOf('v1')
        await until('it was asked twice', async () => (await probes()) > earlier + 1)
      })
      assert.deepEqual(failed, [])
      assert.deepEqual(
        after?.instances.map(({ id, pid, state }) => [id, pid, state]),
        before.instances.map(({ id, pid, state }) => [id, pid, state]),
      )
      assert.equal(await requestsOf(), 60 + answered)
      // An adopted process is watched like any other.
      const victim = after?.instances[0]
      process.kill(victim?.pid ?? 0, 'SIGKILL')
      await until('the victim is replaced', async () => {
        const status = await s.statusOf('v1')
        const [first] = status?.instances ?? []
        return status?.ready === 2 && first?.pid !== victim?.pid
      })
      await s.retireAll()

      async function requestsOf() {
        const counters = await host.target.counters(s.slot)
        return sum(counters.map(({ requests }) => requests))
      }
    })

    it('brings a killed router back with the same weights and growing counters', async () => {
      const s = await newSlot()
      await s.pair(75, 25)
      await askMany(s.port, 40)
      const requests = async () =>
        Object.fromEntries(
          (await host.target.counters(s.slot)).map((c) => [c.group, c.requests] as const),
        )
      const before = await requests()
      assert.equal(sum(Object.values(before)), 40)
      await host.crashRouters()
      await until('traffic flows', async () => (await ask(s.port, '/')).status === 200)
      const mark = await requests()
      const shares = await sharesOf(s.port, 200)
      assert.ok(Math.abs((shares['next'] ?? 0) - 50) <= 5, JSON.stringify(shares))
      const later = await requests()
      for (const group of ['old', 'next']) {
        assert.ok((mark[group] ?? 0) >= (before[group] ?? 0), group)
        assert.equal((later[group] ?? 0) - (mark[group] ?? 0), shares[group])
      }
      await s.retireAll()
    })

    it('names the port that is taken, and leaves nothing behind', async () => {
      const s = await newSlot()
      const squatter = http.createServer().listen(s.port, '127.0.0.1')
      const isTaken = (fault: unknown) =>
        fault instanceof Fault &&
        fault.code === 'target.port-in-use' &&
        fault.message.includes(String(s.port)) &&
        fault.remedy.includes(String(s.port))
      await assert.rejects(host.target.ensure(s.spec('v1')), isTaken)
      assert.deepEqual((await host.target.observe(s.slot))?.groups, [])
      await new Promise((resolve) => squatter.close(resolve))
      await s.ready('v1')
      const neighbour = await newSlot()
      await assert.rejects(host.target.ensure(neighbour.spec('v1', { port: s.port })), isTaken)
      await s.retireAll()
      // What was retired gives its port back.
      await neighbour.ready('v1', { port: s.port })
      await neighbour.retireAll()
    })

    it('leaves no child of an instance behind', async () => {
      const s = await newSlot()
      await s.ready('v1', { env: { CHILDREN: '1' } })
      await s.weigh({ v1: 100 })
      const children = JSON.parse((await ask(s.port, '/children')).text) as number[]
      assert.deepEqual(children.map(host.isAlive), [true, true])
      await s.retireAll()
      assert.deepEqual(children.map(host.isAlive), [false, false])
    })

    it('gives fewer replicas up one by one without a failed request', async () => {
      const s = await newSlot()
      await s.ready('v1', { replicas: 3 })
      await s.weigh({ v1: 100 })
      const { failed } = await underLoad(s.port, async () => {
        await host.target.ensure(s.spec('v1', { replicas: 1 }))
        await until('two are gone', async () => (await host.target.counters(s.slot)).length === 1)
      })
      assert.deepEqual(failed, [])
      assert.equal((await s.statusOf('v1'))?.instances.length, 1)
      await s.retireAll()
    })

    it('passes bodies and upgraded connections through', async () => {
      const s = await newSlot()
      await s.ready('v1')
      await s.weigh({ v1: 100 })
      const body = 'x'.repeat(300_000)
      assert.equal((await ask(s.port, '/echo', { method: 'POST', body })).text, body)
      assert.equal((await ask(s.port, '/echo', { method: 'DELETE', body: 'y' })).text, 'y')
      assert.equal(await upgrade(s.port, 'over the wire'), 'over the wire')
      await s.retireAll()
    })
  })
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

function slowerThan({ latency }: InstanceCounters, ms: number): number {
  return sum(latency.slice(LATENCY_BOUNDS_MS.findIndex((bound) => bound > ms)))
}
