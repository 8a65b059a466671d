import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { serversOf, sharesHeld, type GroupTraffic } from './traffic.ts'

type State = GroupTraffic['kept'][number]['state']

let ports = 1
const member = (id: string, state: State) => ({ id, port: ports++, state })
const group = (name: string, percent: number, ...states: State[]): GroupTraffic => ({
  name,
  percent,
  kept: states.map((state, i) => member(`${name}${i}`, state)),
  surplus: [],
})
const weightsOf = (...groups: GroupTraffic[]) =>
  Object.fromEntries(serversOf(groups).map(({ id, weight }) => [id, weight > 0]))

describe('traffic', () => {
  it('goes to ready instances alone', () =>
    assert.deepEqual(
      weightsOf(
        group('a', 100, 'ready', 'starting', 'unhealthy', 'exited'),
        group('b', 0, 'ready'),
      ),
      { a0: true, a1: false, a2: false, a3: false, b0: false },
    ))

  it('goes to unhealthy instances rather than to nobody', () => {
    assert.deepEqual(weightsOf(group('a', 100, 'unhealthy', 'exited'), group('b', 0, 'ready')), {
      a0: true,
      a1: false,
      b0: false,
    })
    assert.deepEqual(weightsOf(group('a', 50, 'unhealthy'), group('b', 50, 'ready')), {
      a0: false,
      b0: true,
    })
  })

  it('never goes to an instance on its way out', () => {
    const leaving = { ...group('a', 100, 'ready'), surplus: [member('gone', 'ready')] }
    assert.deepEqual(weightsOf(leaving), { a0: true, gone: false })
  })

  describe('as the router holds it', () => {
    const canary = [group('old', 99, 'ready'), group('next', 1, 'ready', 'ready', 'ready')]
    const asTold = () => new Map(serversOf(canary).map(({ id, weight }) => [id, weight]))

    it('is what was asked when integers come no closer', () =>
      assert.deepEqual(sharesHeld(canary, asTold()), { old: 99, next: 1 }))

    it('is what it is when the router holds something else', () => {
      assert.deepEqual(sharesHeld(canary, new Map()), { old: 0, next: 0 })
      assert.deepEqual(sharesHeld(canary, asTold().set('old0', 3)), { old: 50, next: 50 })
    })

    it('is what it is when a group cannot take its share', () => {
      const crashed = [group('old', 75, 'ready'), group('next', 25, 'exited')]
      const held = new Map(serversOf(crashed).map(({ id, weight }) => [id, weight]))
      assert.deepEqual(sharesHeld(crashed, held), { old: 100, next: 0 })
    })
  })
})
