/** What may be thrown away: by reference alone. */
import assert from 'node:assert/strict'
import { describe } from 'node:test'
import fc from 'fast-check'
import { keptBy, YOUNG_MS } from '#artifacts/retention.ts'
import { law } from '../../../test/support/law.ts'
import { type ReferringFacts, referencesIn, VECTOR_MS } from '../references.ts'
import { rollbackTarget } from '../rollback.ts'

const NOW = 100 * YOUNG_MS
const digests = Array.from({ length: 9 }, (_, i) => `sha256:${i}`)
const artifact = fc.constantFrom(...digests)
const at = fc.integer({ min: 0, max: NOW })
const named = fc.record({ artifact, by: fc.constant('somebody') })
const some = <T>(one: fc.Arbitrary<T>) => fc.array(one, { maxLength: 3 })

/** An artifact is released once, so its digest names the release too. */
const slotOf = fc.record({
  slot: fc.constant('prod/shop'),
  holds: fc
    .option(artifact)
    .map((one) => (one === null ? [] : [{ release: `rel ${one}`, artifact: one }])),
  window: fc.record({ revisions: fc.nat(3), ms: fc.constantFrom(0, YOUNG_MS, NOW) }),
  stood: fc
    .uniqueArray(fc.record({ artifact, at, isVetoed: fc.boolean() }), {
      selector: (one) => one.artifact,
    })
    .map((all) =>
      all
        .map((one) => ({ ...one, release: `rel ${one.artifact}` }))
        .toSorted((a, b) => b.at - a.at),
    ),
})
const keptMs = fc.constantFrom(YOUNG_MS, 50 * YOUNG_MS)
const cited = fc.record({ artifact, at, by: fc.constant('somebody'), keptMs })
const facts: fc.Arbitrary<ReferringFacts> = fc.record({
  slots: some(slotOf),
  moving: some(named),
  waiting: some(named),
  vectors: some(fc.record({ artifact, at, by: fc.constant('somebody'), isNewest: fc.boolean() })),
  cited: some(cited),
  newest: some(named),
  undecided: some(named),
})

const removable = (all: ReferringFacts, publishedAt = 0) => {
  const references = referencesIn(all, NOW)
  return digests.filter(
    (digest) => keptBy({ digest, published_at: publishedAt }, references, NOW).length === 0,
  )
}

describe('whatever there is and whatever refers to it', () => {
  law(
    'S21',
    'what an environment runs is kept, and what is on its way or waits',
    fc.property(facts, (all) => {
      const gone = new Set(removable(all))
      const { slots, moving, waiting } = all
      const needed = [...slots.flatMap(({ holds }) => holds), ...moving, ...waiting]
      for (const one of needed) assert.ok(!gone.has(one.artifact))
    }),
  )
  law(
    'S21',
    'wherever a rollback would go at once, and wherever it would go unasked, is kept',
    fc.property(facts, fc.constantFrom(undefined, ...digests), (all, to) => {
      const gone = new Set(removable(all))
      for (const { holds, stood, window } of all.slots) {
        const deployed = ({ artifact: of }: { artifact: string }) => {
          return { deployment: 'dep_1', release: `rel ${of}`, version: of, artifact: of }
        }
        const way = rollbackTarget({
          settled: holds[0] === undefined ? null : deployed(holds[0]),
          settledBy: 'forward',
          validated: stood.map((one) => ({ ...one, deployed: deployed(one) })),
          ...{ to, window, now: NOW, isForced: false },
        })
        if ('rejected' in way) continue
        if (to === undefined || way.path === 'fast') assert.ok(!gone.has(way.to.artifact))
      }
    }),
  )
  law(
    'S21',
    'what evidence cites is kept for as long as evidence is',
    fc.property(facts, (all) => {
      const gone = new Set(removable(all))
      for (const one of all.cited)
        if (NOW - one.at <= one.keptMs) assert.ok(!gone.has(one.artifact))
    }),
  )
  law(
    'S21',
    'what ran together is kept while it may be taken elsewhere',
    fc.property(facts, (all) => {
      const gone = new Set(removable(all))
      for (const one of all.vectors)
        if (one.isNewest || NOW - one.at <= VECTOR_MS) assert.ok(!gone.has(one.artifact))
    }),
  )
  law(
    'S21',
    'what is old and in use keeps nothing but itself',
    fc.property(artifact, (used) => {
      const slot = { slot: 'prod/shop', window: { revisions: 5, ms: NOW }, stood: [] }
      const empty = { moving: [], waiting: [], vectors: [], cited: [], newest: [], undecided: [] }
      const holds = [{ release: 'rel', artifact: used }]
      const all = { ...empty, slots: [{ ...slot, holds }] }
      assert.deepEqual(
        removable(all),
        digests.filter((digest) => digest !== used),
      )
    }),
  )
  law(
    'S21',
    'what was just built is kept, whatever refers to it',
    fc.property(facts, fc.integer({ min: NOW - YOUNG_MS + 1, max: NOW }), (all, publishedAt) =>
      assert.deepEqual(removable(all, publishedAt), []),
    ),
  )
})
