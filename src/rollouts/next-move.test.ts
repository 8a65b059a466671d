import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { aPlan, MINUTE } from '../../test/support/rollout-fixtures.ts'
import { blueGreen, rolling, RolloutWorld, type Start } from '../../test/support/rollout-world.ts'
import { UNDO_MS } from './deployment.ts'
import { nextMove } from './next-move.ts'

describe('a good release', () => {
  it('goes up the steps, bakes at each, and only then lets the old one go', () => {
    const world = new RolloutWorld()
    assert.equal(world.run(), 'succeeded')
    assert.deepEqual(world.weightsSet(), [5, 50, 100])
    assert.equal(world.log.indexOf('retire'), world.log.length - 2)
    const bakes = aPlan.steps.reduce((sum, { bakeMs }) => sum + bakeMs, aPlan.bakeMs)
    assert.ok(world.now >= bakes && world.now < bakes + MINUTE)
    assert.deepEqual([...world.groups.keys()], ['dep_2'])
  })
  it('rolls in one step where that is the strategy, and then lets the old one go', () => {
    const world = new RolloutWorld({ plan: rolling, tier: 3 })
    world.traffic = 0
    assert.equal(world.run(), 'succeeded')
    assert.deepEqual(world.weightsSet(), [100])
    assert.deepEqual(world.log.slice(0, 5), [
      'ensure',
      'deployment.ready',
      'weigh',
      'smoke',
      'retire',
    ])
    assert.ok(world.now >= rolling.bakeMs)
  })
  it('has nobody to compare with when it is the first', () => {
    const world = new RolloutWorld({ returnPoint: null })
    world.groups.clear()
    world.stable = undefined
    world.traffic = 0
    assert.equal(world.run(), 'succeeded')
    assert.deepEqual(world.weightsSet(), [100])
  })
  it('is given to a router that has forgotten it', () => {
    const world = new RolloutWorld()
    world.run(30_000)
    world.weights = { dep_1: 100 }
    world.act(world.next() as { do: 'measure' })
    assert.deepEqual(world.weights, { dep_1: 95, dep_2: 5 })
  })
})

describe('blue-green', () => {
  const start = (change: Partial<Start> = {}) => {
    const world = new RolloutWorld({ plan: blueGreen, tier: 2, ...change })
    world.traffic = 0
    return world
  }
  it('is tested before it is let in, switched at once, and leaves blue beside it', () => {
    const world = start()
    assert.equal(world.run(), 'succeeded')
    assert.deepEqual(
      world.log.filter((move) => move !== 'measure'),
      ['ensure', 'deployment.ready', 'preview', 'weigh', 'smoke', 'deployment.finish'],
    )
    assert.deepEqual(world.weightsSet(), [100])
    assert.deepEqual([...world.groups.keys()], ['dep_1', 'dep_2'])
  })
  it('that fails its test is never seen', () => {
    const world = start()
    world.previewPasses = false
    assert.equal(world.run(), 'failed')
    assert.equal(world.reason, 'smoke test before any traffic: said')
    assert.deepEqual(world.weightsSet(), [])
    assert.deepEqual([...world.groups.keys()], ['dep_1'])
  })
  it('goes back by turning the router, and nothing else', () => {
    const world = start()
    world.run(MINUTE)
    world.say({ type: 'deployment.abort', at: world.now, by: 'ana', cause: 'person', reason: 'no' })
    world.log.length = 0
    assert.equal(world.run(), 'aborted')
    assert.deepEqual(world.log, ['weigh', 'retire', 'deployment.finish'])
  })
  it('lets what was kept warm before go, but not what a rollback may need', () => {
    const world = start()
    world.groups.set('dep_0', 2)
    world.run(0)
    assert.deepEqual(world.log.slice(0, 2), ['retire', 'ensure'])
    const back = start({ kind: 'rollback', plan: rolling })
    back.groups.set('dep_0', 2)
    back.run(0)
    assert.equal(back.log[0], 'ensure')
  })
})

