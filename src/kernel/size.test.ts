import assert from 'node:assert/strict'
import test from 'node:test'
import { parseSize } from './size.ts'

test('a size is read in powers of ten and of two', () => {
  assert.deepEqual(['0', '12', '1k', '1Ki', '1.5G', '4Gi'].map(parseSize), [
    0,
    12,
    1000,
    1024,
    1_500_000_000,
    4 * 2 ** 30,
  ])
})

test('what is no size is none', () => {
  for (const text of ['', '4 Gi', '-1', '4GB', 'Gi', '1e3', '9'.repeat(15) + 'T', '1.'])
    assert.equal(parseSize(text), undefined, text)
})
