import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { barsOf } from './waterfall.ts'

const job = (name: string, startedAt?: number, endedAt?: number, needs: string[] = []) => ({
  ...{ name, needs, startedAt, endedAt },
})

describe('a waterfall', () => {
  it('shows what waited for a runner apart from what worked', () => {
    const [install, test] = barsOf(
      [job('test', 150, 200, ['install']), job('install', 100, 120)],
      100,
      900,
    )
    assert.equal(install?.job.name, 'install')
    assert.deepEqual([install?.from, install?.to, install?.waitMs], [0, 20, 0])
    assert.deepEqual([test?.waitsFrom, test?.from, test?.to], [20, 50, 100])
    assert.deepEqual([test?.waitMs, test?.workMs], [30, 50])
  })
  it('ends now what still works, and leaves out what never began', () => {
    const bars = barsOf([job('build', 100), job('pack')], 100, 300)
    assert.deepEqual(
      bars.map(({ job: { name }, workMs }) => [name, workMs]),
      [['build', 200]],
    )
  })
  it('stays within the run, whatever the clocks said', () => {
    const at = fc.integer({ min: -500, max: 2_000 })
    fc.assert(
      fc.property(fc.array(fc.tuple(at, at)), (times) => {
        const jobs = times.map(([from, to], n) => job(`j${n}`, from, to, n === 0 ? [] : ['j0']))
        for (const { waitsFrom, from, to, waitMs, workMs } of barsOf(jobs, 0, 1_000)) {
          assert.ok(waitsFrom >= 0 && waitsFrom <= from && from <= to && to <= 100)
          assert.ok(waitMs >= 0 && workMs >= 0)
        }
      }),
    )
  })
})
