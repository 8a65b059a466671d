import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { lines, months } from '../../../../test/support/months.ts'
import { DAY, deployed, pushed, START, told } from '../../../../test/support/observations.ts'
import type { Observation } from '../../observations/observation.ts'
import { columnsOf } from '../columns.ts'
import type { Facts } from '../facts/facts.ts'
import { factsOf } from '../facts/facts-of.ts'
import { FIGURES } from '../figures.ts'
import { partsOf, reportOf } from '../report.ts'
import { packing } from '../../queries/packing.ts'
import { Parts } from './parts.ts'
import type { Whole } from './whole.ts'

/** So little is kept unpacked that most parts are packed most of the time. */
const newParts = () => new Parts(packing, 20)
function asOf(parts: Parts, at: number): Whole {
  const counting = parts.asOf(at)
  for (let step = counting.next(); ; step = counting.next())
    if (step.done === true) return step.value
}
const ASOF = START + 40 * DAY
const window = { from: START, to: START + 25 * DAY }

/** Every figure, whole, of a tier and of a service, and all that each is of. */
function everything(facts: Facts, asOf: number): string {
  const asked = { ...window, asOf }
  return JSON.stringify([
    reportOf(facts, asked),
    reportOf(facts, { ...asked, service: 'shop' }),
    reportOf(facts, { ...asked, team: 'a', tier: 1 }),
    FIGURES.map((figure) => partsOf(facts, asked, figure)),
    facts.inProgress.toSorted(),
    [...facts.services].sort(),
    facts.incidents,
    facts.runs,
  ])
}

/** In an order of its own, cut into batches. */
const shuffled = (month: readonly Observation[], chance: Iterable<number>) => {
  const numbers = chance[Symbol.iterator]()
  const next = () => Number(numbers.next().value)
  const all = month
    .map((one) => ({ one, place: next() }))
    .sort((a, b) => a.place - b.place)
    .map(({ one }) => one)
  const batches: Observation[][] = [[]]
  for (const one of all) {
    if (next() % 4 === 0) batches.push([])
    batches.at(-1)?.push(one)
  }
  return batches
}

/** Some hang together as a whole, others fall into many parts. */
const wide = months(60, ['shop', 'till', 'stock', 'mail', 'search', 'login', 'ads', 'maps'])
const log = fc.oneof(lines, wide, wide).map((month) => told(month))

test('in any batches, asked in between or not, facts are what the whole log makes them', () => {
  fc.assert(
    fc.property(log, fc.infiniteStream(fc.nat()), fc.boolean(), (month, chance, isAsked) => {
      const parts = newParts()
      const so: Observation[] = []
      for (const batch of shuffled(month, chance)) {
        parts.add(batch)
        so.push(...batch)
        if (isAsked)
          assert.equal(
            everything(parts.now().facts(ASOF), ASOF),
            everything(factsOf(so, ASOF), ASOF),
          )
      }
      assert.equal(everything(parts.now().facts(ASOF), ASOF), everything(factsOf(so, ASOF), ASOF))
      assert.deepEqual(parts.now().columns(), columnsOf(factsOf(so, ASOF)))
    }),
    { numRuns: 300 },
  )
})

test('as of any instant, too, and what is told later does not change it', () => {
  fc.assert(
    fc.property(log, fc.infiniteStream(fc.nat()), fc.nat({ max: 30 }), (month, chance, day) => {
      const then = START + day * DAY
      const parts = newParts()
      for (const batch of shuffled(month, chance)) {
        parts.add(batch)
        parts.now().facts(ASOF)
      }
      assert.equal(
        everything(asOf(parts, then).facts(then), then),
        everything(factsOf(month, then), then),
      )
      assert.equal(
        everything(parts.now().facts(ASOF), ASOF),
        everything(factsOf(month, ASOF), ASOF),
      )
    }),
    { numRuns: 200 },
  )
})

