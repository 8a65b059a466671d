import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { DAY, HOUR, START, told } from '../../../test/support/observations.ts'
import { Attribution, attribute } from './attribution.ts'
import { columnsOf, deliveryOf } from './columns.ts'
import { factsOf } from './facts/facts-of.ts'
import { reportOf } from './report.ts'

const ASOF = START + 40 * DAY
const hour = fc.integer({ min: 0, max: 30 * 24 })
const service = fc.constantFrom('shop', 'till', 'stock')
const few = fc.integer({ min: 0, max: 12 })
const sha = few.map((n) => `c${n}`)
const deployment = few.map((n) => `d${n}`)
const incident = fc.constantFrom('i0', 'i1', 'i2')

const line = (type: string, fields: Record<string, fc.Arbitrary<unknown>>) =>
  fc.tuple(fc.constant(type), hour, fc.record(fields, { requiredKeys: Object.keys(fields) }))

const lines = fc.array(
  fc.oneof(
    line('deployment.finished', {
      deployment,
      service,
      sha,
      digest: few.map((n) => `x${n % 4}`),
      outcome: fc.constantFrom('succeeded', 'succeeded', 'failed', 'abortedByAnalysis'),
      kind: fc.constantFrom('normal', 'normal', 'hotfix', 'rollback'),
      isExposed: fc.boolean(),
    }),
    line('deployment.finished', {
      deployment,
      service,
      remediates: deployment,
      outcome: fc.constant('succeeded'),
    }),
    line('deployment.amended', {
      deployment,
      set: fc.record({ kind: fc.constantFrom('config', 'flag') }),
    }),
    line('deployment.voided', { deployment: fc.constantFrom('d0', 'd1') }),
    line('service.changed', { service, tier: fc.integer({ min: 0, max: 3 }) }),
    line('commit.pushed', {
      after: sha,
      before: sha,
      commits: fc.array(
        fc.record({
          sha,
          message: fc.oneof(
            fc.constant(''),
            sha.map((one) => `This reverts commit ${one}.`),
          ),
          patchId: fc.constantFrom('p', 'q', 'r', 's'),
        }),
        { minLength: 1, maxLength: 3 },
      ),
    }),
    line('incident.opened', { incident, service }),
    line('incident.causeLinked', { incident, deployment, isConfirmed: fc.boolean() }),
    line('incident.mitigated', { incident }),
    line('run.finished', {
      run: few.map((n) => `r${n}`),
      attempt: fc.integer({ min: 1, max: 3 }),
      sha,
      service,
      outcome: fc.constantFrom('succeeded', 'failed', 'cancelled', 'error'),
    }),
    line('tests.reported', {
      run: few.map((n) => `r${n}`),
      sha,
      tests: fc.constantFrom(
        [{ test: 't', outcome: 'passed' }],
        [{ test: 't', outcome: 'failed' }],
      ),
    }),
    line('failure.diagnosed', {
      run: few.map((n) => `r${n}`),
      class: fc.constantFrom('a', 'b'),
      isConfirmed: fc.boolean(),
    }),
    line('vuln.detected', { cve: fc.constantFrom('v1', 'v2'), digests: fc.constant(['x1', 'x2']) }),
  ),
  { maxLength: 60 },
)

const report = (observations: ReturnType<typeof told>, asOf = ASOF) =>
  JSON.stringify(reportOf(factsOf(observations, asOf), { from: START, to: START + 31 * DAY, asOf }))

test('a month of events in any order, told twice or once, gives the same figures', () => {
  fc.assert(
    fc.property(lines, fc.infiniteStream(fc.nat()), (month, chance) => {
      const observations = told(month)
      const numbers = chance[Symbol.iterator]()
      const shuffled = [...observations, ...observations.slice(0, 20)]
        .map((one) => ({ one, place: numbers.next().value ?? 0 }))
        .sort((a, b) => a.place - b.place)
        .map(({ one }) => one)
      assert.equal(report(shuffled), report(observations))
    }),
    { numRuns: 300 },
  )
})

test('a report as of then is the same byte for byte, whatever was told later', () => {
  fc.assert(
    fc.property(lines, lines, (before, after) => {
      const known = told(before)
      const asOf = START + 31 * DAY
      const late = told(after).map((one) => ({
        ...one,
        sourceEventId: `late ${one.sourceEventId}`,
        recordedAt: asOf + 1 + HOUR,
      }))
      assert.equal(report([...late, ...known], asOf), report(known, asOf))
    }),
  )
})

test('columns answer as the functions over facts do', () => {
  fc.assert(
    fc.property(lines, (month) => {
      const facts = factsOf(told(month), ASOF)
      const asked = { from: START, to: START + 20 * DAY, asOf: ASOF }
      const { kpis } = reportOf(facts, asked)
      const quick = deliveryOf(columnsOf(facts), { ...asked, zone: 'UTC', isOneService: false })
      const said = (number: string, ...names: string[]) => {
        const { value, n, ...more } = kpis[number] ?? assert.fail()
        // With nothing in the window a figure says why, and a column has nothing to say.
        return { value, n, ...Object.fromEntries(names.map((name) => [name, more[name] ?? null])) }
      }
      assert.deepEqual(quick, {
        deploymentFrequency: said('K1'),
        leadTime: said('K2', 'p90'),
        changeFailureRate: said('K3', 'withSuspected'),
        recoveryTime: { ...said('K4'), open: kpis['K4']?.['open'] ?? 0 },
        reworkRate: said('K5'),
      })
    }),
    { numRuns: 300 },
  )
})

/** Parents have lower numbers than their children. */
const graph = fc
  .array(fc.array(fc.nat(), { maxLength: 3 }), { minLength: 1, maxLength: 40 })
  .map((all) =>
    all.map((some, i) => [...new Set(some.map((n) => n % Math.max(1, i)))].filter((p) => p < i)),
  )

test('the walk finds the first deployment that contains a commit, as looking at each does', () => {
  fc.assert(
    fc.property(graph, fc.array(fc.nat(), { maxLength: 20 }), (parents, some) => {
      const heads = some.map((n) => n % parents.length)
      const containing = (head: number) => {
        const all = new Set([head])
        for (const commit of all) for (const parent of parents[commit] ?? []) all.add(parent)
        return all
      }
      const reach = heads.map(containing)
      const naive = parents.map((_, commit) => reach.findIndex((all) => all.has(commit)))
      const found = parents.map(() => -1)
      const walk = { stamps: new Int32Array(parents.length), number: 1 }
      attribute(parents, heads, walk, (commit, head) => (found[commit] = head))
      assert.deepEqual(found, naive)
    }),
  )
})

test('one deployment at a time, in any order, ends at the same', () => {
  fc.assert(
    fc.property(graph, fc.array(fc.nat(), { maxLength: 20 }), (parents, some) => {
      const heads = some.map((n, at) => ({ head: n % parents.length, at }))
      const inOrder = new Attribution(parents)
      for (const { head, at } of heads) inOrder.insert(head, at)
      const backwards = new Attribution(parents)
      for (const { head, at } of heads.toReversed()) backwards.insert(head, at)
      for (const commit of parents.keys())
        assert.equal(backwards.firstOf(commit), inOrder.firstOf(commit))
    }),
  )
})