describe('a bad release', () => {
  it('is taken back, traffic first', () => {
    const world = new RolloutWorld()
    world.badShare = 0.3
    assert.equal(world.run(), 'rolledBack')
    assert.match(world.reason, /^errors: about [\d.]+ times the stable release$/)
    assert.deepEqual(world.weights, { dep_1: 100 })
    assert.deepEqual([...world.groups.keys()], ['dep_1'])
    const undo = world.log.slice(world.log.indexOf('deployment.abort'))
    assert.deepEqual(undo, ['deployment.abort', 'weigh', 'retire', 'deployment.finish'])
  })
  it('that turns bad in the last bake is taken back all the same', () => {
    const world = new RolloutWorld()
    world.run(4 * MINUTE)
    assert.deepEqual(world.weightsSet(), [5, 50, 100])
    world.badShare = 0.9
    assert.equal(world.run(), 'rolledBack')
    assert.deepEqual(world.weights, { dep_1: 100 })
  })
  it('that does not come up is never seen', () => {
    const world = new RolloutWorld()
    world.comesUp = 1
    assert.equal(world.run(), 'failed')
    assert.equal(world.now, aPlan.readyMs)
    assert.match(world.reason, /1 of 2 instances were ready after 1m\.\nits last words/)
    assert.deepEqual(world.weightsSet(), [])
    assert.deepEqual([...world.groups.keys()], ['dep_1'])
  })
  it('that cannot even be started says what the target said', () => {
    const world = new RolloutWorld()
    world.failing = { since: 1_000, why: 'target.port-in-use: Port 4000 is taken.' }
    // Every call to make the group fails.
    const deadline = nextMove(world.state, world.observe(), aPlan.readyMs)
    assert.deepEqual(deadline, {
      do: 'report',
      wish: {
        type: 'deployment.abort',
        cause: 'health',
        reason: '0 of 2 instances were ready after 1m.\ntarget.port-in-use: Port 4000 is taken.',
      },
    })
  })
  it('that fails its smoke test is taken back', () => {
    const world = new RolloutWorld({ plan: rolling })
    world.smokePasses = false
    assert.equal(world.run(), 'rolledBack')
    assert.deepEqual(world.weights, { dep_1: 100 })
  })
  it('that falls over is taken back after a moment of grace', () => {
    const world = new RolloutWorld()
    world.run(20_000)
    world.groups.set('dep_2', 0)
    world.unreadySince = world.now
    assert.equal(world.run(), 'rolledBack')
    assert.match(world.reason, /^No instance is ready any more/)
  })
  it('that falls over at the very end is not called good, and the old one stays', () => {
    const world = new RolloutWorld()
    world.run(6 * MINUTE - 1)
    assert.equal(world.weights['dep_2'], 100)
    world.groups.set('dep_2', 0)
    world.now = 20 * MINUTE
    world.unreadySince = world.now
    assert.equal(world.run(), 'rolledBack')
    assert.deepEqual([...world.groups.keys()], ['dep_1'])
  })
  it('without anything to go back to is taken away', () => {
    const world = new RolloutWorld({ returnPoint: null, plan: rolling })
    world.groups.clear()
    world.stable = undefined
    world.smokePasses = false
    assert.equal(world.run(), 'rolledBack')
    assert.equal(world.groups.size, 0)
    assert.ok(
      world.events.some((e) => e.type === 'deployment.trafficRestored' && e.deployment === null),
    )
  })
  it('waits for the instances to go back to, when they are gone', () => {
    const world = new RolloutWorld()
    world.badShare = 0.3
    world.run(15_000)
    world.groups.delete('dep_1')
    assert.equal(world.run(), 'rolledBack')
    assert.deepEqual(world.weights, { dep_1: 100 })
  })
  it('is stuck when those do not come up in time', () => {
    const world = new RolloutWorld()
    world.badShare = 0.3
    world.run(15_000)
    world.groups.delete('dep_1')
    world.comesUp = 0
    assert.equal(world.run(), 'stuck')
    const abort = world.events.find((e) => e.type === 'deployment.abortRequested')
    assert.equal(world.now - (abort?.at ?? 0), UNDO_MS)
  })
  it('seen by users although we were killed before saying so counts as seen', () => {
    const world = new RolloutWorld()
    world.run(1)
    world.forget(2)
    world.say({ type: 'deployment.abort', at: 5, by: 'ana', cause: 'health', reason: 'no' })
    assert.equal(world.run(), 'rolledBack')
  })
})

