import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { lines } from '../../../test/support/months.ts'
import { DAY, HOUR, START, told } from '../../../test/support/observations.ts'
import { Attribution, attribute } from './attribution.ts'
import { columnsOf, deliveryOf } from './columns.ts'
import { factsOf } from './facts/facts-of.ts'
import { reportOf } from './report.ts'

const ASOF = START + 40 * DAY
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
