import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { LATENCY_BOUNDS_MS } from '#rollouts/ports.ts'
import { counters, histograms, oneCopy } from './convert.ts'

/** Bounds in ms with their counts. */
const shown = (values: readonly number[] = []) =>
  values.flatMap((count, i) =>
    count > 0 ? [[Math.round(LATENCY_BOUNDS_MS[i] ?? Number.POSITIVE_INFINITY), count]] : [],
  )
const series = (metric: Record<string, string>, ...values: [number, string][]) => ({
  metric,
  values,
})

describe('samples', () => {
  it('that are no count are no samples', () => {
    const [track] = counters([
      series({}, [1, '5'], [2, 'NaN'], [3, '-1'], [4, '+Inf'], [5, '1e300'], [6, '7']),
    ])
    assert.deepEqual(
      track?.points.map(({ at, values }) => [at, ...values]),
      [
        [1_000, 5],
        [6_000, 7],
      ],
    )
  })
  it('of a pair are those of the copy that has most', () => {
    const copies = oneCopy(
      [
        series({ pod: 'a', replica: '0' }, [1, '5']),
        series({ pod: 'a', replica: '1' }, [1, '5'], [2, '6']),
        series({ pod: 'b', replica: '1' }, [1, '1']),
      ],
      ['replica'],
    )
    assert.deepEqual(
      copies.map(({ metric, values }) => [metric['pod'], values?.length]),
      [
        ['a', 2],
        ['b', 1],
      ],
    )
  })
})

describe('a classic histogram', () => {
  it('is counts between its bounds', () => {
    const le = (bound: string, ...values: [number, string][]) =>
      series({ pod: 'a', le: bound }, ...values)
    const [track] = histograms(
      [
        le('+Inf', [1, '10'], [2, '20']),
        le('0.1', [1, '6'], [2, '11']),
        le('0.5', [1, '9'], [2, '17']),
      ],
      1_000,
    )
    assert.deepEqual(track?.labels, { pod: 'a' })
    assert.deepEqual(shown(track?.points[0]?.values), [
      [104, 6],
      [509, 3],
      [Infinity, 1],
    ])
    assert.deepEqual(shown(track?.points[1]?.values), [
      [104, 11],
      [509, 6],
      [Infinity, 3],
    ])
  })
  it('whose bounds contradict one another has nothing below zero', () => {
    const [track] = histograms(
      [series({ le: '1' }, [1, '9']), series({ le: '2' }, [1, '7'])],
      1_000,
    )
    assert.deepEqual(shown(track?.points[0]?.values), [[1005, 9]])
  })
})

describe('a native histogram', () => {
  it('has its own buckets', () => {
    const [track] = histograms(
      [
        {
          metric: { pod: 'a' },
          histograms: [
            [
              1,
              {
                count: '5',
                sum: '1.2',
                buckets: [
                  [0, '0.0842', '0.0917', '3'],
                  [0, '0.917', '1', '2'],
                ],
              },
            ],
            [2, { count: '0', sum: '0' }],
          ],
        },
      ],
      1_000,
    )
    assert.deepEqual(shown(track?.points[0]?.values), [
      [93, 3],
      [1005, 2],
    ])
    assert.deepEqual(shown(track?.points[1]?.values), [])
  })
})
