import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { cut, placeOf, PLACES, variantAt } from './bucket.ts'

const SALT = { salt: '' }
const person = fc.string({ minLength: 1, maxLength: 40 })
const share = fc.integer({ min: 0, max: 100_000 }).map((n) => n / 1_000)
/** Percent for three variants that leave something, or nothing, for the default. */
const shares = fc
  .tuple(share, share, share)
  .map(([a, b, c]) => ({ a: a / 3, b: b / 3, c: c / 3 }))
  .map((all) =>
    Object.fromEntries(Object.entries(all).map(([n, s]) => [n, Math.floor(s * 1e3) / 1e3])),
  )

describe('percentages', () => {
  it('raised, keep everybody who had it', () => {
    fc.assert(
      fc.property(share, share, person, (one, other, who) => {
        const [low, high] = [Math.min(one, other), Math.max(one, other)]
        const before = cut([], { on: low })
        const after = cut(before, { on: high })
        const place = placeOf('f', SALT, who)
        if (variantAt(before, place) === 'on') assert.equal(variantAt(after, place), 'on')
      }),
    )
  })

  it('of several variants: whose share did not shrink keeps everybody', () => {
    fc.assert(
      fc.property(fc.array(shares, { minLength: 2, maxLength: 8 }), (history) => {
        let line = cut([], {})
        let before: Readonly<Record<string, number>> = {}
        for (const next of history) {
          const cutAnew = cut(line, next)
          for (const { variant, from, to } of line)
            if ((next[variant] ?? 0) >= (before[variant] ?? 0))
              for (const place of [from, to - 1]) assert.equal(variantAt(cutAnew, place), variant)
          line = cutAnew
          before = next
        }
      }),
    )
  })

  it('are what was asked for, and nobody has two', () => {
    fc.assert(
      fc.property(fc.array(shares, { minLength: 1, maxLength: 8 }), (history) => {
        const line = history.reduce<ReturnType<typeof cut>>((now, next) => cut(now, next), [])
        for (const [i, { from, to }] of line.entries()) {
          assert.ok(from < to && to <= PLACES)
          assert.ok(from >= (line[i - 1]?.to ?? 0))
        }
        for (const [variant, wanted] of Object.entries(history.at(-1) ?? {})) {
          const all = line.filter((each) => each.variant === variant)
          const places = all.reduce((sum, { from, to }) => sum + to - from, 0)
          assert.equal(places, Math.round((wanted * PLACES) / 100))
        }
      }),
    )
  })

  it('hit as many of 100,000 people as they say, within five standard deviations', () => {
    const people = 100_000
    for (const [flag, percent] of [
      ['new-checkout', 1],
      ['new-search', 10],
      ['dark-mode', 50],
    ] as const) {
      const line = cut([], { on: percent })
      let hits = 0
      for (let i = 0; i < people; i++)
        if (variantAt(line, placeOf(flag, SALT, `user-${i}`)) === 'on') hits++
      const p = percent / 100
      const bound = 5 * Math.sqrt(people * p * (1 - p))
      assert.ok(Math.abs(hits - people * p) < bound, `${flag}: ${hits} of ${people * p}`)
    }
  })

  it('of two flags hit different people, and of one salt another', () => {
    const line = cut([], { on: 50 })
    const isOn = (flag: string, salt: string, i: number) =>
      variantAt(line, placeOf(flag, { salt }, `user-${i}`)) === 'on'
    for (const [flag, salt] of [
      ['g', ''],
      ['f', 'again'],
    ] as const) {
      const both = Array.from({ length: 10_000 }, (_, i) => isOn('f', '', i) && isOn(flag, salt, i))
      const hits = both.filter(Boolean).length
      assert.ok(hits > 2_200 && hits < 2_800, `${hits}`)
    }
  })
})
