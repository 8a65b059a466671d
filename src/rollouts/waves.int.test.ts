/**
 * Waves and a window that closes while one of them bakes, on a virtual clock: ADR 18 from end to
 * end, with a night of minutes, for one of twelve hours would be four thousand ticks.
 */
import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import type { WaveSpec } from '#catalog/events.ts'
import { QUICK, type Rig, rolloutRig } from '../../test/support/rollout-rig.ts'
import { deployments } from './queries.ts'
import { deploymentDetailOf } from './routes/answers.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const prod = { service: 'shop', environment: 'prod' }
const WAVES: readonly WaveSpec[] = [
  { name: 'first', sharePercent: 25, bakeMs: 8 * MINUTE },
  { name: 'rest', sharePercent: 75, bakeMs: MINUTE },
]

/** 1.0.0 runs; the slot closes in so long, for eight minutes. */
async function afternoon(t: TestContext, closesInMs: number): Promise<Rig> {
  const rig = await rolloutRig(t)
  await rig.environments('prod')
  await rig.policy({ '*/production': { ...QUICK['*/production'], batchBakeMs: 30_000 } })
  const deploy = {
    target: 'process',
    run: { argv: ['node'], health: '/healthz', env: {} },
    replicas: 4,
    waves: WAVES,
  } as const
  await rig.service({ name: 'shop', path: ['prod'], deploy })
  await rig.run(MINUTE)
  await rig.release('shop', '1.0.0')
  await rig.run(2 * MINUTE)
  assert.deepEqual(rig.target.serving(prod), { '1.0.0': 100 })
  for (const [name, startsInMs] of [
    ['today', closesInMs - HOUR],
    ['tomorrow', closesInMs + 8 * MINUTE],
  ] as const) {
    const start = new Date(rig.clock.now() + startsInMs).toISOString().slice(0, 19)
    const spec = {
      ...{ zone: 'UTC', rule: 'FREQ=DAILY;COUNT=1', start, duration: '1h', except: [] },
      ...{ mode: 'allow', scope: { kinds: ['production'] }, reason: '', blocks: 'forward' },
    }
    await rig.say('window', name, { type: 'window.applied', window: name, spec })
  }
  return rig
}

const latest = async (rig: Rig) => {
  const [row] = await deployments(rig.engine.reads, { ...prod, limit: 1 })
  return row ?? assert.fail('nothing was deployed')
}

describe('waves that need a night', () => {
  it('rest where the first one ends, say so, and go on when the slot opens', async (t) => {
    const rig = await afternoon(t, 6 * MINUTE)
    await rig.release('shop', '1.1.0')
    await rig.run(2 * MINUTE)
    const split = { '1.0.0': 75, '1.1.0': 25 }
    assert.deepEqual(rig.target.serving(prod), split)
    await rig.run(10 * MINUTE)
    assert.deepEqual(rig.target.serving(prod), split)
    const row = await latest(rig)
    const { resting } = await deploymentDetailOf(rig.engine, row, rig.clock.now())
    assert.match(resting?.why.join() ?? '', /day|window|closed/)
    assert.ok((resting?.until ?? 0) > rig.clock.now())
    await rig.run(8 * MINUTE)
    assert.deepEqual(rig.target.serving(prod), { '1.1.0': 100 })
    assert.equal((await latest(rig)).outcome, 'succeeded')
  })
  it('are taken back in the night when they turn bad', async (t) => {
    const rig = await afternoon(t, 6 * MINUTE)
    await rig.release('shop', '1.1.0')
    await rig.run(7 * MINUTE)
    rig.target.behaviours.set('1.1.0', { comesUp: true, badShare: 0.6 })
    await rig.run(3 * MINUTE)
    assert.equal((await latest(rig)).outcome, 'rolledBack')
    assert.deepEqual(rig.target.serving(prod), { '1.0.0': 100 })
  })
  it('are not begun when the first wave does not fit any more', async (t) => {
    const rig = await afternoon(t, MINUTE)
    await rig.release('shop', '1.1.0')
    await rig.run(30_000)
    const { status, state } = await rig.promotion('prod', 'shop', '1.1.0')
    assert.equal(status, 'waiting')
    const unmet = state.verdict?.reasons.filter((each) => each.state !== 'met')
    assert.deepEqual(
      unmet?.map(({ code }) => code),
      ['window.too-short'],
    )
    assert.match(unmet?.[0]?.remedy ?? '', /^It starts/)
  })
})
