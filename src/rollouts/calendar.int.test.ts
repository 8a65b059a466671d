/** What the calendar does to releases on their way, on a virtual clock. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { SYSTEM } from '#kernel/actor.ts'
import type { WindowSpec } from '#releases/events.ts'
import { QUICK, type Rig, rolloutRig } from '../../test/support/rollout-rig.ts'
import { decide } from './decide.ts'
import { deployments } from './queries.ts'
import { gatherFacts } from './queries/facts.ts'
import { deploymentDetailOf } from './routes/answers.ts'
import { startRollback } from './routes/start-rollback.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const prod = { service: 'shop', environment: 'prod' }

/** With 1.0.0 in production. */
async function ready(rig: Rig): Promise<Rig> {
  await rig.environments('dev', 'prod')
  await rig.policy(QUICK)
  await rig.service({ name: 'shop' })
  await rig.run(MINUTE)
  await rig.release('shop', '1.0.0')
  await rig.run()
  return rig
}
const wallIn = (rig: Rig, ms: number) => new Date(rig.clock.now() + ms).toISOString().slice(0, 19)
/** Once, from so many milliseconds from now on. */
const window = (rig: Rig, startsIn: number, change: Partial<WindowSpec>) =>
  rig.say('window', `w-${startsIn}`, {
    type: 'window.applied',
    window: `w-${startsIn}`,
    spec: {
      zone: 'UTC',
      rule: 'FREQ=DAILY;COUNT=1',
      start: wallIn(rig, startsIn),
      duration: '1h',
      except: [],
      mode: 'allow',
      scope: { kinds: ['production'] },
      reason: '',
      blocks: 'forward',
      ...change,
    },
  })
const freeze = (rig: Rig, forMs: number, urgency?: 'immediate') =>
  rig.say('freeze', 'stop', {
    type: 'freeze.declared',
    freeze: 'stop',
    environments: ['prod'],
    services: ['*'],
    reason: 'stop',
    startsAt: rig.clock.now(),
    endsAt: rig.clock.now() + forMs,
    ...(urgency && { urgency }),
  })
const verdictOf = async (rig: Rig, version: string) =>
  (await rig.promotion('prod', 'shop', version)).state.verdict ?? assert.fail('not judged')
const latest = async (rig: Rig) => {
  const [row] = await deployments(rig.engine.reads, { ...prod, limit: 1 })
  return row ?? assert.fail('nothing was deployed')
}
/** As its page says it. */
const restsFor = async (rig: Rig) =>
  (await deploymentDetailOf(rig.engine, await latest(rig), rig.clock.now())).resting?.why ?? []
/** From its release until it stands in the middle of its first or second step in production. */
const IN_STEP = { 10: 45_000, 50: 75_000 } as const
async function reach(rig: Rig, version: string, weight: 10 | 50): Promise<void> {
  await rig.release('shop', version)
  await rig.run(IN_STEP[weight])
  const rest = { '1.0.0': 100 - weight, [version]: weight }
  assert.deepEqual(rig.target.serving(prod), rest)
}

describe('a window', () => {
  it('keeps a release waiting until it opens, and says so', async (t) => {
    const rig = await ready(await rolloutRig(t))
    const opensAt = Math.floor((rig.clock.now() + 4 * MINUTE) / 1_000) * 1_000
    await window(rig, 4 * MINUTE, {})
    await rig.release('shop', '1.1.0')
    await rig.run(2 * MINUTE)
    const verdict = await verdictOf(rig, '1.1.0')
    assert.deepEqual([verdict.verdict, verdict.until], ['wait', opensAt])
    assert.ok(verdict.reasons.some(({ code }) => code === 'window.closed'))
    assert.deepEqual(rig.target.serving(prod), { '1.0.0': 100 })
    await rig.run(6 * MINUTE)
    assert.equal((await rig.promotion('prod', 'shop', '1.1.0')).outcome, 'succeeded')
    assert.ok((await latest(rig)).startedAt >= opensAt)
  })
  it('that ends too soon is not begun in', async (t) => {
    const rig = await ready(await rolloutRig(t))
    await window(rig, -10 * MINUTE, { duration: '12m' })
    await window(rig, 6 * MINUTE, {})
    await rig.release('shop', '1.1.0')
    await rig.run(90_000)
    const verdict = await verdictOf(rig, '1.1.0')
    assert.ok(verdict.reasons.some(({ code }) => code === 'window.too-short'))
    assert.equal((await latest(rig)).version, '1.0.0')
    await rig.run(8 * MINUTE)
    assert.equal((await rig.promotion('prod', 'shop', '1.1.0')).outcome, 'succeeded')
  })
  it('closes nothing that it does not cover', async (t) => {
    const rig = await ready(await rolloutRig(t))
    await window(rig, HOUR, {})
    await rig.release('shop', '1.1.0')
    await rig.run(3 * MINUTE)
    assert.equal((await rig.outcomes('dev', 'shop'))['1.1.0'], 'succeeded')
    assert.equal((await rig.promotion('prod', 'shop', '1.1.0')).status, 'waiting')
  })
})