describe('where a person has to decide', () => {
  const manual = { ...aPlan, analysis: { ...aPlan.analysis, automaticRollback: false } }
  it('a bad release is paused instead, and watched on', () => {
    const world = new RolloutWorld({ plan: manual })
    world.badShare = 0.3
    assert.equal(world.run(MINUTE), 'waiting')
    assert.match(world.pausedFor, /no automatic rollback/)
    const ticks = world.events.filter((e) => e.type === 'deployment.measured').length
    world.run(2 * MINUTE)
    assert.ok(world.events.filter((e) => e.type === 'deployment.measured').length > ticks)
    assert.deepEqual(world.weightsSet(), [5])
  })
  it('who resumes it has overruled the judge', () => {
    const world = new RolloutWorld({ plan: manual })
    world.badShare = 0.3
    world.run(MINUTE)
    world.say({ type: 'deployment.resume', at: world.now, by: 'ana' })
    assert.equal(world.run(), 'succeeded')
  })
  it('a rollback is never undone by itself', () => {
    const world = new RolloutWorld({ kind: 'rollback', plan: rolling })
    world.smokePasses = false
    assert.equal(world.run(MINUTE), 'waiting')
    assert.match(world.pausedFor, /smoke test/)
    world.smokePasses = true
    world.say({ type: 'deployment.resume', at: world.now, by: 'ana' })
    assert.equal(world.run(), 'succeeded')
  })
  it('a pause stops the steps', () => {
    const world = new RolloutWorld()
    world.run(5_000)
    world.say({ type: 'deployment.pause', at: world.now, by: 'ana', reason: 'lunch' })
    assert.equal(world.run(60 * MINUTE), 'waiting')
    assert.deepEqual(world.weightsSet(), [5])
    world.say({ type: 'deployment.resume', at: world.now, by: 'ana' })
    assert.equal(world.run(), 'succeeded')
  })
  it('an advance goes to the next step at once', () => {
    const world = new RolloutWorld()
    world.run(5_000)
    world.say({ type: 'deployment.advance', at: world.now, by: 'ana', reason: 'sure' })
    world.run(world.now)
    assert.deepEqual(world.weightsSet(), [5, 50])
  })
})

describe('without traffic', () => {
  const quiet = (tier: number) => {
    const world = new RolloutWorld({ tier })
    world.traffic = 0
    return world
  }
  it('the lower tiers go on after ten bakes, and say that nothing was proven', () => {
    const world = quiet(2)
    assert.equal(world.run(), 'succeeded')
    assert.deepEqual(world.weightsSet(), [5, 50, 100])
    assert.equal(world.reason, 'It went on unproven at 5 %, 50 %, 100 %, by decision.')
    assert.ok(world.now >= 60 * MINUTE)
  })
  it('the upper tiers ask a person', () => {
    const world = quiet(1)
    assert.equal(world.run(11 * MINUTE), 'waiting')
    assert.match(world.pausedFor, /^unproven after 10m: no-traffic$/)
    assert.deepEqual(world.weightsSet(), [5])
  })
  it('who resumes waits as long again', () => {
    const world = quiet(1)
    world.run(11 * MINUTE)
    world.say({ type: 'deployment.resume', at: world.now, by: 'ana' })
    assert.equal(world.run(20 * MINUTE), 'waiting')
    assert.equal(world.pausedFor, '')
  })
  it('too little of it proves nothing either', () => {
    const world = new RolloutWorld({
      plan: { ...aPlan, analysis: { ...aPlan.analysis, requestsMin: 1e9 } },
    })
    world.run(11 * MINUTE)
    assert.match(world.pausedFor, /of 1000000000 requests seen/)
  })
})

