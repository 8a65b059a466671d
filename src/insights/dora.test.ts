import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import {
  countedAs,
  type DeliveredChange,
  type DeploymentFact,
  dora,
  type Harm,
  percentile,
} from './dora.ts'

const DAY = 86_400_000
const HOUR = 3_600_000
const deployment = (name: string, more: Partial<DeploymentFact> = {}): DeploymentFact => ({
  deployment: name,
  service: 'shop',
  environment: 'prod',
  kind: 'forward',
  outcome: 'succeeded',
  exposedAt: DAY,
  finishedAt: DAY + HOUR,
  ...more,
})
const change = (hours: number, more: Partial<DeliveredChange> = {}): DeliveredChange => ({
  service: 'shop',
  sha: `c${hours}`,
  mergedAt: 2 * DAY - hours * HOUR,
  committedAt: 2 * DAY - (hours + 1) * HOUR,
  deliveredAt: 2 * DAY,
  seed: false,
  ...more,
})
const figures = (facts: {
  deployments?: readonly DeploymentFact[]
  changes?: readonly DeliveredChange[]
  harms?: readonly Harm[]
}) => dora({ deployments: [], changes: [], harms: [], from: 0, to: 10 * DAY, ...facts })
const back = { outcome: 'rolledBack' } as const

test('what cannot be known is null with its reason, never zero', () => {
  const nothing = figures({})
  assert.deepEqual(
    Object.values(nothing).map(({ value, reason }) => [value, reason]),
    [
      [null, 'no-deployments'],
      [null, 'no-changes'],
      [null, 'no-changes'],
      [null, 'no-deployments'],
      [null, 'no-failures'],
      [null, 'no-deployments'],
    ],
  )
  const unseen = figures({ deployments: [deployment('a', { exposedAt: null })] })
  assert.equal(unseen.changeFailureRate.reason, 'no-deployments')
})

test('frequency counts what went forward and succeeded, a day of the window', () => {
  const deployments = [
    deployment('a'),
    deployment('b'),
    deployment('c', back),
    deployment('d', { kind: 'rollback' }),
    deployment('early', { finishedAt: -1 }),
    deployment('late', { finishedAt: 10 * DAY }),
  ]
  assert.deepEqual(figures({ deployments }).deploymentFrequency, { value: 0.2, n: 2 })
  const only = figures({ deployments: [deployment('c', back)] })
  assert.deepEqual(only.deploymentFrequency, { value: 0, n: 0 })
})

test('lead time is from the branch to users, and from the commit beside it', () => {
  const changes = [1, 2, 3, 4, 10].map((hours) => change(hours))
  const { leadTime, leadTimeFromCommit } = figures({ changes })
  assert.equal(leadTime.n, 5)
  assert.equal(leadTime.value?.p50Ms, 3 * HOUR)
  assert.ok(Math.abs((leadTime.value?.p90Ms ?? 0) - 7.6 * HOUR) < 1)
  assert.equal(leadTimeFromCommit.value?.p50Ms, 4 * HOUR)
})

test('changes of the first deployment are older than our knowledge, and are left out', () => {
  const seed = change(900, { seed: true })
  assert.deepEqual(figures({ changes: [seed] }).leadTime, {
    value: null,
    n: 0,
    reason: 'only-first-deployments',
  })
  assert.equal(figures({ changes: [seed, change(2)] }).leadTime.value?.p90Ms, 2 * HOUR)
})

test('a clock that runs ahead makes no negative lead time', () => {
  assert.deepEqual(figures({ changes: [change(-5)] }).leadTime.value, { p50Ms: 0, p90Ms: 0 })
})

test('the failure rate is of what users saw: rolled back, stuck, or the cause of harm', () => {
  const deployments = [
    deployment('good'),
    deployment('back', back),
    deployment('stuck', { outcome: 'stuck' }),
    deployment('harmful'),
    deployment('unseen', { ...back, exposedAt: null }),
    deployment('undo', { kind: 'rollback' }),
  ]
  const harms = [{ deployment: 'harmful', startedAt: DAY, endedAt: null }]
  assert.deepEqual(figures({ deployments, harms }).changeFailureRate, { value: 0.75, n: 4 })
})