describe('a rollout under way', () => {
  it('rests at its small canary while it is frozen by plan, and then goes on', async (t) => {
    const rig = await ready(await rolloutRig(t))
    await reach(rig, '1.1.0', 10)
    await freeze(rig, 4 * MINUTE)
    await rig.run(3 * MINUTE)
    assert.deepEqual(rig.target.serving(prod), { '1.0.0': 90, '1.1.0': 10 })
    assert.match((await restsFor(rig)).join(), /^frozen by .*: stop$/)
    await rig.run(4 * MINUTE)
    assert.deepEqual([(await latest(rig)).outcome, await restsFor(rig)], ['succeeded', []])
  })
  it('goes on to the end from further up, when it is frozen by plan', async (t) => {
    const rig = await ready(await rolloutRig(t))
    await reach(rig, '1.1.0', 50)
    await freeze(rig, HOUR)
    assert.deepEqual(await restsFor(rig), [])
    await rig.run(4 * MINUTE)
    assert.equal((await latest(rig)).outcome, 'succeeded')
  })
  it('is held where it is by an emergency stop', async (t) => {
    const rig = await ready(await rolloutRig(t))
    await reach(rig, '1.1.0', 50)
    await freeze(rig, HOUR, 'immediate')
    await rig.run(3 * MINUTE)
    assert.deepEqual(rig.target.serving(prod), { '1.0.0': 50, '1.1.0': 50 })
  })
  it('that turns bad is taken back, whatever is closed', async (t) => {
    const rig = await ready(await rolloutRig(t))
    await reach(rig, '1.1.0', 10)
    rig.target.behaviours.set('1.1.0', { comesUp: true, badShare: 0.6 })
    await window(rig, 2 * HOUR, {})
    await freeze(rig, HOUR, 'immediate')
    await rig.run(4 * MINUTE)
    assert.equal((await latest(rig)).outcome, 'rolledBack')
    assert.deepEqual(rig.target.serving(prod), { '1.0.0': 100 })
  })
})

describe('a rollback', () => {
  it('asks neither freezes nor windows, from its start to its end', async (t) => {
    const rig = await ready(await rolloutRig(t))
    const release = await rig.release('shop', '1.1.0')
    await rig.run()
    await window(rig, 2 * HOUR, {})
    await freeze(rig, HOUR, 'immediate')
    const wish = { ...prod, release, origin: 'person', requestedBy: 'ana' } as const
    const gathered = await gatherFacts(rig.engine.reads, wish, rig.clock.now())
    assert.ok(!('missing' in gathered))
    const codes = decide(gathered.facts, rig.clock.now()).reasons.map(({ code }) => code)
    assert.ok(codes.includes('freeze.active') && codes.includes('window.closed'))
    const back = { ...prod, at: rig.clock.now(), by: 'ana', reason: 'slow', deployment: 'dep_back' }
    assert.equal(await startRollback(rig.engine, back, { actor: SYSTEM }), undefined)
    await rig.run()
    const row = await latest(rig)
    assert.deepEqual([row.id, row.outcome], ['dep_back', 'succeeded'])
    assert.deepEqual(rig.target.serving(prod), { '1.0.0': 100 })
  })
})

describe('how long it takes', () => {
  it('is known from those that went before it here', async (t) => {
    const rig = await ready(await rolloutRig(t))
    const release = await rig.release('shop', '1.1.0')
    await rig.run()
    const takes = async () => {
      const wish = { ...prod, release, origin: 'person', requestedBy: 'ana' } as const
      const gathered = await gatherFacts(rig.engine.reads, wish, rig.clock.now())
      return 'missing' in gathered ? assert.fail(gathered.name) : gathered.facts.takes
    }
    assert.equal((await takes()).basis, 'by its steps and bake times')
    for (const version of ['1.2.0', '1.3.0', '1.4.0', '1.5.0']) {
      await rig.release('shop', version)
      await rig.run()
    }
    const { ms, basis } = await takes()
    assert.match(basis, /of the last 6/)
    assert.ok(ms >= 90_000 && ms <= 3 * MINUTE, `${ms}`)
  })
})
