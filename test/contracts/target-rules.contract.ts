/**
 * What every deploy target owes its callers, as far as it shows at the port: on the real thing, and
 * on those that exist in memory alone, or what is tried on these says nothing about the real one.
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { Fault } from '#kernel/fault.ts'
import { LATENCY_BOUNDS_MS, type GroupSpec, type Slot, type Target } from '#rollouts/ports.ts'
import { until } from '../support/until.ts'

export interface RuledHost {
  readonly target: Target
  readonly service: GroupSpec['artifact']
  publicPort(): Promise<number>
  dispose(): Promise<void>
}

const refused = (fault: unknown) => fault instanceof Fault && fault.code === 'target.refused'
const stale = (fault: unknown) => fault instanceof Fault && fault.code === 'target.stale-fence'

export function targetRules(name: string, makeHost: () => Promise<RuledHost>): void {
  describe(`rules of a target: ${name}`, { concurrency: 1 }, () => {
    let host: RuledHost
    let slots = 0
    before(async () => {
      host = await makeHost()
    })
    after(() => host.dispose())

    async function newSlot() {
      const { target, service: artifact } = host
      const slot: Slot = { service: `rule${++slots}`, environment: 'prod' }
      const run = { argv: ['node', 'service.mjs'], health: '/health', env: {}, replicas: 1 }
      const port = await host.publicPort()
      const spec = (group: string, more: Partial<GroupSpec> = {}): GroupSpec => ({
        ...{ slot, group, fence: 1, version: group, artifact, port, ...run },
        ...more,
      })
      const seen = async () => (await target.observe(slot)) ?? assert.fail('nobody knows the slot')
      const ready = async (group: string, more: Partial<GroupSpec> = {}) => {
        await target.ensure(spec(group, more))
        return until(`${group} is ready`, async () => {
          const status = (await seen()).groups.find((each) => each.group === group)
          return status !== undefined && status.ready === status.replicas && status
        })
      }
      const retireAll = async () => {
        for (const { group } of (await seen()).groups) await target.retire(slot, 99, group)
      }
      return { target, slot, spec, ready, seen, retireAll }
    }

    it('shows what was asked for, and sends nobody there before it is told to', async () => {
      const { ready, seen, spec, target, retireAll } = await newSlot()
      await ready('v1', { replicas: 2 })
      await target.ensure(spec('v1', { replicas: 2 }))
      const { groups, weights } = await seen()
      assert.deepEqual(
        groups.map(({ group, version, instances }) => [group, version, instances.length]),
        [['v1', 'v1', 2]],
      )
      assert.equal(weights['v1'] ?? 0, 0)
      await retireAll()
      assert.deepEqual((await seen()).groups, [])
    })
    it('holds the weights it is told, and forgets those of who is gone', async () => {
      const { ready, seen, slot, target, retireAll } = await newSlot()
      await ready('old')
      await ready('next')
      await target.weigh(slot, 1, { old: 75, next: 25 })
      assert.deepEqual((await seen()).weights, { old: 75, next: 25 })
      await target.weigh(slot, 1, { next: 100 })
      await target.retire(slot, 1, 'old')
      const { weights } = await seen()
      assert.deepEqual([weights['old'] ?? 0, weights['next']], [0, 100])
      await retireAll()
    })
    it('refuses whoever was replaced, also when nothing runs any more', async () => {
      const { ready, seen, spec, slot, target } = await newSlot()
      await ready('v1', { fence: 5 })
      await assert.rejects(target.ensure(spec('v2', { fence: 4 })), stale)
      await assert.rejects(target.weigh(slot, 4, { v1: 100 }), stale)
      await assert.rejects(target.retire(slot, 4, 'v1'), stale)
      await target.retire(slot, 6, 'v1')
      await assert.rejects(target.ensure(spec('v1', { fence: 5 })), stale)
      assert.equal((await seen()).fence, 6)
    })
    it('refuses what it cannot do, and changes nothing', async () => {
      const { ready, seen, spec, slot, target, retireAll } = await newSlot()
      await assert.rejects(target.weigh(slot, 1, { nobody: 100 }), refused)
      await ready('v1')
      await target.weigh(slot, 1, { v1: 100 })
      await assert.rejects(target.weigh(slot, 1, { v1: 60 }), refused)
      await assert.rejects(target.weigh(slot, 1, { v1: 60, nobody: 40 }), refused)
      await assert.rejects(target.ensure(spec('v1', { version: 'v2' })), refused)
      assert.deepEqual((await seen()).weights, { v1: 100 })
      await retireAll()
    })
    it('knows nothing of a slot that nobody used, and says so without a fault', async () => {
      const nowhere = { service: 'unheard-of', environment: 'prod' }
      assert.equal(await host.target.observe(nowhere), undefined)
      assert.deepEqual(await host.target.counters(nowhere), [])
    })
    it('goes on with idle instances of the same under another name, and with no others', async () => {
      const { ready, seen, spec, slot, target, retireAll } = await newSlot()
      const same = { version: 'v1' }
      await ready('warm', same)
      await ready('next')
      await target.weigh(slot, 1, { next: 100 })
      await target.ensure(spec('again', { ...same, takesOver: 'warm' }))
      const names = async () => (await seen()).groups.map(({ group }) => group).toSorted()
      assert.deepEqual(await names(), ['again', 'next'])
      await target.weigh(slot, 1, { again: 100 })
      await ready('third', { ...same, takesOver: 'again' })
      await ready('other', { version: 'v2', takesOver: 'third' })
      assert.deepEqual(await names(), ['again', 'next', 'other', 'third'])
      await retireAll()
    })
    it('counts each instance by itself, in the buckets that are asked for', async () => {
      const { ready, slot, target, retireAll } = await newSlot()
      await ready('v1', { replicas: 2 })
      const counted = await target.counters(slot)
      assert.deepEqual([...new Set(counted.map(({ group }) => group))], ['v1'])
      assert.equal(new Set(counted.map(({ instance }) => instance)).size, 2)
      for (const { requests, bad, latency } of counted) {
        assert.ok(bad <= requests)
        assert.equal(latency.length, LATENCY_BOUNDS_MS.length + 1)
      }
      await retireAll()
    })
  })
}