test('recovery is from harm to its end; what was undone by itself ended with the rollout', () => {
  const deployments = [deployment('a', back)]
  assert.deepEqual(figures({ deployments }).recoveryTime.value, { p50Ms: HOUR, open: 0 })
  const harms = [{ deployment: 'a', startedAt: DAY + HOUR / 2, endedAt: DAY + 9 * HOUR }]
  assert.deepEqual(figures({ deployments, harms }).recoveryTime.value?.p50Ms, HOUR / 2)
})

test('several incidents of one deployment are one recovery, at the end of the last', () => {
  const deployments = [deployment('a')]
  const harm = (startedAt: number, endedAt: number | null) => ({
    deployment: 'a',
    startedAt,
    endedAt,
  })
  const both = [harm(DAY + HOUR, DAY + 2 * HOUR), harm(DAY + 3 * HOUR, DAY + 5 * HOUR)]
  assert.deepEqual(figures({ deployments, harms: both }).recoveryTime, {
    value: { p50Ms: 4 * HOUR, open: 0 },
    n: 1,
  })
  const lasting = [harm(DAY + HOUR, DAY + 2 * HOUR), harm(DAY + 3 * HOUR, null)]
  assert.deepEqual(figures({ deployments, harms: lasting }).recoveryTime, {
    value: null,
    n: 1,
    reason: 'none-recovered',
  })
  const two = [...deployments, deployment('b', back)]
  assert.equal(figures({ deployments: two, harms: lasting }).recoveryTime.value?.open, 1)
})

test('rework is the share of deployments made only to undo another', () => {
  const deployments = [
    deployment('a'),
    deployment('b', back),
    deployment('c', { kind: 'rollback' }),
  ]
  assert.deepEqual(figures({ deployments }).reworkRate, { value: 1 / 3, n: 3 })
})

test('a percentile lies within the values, grows with its share, and interpolates', () => {
  assert.equal(percentile([4], 0.9), 4)
  assert.equal(percentile([1, 3], 0.5), 2)
  const values = fc.array(fc.nat(1000), { minLength: 1 })
  fc.assert(
    fc.property(values, fc.nat(100), fc.nat(100), (some, a, b) => {
      const [low, high] = [Math.min(a, b) / 100, Math.max(a, b) / 100]
      assert.ok(percentile(some, low) <= percentile(some, high) + 1e-9)
      assert.equal(percentile(some, 0), Math.min(...some))
      assert.equal(percentile(some, 1), Math.max(...some))
    }),
  )
})

test('what each deployment counts as adds up to the figures', () => {
  const kind = fc.constantFrom('forward', 'rollback', 'redeploy')
  const outcome = fc.constantFrom('succeeded', 'rolledBack', 'failed', 'stuck', 'aborted')
  const exposedAt = fc.option(fc.integer({ min: 0, max: DAY }))
  const one = fc.record({ kind, outcome, exposedAt, isHarmful: fc.boolean() })
  fc.assert(
    fc.property(fc.array(one, { maxLength: 20 }), (all) => {
      const deployments = all.map(({ isHarmful: _, ...more }, i) => deployment(`d${i}`, more))
      const harms = all.flatMap(({ isHarmful }, i) =>
        isHarmful ? [{ deployment: `d${i}`, startedAt: 0, endedAt: null }] : [],
      )
      const of = figures({ deployments, harms })
      const counted = deployments.map((each) => countedAs(each, harms))
      const many = (is: (one: ReturnType<typeof countedAs>) => boolean) => counted.filter(is).length
      const seen = many(({ changeFailureRate }) => changeFailureRate !== null)
      const bad = many(({ changeFailureRate }) => changeFailureRate === 'failed')
      assert.equal(
        of.deploymentFrequency.n,
        many((each) => each.deploymentFrequency === true),
      )
      assert.equal(of.changeFailureRate.n, seen)
      assert.equal(of.changeFailureRate.value, seen === 0 ? null : bad / seen)
      const recovered = many(({ recoveryTime }) => typeof recoveryTime === 'number')
      const open = many(({ recoveryTime }) => recoveryTime === 'open')
      assert.equal(recovered + open, bad)
      if (of.recoveryTime.value !== null) assert.equal(of.recoveryTime.value.open, open)
      const unplanned = many(({ reworkRate }) => reworkRate === 'unplanned')
      if (all.length > 0) assert.equal(of.reworkRate.value, unplanned / all.length)
    }),
  )
})
