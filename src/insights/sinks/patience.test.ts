import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ATTEMPTS_MAX, courseAfter } from './patience.ts'

describe('a message that was not taken', () => {
  it('is put aside at once when it is refused', () =>
    assert.deepEqual(courseAfter({ kind: 'refused', reason: 'no' }, 0), {
      do: 'putAside',
      attempts: 1,
      reason: 'no',
    }))
  it('is tried again, each time later, and put aside in the end', () => {
    const waits: number[] = []
    for (let before = 0; ; before++) {
      const course = courseAfter({ kind: 'failed', reason: '500' }, before)
      if (course.do !== 'wait') {
        assert.deepEqual(course, { do: 'putAside', attempts: ATTEMPTS_MAX, reason: '500' })
        break
      }
      waits.push(course.ms)
    }
    assert.deepEqual(waits.slice(0, 4), [1_000, 2_000, 4_000, 8_000])
    assert.deepEqual(waits.at(-1), 300_000)
  })
  it('waits for as long as nobody is there, and that counts against no message', () => {
    const away = { kind: 'away', reason: 'ECONNREFUSED' } as const
    assert.deepEqual(courseAfter(away, 3), {
      do: 'wait',
      ms: 15_000,
      attempts: 3,
      reason: 'ECONNREFUSED',
    })
  })
  it('waits for as long as it is asked to, within an hour', () => {
    const asked = (waitMs: number) => {
      const course = courseAfter({ kind: 'away', reason: '429', waitMs }, 0)
      return course.do === 'wait' && course.ms
    }
    assert.deepEqual([0, 7_000, 1e12].map(asked), [1_000, 7_000, 3_600_000])
  })
})
