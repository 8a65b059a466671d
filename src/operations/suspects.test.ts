import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { type Change, LOOK_BACK_MS, suspectsOf } from './suspects.ts'

const MINUTE = 60_000
const HARM = 1_000 * MINUTE
const change = (id: string, about: Partial<Change> = {}): Change => ({
  kind: 'deployment',
  id,
  service: 'shop',
  environment: 'prod',
  what: '1.2.3',
  by: 'ana',
  exposures: [{ at: HARM - 5 * MINUTE, weight: 100 }],
  ratio: null,
  hops: 0,
  isUndone: false,
  ...about,
})
const agoMin = (minutes: number, weight: number | null = 100) => ({
  exposures: [{ at: HARM - minutes * MINUTE, weight }],
})
const order = (...changes: Change[]) => suspectsOf(HARM, changes).map((each) => each.change.id)

describe('suspects', () => {
  it('are the more suspicious the more recent, the nearer, and the more fails with them', () => {
    assert.deepEqual(order(change('old', agoMin(90)), change('new', agoMin(2))), ['new', 'old'])
    assert.deepEqual(order(change('far', { hops: 1 }), change('near')), ['near', 'far'])
    assert.deepEqual(order(change('calm', { ratio: 1 }), change('loud', { ratio: 8 })), [
      'loud',
      'calm',
    ])
  })
  it('are never what came after, was taken back, or lies too far', () => {
    const later = { exposures: [{ at: HARM + 3 * MINUTE, weight: 100 }] }
    const none = [
      change('later', later),
      change('undone', { isUndone: true }),
      change('far', { hops: 3 }),
      change('old', { exposures: [{ at: HARM - LOOK_BACK_MS - 1, weight: 100 }] }),
    ]
    assert.deepEqual(suspectsOf(HARM, none), [])
  })
  it('count from the last step before the harm, not from the first or one after it', () => {
    const steps = [10, 50, 100].map((weight, i) => ({ at: HARM + (i - 2) * 40 * MINUTE, weight }))
    const [found] = suspectsOf(HARM - MINUTE, [change('canary', { exposures: steps })])
    assert.equal(found?.ageMs, 0)
    const [before] = suspectsOf(HARM - 10 * MINUTE, [change('canary', { exposures: steps })])
    assert.equal(before?.ageMs, 30 * MINUTE)
    assert.match(before?.says ?? '', /went to 50 % of users 30 min before; not measured/)
  })
  it('say what they are in words', () => {
    const [flag] = suspectsOf(HARM, [
      change('c1', { kind: 'flag', what: 'new-basket', service: 'basket', hops: 1, ratio: 3 }),
    ])
    assert.equal(
      flag?.says,
      'Flag new-basket, which it depends on, went 5 min before; ' +
        'failing 3.0 times as often as what it replaces.',
    )
  })
  it('share one suspicion, and none is more suspicious for being later than the harm', () =>
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            at: fc.integer({ min: -2_000, max: 200 }),
            hops: fc.nat(3),
            ratio: fc.option(fc.double({ min: 0, max: 50, noNaN: true })),
          }),
          { maxLength: 30 },
        ),
        (given) => {
          const found = suspectsOf(
            HARM,
            given.map(({ at, hops, ratio }, i) =>
              change(`c${i}`, {
                ...{ hops, ratio },
                exposures: [{ at: HARM + at * MINUTE, weight: 100 }],
              }),
            ),
          )
          const shares = found.map(({ share }) => share)
          assert.ok(shares.reduce((sum, share) => sum + share, 0) <= 1.02)
          assert.deepEqual(
            shares,
            shares.toSorted((a, b) => b - a),
          )
          assert.ok(found.length <= 10 && shares.every((share) => share >= 0.02))
        },
      ),
    ))
})