describe('a veto', () => {
  it('takes a release back on its way, whatever the policy says of automation', () => {
    const analysis = { ...aPlan.analysis, automaticRollback: false }
    const world = new RolloutWorld({ plan: { ...aPlan, analysis } })
    world.run(5_000)
    world.veto = 'leaks'
    assert.equal(world.run(), 'aborted')
    assert.equal(world.reason, 'vetoed: leaks')
    assert.deepEqual(world.weights, { dep_1: 100 })
  })
  it('keeps one that is starting from being seen', () => {
    const world = new RolloutWorld()
    world.veto = 'leaks'
    world.comesUp = 1
    assert.equal(world.run(), 'aborted')
    assert.deepEqual(world.weightsSet(), [])
  })
  it('does not stop a rollback half way', () => {
    const world = new RolloutWorld({ kind: 'rollback', plan: rolling })
    world.veto = 'leaks'
    assert.equal(world.run(), 'succeeded')
  })
})

describe('a freeze or a hold', () => {
  it('stops the next step, and nothing else', () => {
    const world = new RolloutWorld()
    world.run(5_000)
    world.obstacles = ['frozen: holidays']
    assert.equal(world.run(30 * MINUTE), 'waiting')
    assert.deepEqual(world.weightsSet(), [5])
    world.badShare = 0.5
    assert.equal(world.run(), 'rolledBack')
  })
  it('does not keep a release at 100 % from finishing', () => {
    const world = new RolloutWorld()
    world.run(4 * MINUTE)
    world.obstacles = ['frozen: holidays']
    assert.equal(world.run(), 'succeeded')
  })
})

describe('a target that fails', () => {
  it('for a minute before anybody saw the release fails it', () => {
    const world = new RolloutWorld({ plan: { ...aPlan, readyMs: 10 * MINUTE } })
    world.groups.clear()
    world.comesUp = 0
    world.failing = { since: 0, why: 'no route to host' }
    assert.equal(world.run(), 'failed')
    assert.equal(world.reason, 'no route to host')
    assert.ok(world.now < 2 * MINUTE)
  })
})

describe('a target that does not answer', () => {
  const blind = (change: Partial<Start> = {}) => {
    const world = new RolloutWorld(change)
    world.run(5_000)
    world.isBlind = true
    world.failing = { since: world.now, why: 'no route to host' }
    return world
  }
  it('leaves an exposed release stuck, after it was tried to be undone', () => {
    const world = blind()
    assert.equal(world.run(), 'stuck')
    assert.match(world.reason, /no route to host/)
  })
  it('for a while is waited for', () => {
    const world = blind()
    world.run(30_000)
    world.isBlind = false
    world.failing = undefined
    assert.equal(world.run(), 'succeeded')
  })
  it('is never taken for one that runs nothing', () => {
    const world = blind()
    world.say({ type: 'deployment.abort', at: world.now, by: 'ana', cause: 'person', reason: 'no' })
    world.run(world.now + 20_000)
    assert.equal(world.outcome, 'undoing')
    world.isBlind = false
    assert.equal(world.run(), 'aborted')
    assert.deepEqual(world.weights, { dep_1: 100 })
  })
})

describe('a rollout that waits for days', () => {
  it('is measured ever less often', () => {
    const world = new RolloutWorld()
    world.run(5_000)
    world.say({ type: 'deployment.pause', at: world.now, by: 'ana', reason: 'holidays' })
    world.run(60 * MINUTE)
    const state = world.state
    assert.ok(state.status === 'running')
    const gap = (ticks: number) => {
      const move = nextMove({ ...state, ticks }, world.observe(), world.now)
      return move.do === 'wait' ? move.until - (state.tickedAt ?? 0) : 0
    }
    assert.equal(gap(1_000), aPlan.analysis.tickMs)
    assert.equal(gap(5_000), 5 * aPlan.analysis.tickMs)
  })
})
