import assert from 'node:assert/strict'
import { test } from 'node:test'
import { exposed } from './exposition.ts'

test('labels and help are escaped, so that no name can end its line', () => {
  const samples = [{ labels: { service: 'a"b\\c\nd' }, value: 1 }]
  assert.equal(
    exposed([{ name: 'n', help: 'one\ntwo', type: 'gauge', samples }]),
    '# HELP n one\\ntwo\n# TYPE n gauge\nn{service="a\\"b\\\\c\\nd"} 1\n',
  )
})

test("a histogram's buckets count whatever is below them, and the last one everything", () => {
  const distributions = [{ labels: { a: 'b' }, counts: [2, 0, 3], sum: 40 }]
  const text = exposed([{ name: 'h', help: '', type: 'histogram', bounds: [1, 5], distributions }])
  assert.deepEqual(text.split('\n').slice(2, -1), [
    'h_bucket{a="b",le="1"} 2',
    'h_bucket{a="b",le="5"} 2',
    'h_bucket{a="b",le="+Inf"} 5',
    'h_sum{a="b"} 40',
    'h_count{a="b"} 5',
  ])
})
