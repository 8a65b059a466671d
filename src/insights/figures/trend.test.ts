import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import { partsOfWindow } from './trend.ts'

it('parts of a window lie side by side, and are the whole of it', () =>
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 1e6 }),
      fc.integer({ min: 1, max: 1e6 }),
      fc.integer({ min: 1, max: 60 }),
      (from, length, points) => {
        const parts = partsOfWindow({ from, to: from + length }, points)
        assert.equal(parts[0]?.from, from)
        assert.equal(parts.at(-1)?.to, from + length)
        for (const [i, part] of parts.entries()) {
          assert.ok(part.from < part.to)
          if (i > 0) assert.equal(part.from, parts[i - 1]?.to)
        }
      },
    ),
  ))