const seeds = [
  pushed(0, ['a0'], { repository: 'p' }),
  pushed(0, ['b0'], { repository: 'q' }),
  deployed('d0', 1, { sha: 'a0' }),
  deployed('e0', 1, { sha: 'b0', service: 'till' }),
] as const
const TIES: Readonly<Record<string, Parameters<typeof told>[0]>> = {
  'a commit that is deployed': [pushed(2, ['a1']), deployed('d1', 3, { sha: 'a1' })],
  'a digest that was published by another': [
    ['artifact.published', 2, { service: 'mail', digest: 'x', sha: 'z' }],
    deployed('d1', 3, { digest: 'x' }),
  ],
  'a branch that begins elsewhere': [
    pushed(2, ['b1'], { repository: 'q' }),
    pushed(3, ['a1'], { repository: 'p', before: 'b1' }),
    deployed('d1', 4, { sha: 'a1' }),
  ],
  'a parent elsewhere': [
    pushed(2, ['b1'], { repository: 'q' }),
    [
      'commit.pushed',
      3,
      {
        repository: 'p',
        after: 'a1',
        commits: [{ sha: 'a1', parents: ['b1'], committedAt: START }],
      },
    ],
    deployed('d1', 4, { sha: 'a1' }),
  ],
  'a commit that takes back one from elsewhere': [
    pushed(2, ['b1'], { repository: 'q' }),
    deployed('d1', 3, { sha: 'b1', service: 'mail' }),
    [
      'commit.pushed',
      4,
      {
        repository: 'p',
        after: 'a1',
        commits: [{ sha: 'a1', message: 'This reverts commit b1.', committedAt: START }],
      },
    ],
    deployed('d2', 5, { sha: 'a1' }),
  ],
}
for (const [what, its] of Object.entries(TIES))
  test(`${what} ties two parts`, () => {
    const parts = newParts()
    const all = told([...seeds, ...its])
    for (const one of all) parts.add([one])
    const whole = factsOf(all, ASOF)
    const facts = parts.now().facts(ASOF)
    assert.equal(everything(facts, ASOF), everything(whole, ASOF))
    assert.deepEqual(facts.deployments, whole.deployments)
    assert.deepEqual([facts.changes, facts.failures], [whole.changes, whole.failures])
  })

test('what is told of one service changes no fact of another', () => {
  const parts = newParts()
  const of = (service: string, at: number) =>
    ['deployment.finished', at, { deployment: `${service}${at}`, service }] as const
  parts.add(told([of('shop', 1), of('till', 2)]))
  const [shop, till] = parts.now().facts(ASOF).deployments
  parts.add(told([of('stock', 0), of('stock', 3), of('till', 3)]).slice(2))
  const after = parts.now().facts(ASOF).deployments
  assert.equal(
    after.find(({ id }) => id === 'shop1'),
    shop,
  )
  assert.notEqual(
    after.find(({ id }) => id === 'till2'),
    till,
  )
})

test('what is told of everything is there once, whichever parts are counted anew', () => {
  const parts = newParts()
  const all = told([
    ['environment.changed', 0, { environment: 'elsewhere', kind: 'production' }],
    ['release.published', 1, { repository: 'p', version: '1.0', sha: 'a0' }],
    deployed('d1', 2, { service: 'shop' }),
    deployed('e1', 2, { service: 'till' }),
    [
      'promotion.planned',
      3,
      { promotion: 'p1', service: 'shop', environment: 'elsewhere', release: 'l1' },
    ],
    ['gate.evaluated', 4, { run: 'p1', check: 'tests', verdict: 'passed' }],
    deployed('d2', 5, { service: 'shop', remediates: 'e1' }),
  ])
  for (const one of all) {
    parts.add([one])
    parts.now().facts(ASOF).told.of('release.published')
  }
  const [facts, whole] = [parts.now().facts(ASOF), factsOf(all, ASOF)]
  assert.equal(everything(facts, ASOF), everything(whole, ASOF))
  assert.deepEqual(facts.told.of('release.published'), whole.told.of('release.published'))
})
