import assert from 'node:assert/strict'
import { it } from 'node:test'
import { REGRESSIONS } from './scenarios.ts'
import { leastBad } from './wald.ts'

it('ten bad requests and the reaction are the least that a doubling costs', () => {
  const least = leastBad({ rps: 200, weight: 0.05, bad: 1e-3, ratio: 2 }, 0.02)
  assert.ok(Math.abs((least?.bad ?? 0) - (10.127 + 0.25)) < 0.01, `${least?.bad}`)
})
it('is loose where it takes fewer than two failures', () => {
  const of = (ratio: number) =>
    leastBad({ rps: 200, weight: 0.05, bad: 1e-3, ratio }, 0.02)?.isTight
  assert.deepEqual([10, 50].map(of), [true, false])
})
it('is said of even traffic alone', () => {
  const bound = Object.entries(REGRESSIONS).filter(([, each]) => leastBad(each, 0.02) !== undefined)
  assert.ok(bound.length >= 15)
  assert.ok(bound.every(([name]) => name.startsWith('p=') || name.startsWith('2rps')))
})
