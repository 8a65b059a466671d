import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { RECORD_TYPE } from '#kernel/record.ts'
import { digestOfRecord, flawsIn, textOf } from './chain.ts'
import { keyOf } from './key.ts'

const key = keyOf(generateKeyPairSync('ed25519').privateKey)

/** Records 1 to `count`, as the spool writes them. */
function chain(count: number) {
  const files: { number: number; text: string }[] = []
  let previous: string | null = null
  for (let number = 1; number <= count; number++) {
    const what = {
      kind: 'check',
      service: 'shop',
      commit: 'c',
      check: 'tests',
      job: 'unit',
    } as const
    const record = {
      ...({ format: 1, recorder: key.id, number, previous, recordedAt: number } as const),
      what: { ...what, outcome: 'succeeded' as const },
    }
    files.push({ number, text: JSON.stringify(key.sign(RECORD_TYPE, textOf(record))) })
    previous = digestOfRecord(record)
  }
  return files
}

describe('the chain of a spool', () => {
  const files = chain(12)
  const place = fc.nat({ max: files.length - 1 })

  it('is whole, from wherever it was pruned', () => {
    fc.assert(fc.property(place, (from) => assert.deepEqual(flawsIn(key, files.slice(from)), [])))
  })

  it('shows what is missing between two others', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: files.length - 2 }), (gone) => {
        const left = files.filter((_, i) => i !== gone)
        assert.deepEqual(
          flawsIn(key, left).map(({ number, what }) => [number, what]),
          [[gone + 1, 'missing']],
        )
      }),
    )
  })

  it('shows records that changed places', () => {
    fc.assert(
      fc.property(place, place, (a, b) => {
        fc.pre(a !== b)
        const texts = files.map(({ text }) => text)
        const swapped = files.map(({ number }, i) => ({
          number,
          text: texts[i === a ? b : i === b ? a : i] ?? '',
        }))
        const misplaced = flawsIn(key, swapped).filter(({ what }) => what === 'misplaced')
        assert.deepEqual(
          misplaced.map(({ number }) => number),
          [a + 1, b + 1].toSorted((x, y) => x - y),
        )
      }),
    )
  })

  it('shows any bit that is turned, in what is signed or in the signature', () => {
    const flip = (text: string, at: number) => {
      const bytes = Buffer.from(text, 'base64')
      const i = at % (bytes.length * 8)
      bytes[i >> 3] = (bytes[i >> 3] ?? 0) ^ (1 << (i & 7))
      return bytes.toString('base64')
    }
    fc.assert(
      fc.property(place, fc.nat(), fc.boolean(), (which, bit, inPayload) => {
        const changed = files.map((file, i) => {
          if (i !== which) return file
          const envelope = JSON.parse(file.text)
          if (inPayload) envelope.payload = flip(envelope.payload, bit)
          else envelope.signatures[0].sig = flip(envelope.signatures[0].sig, bit)
          return { ...file, text: JSON.stringify(envelope) }
        })
        assert.deepEqual(flawsIn(key, changed)[0], {
          number: which + 1,
          what: 'altered',
          message: `Record ${which + 1} is not what this key signed.`,
        })
      }),
    )
  })

  it('shows a record that follows another history', () => {
    const [first, second] = chain(2)
    const other = { ...files[0] }
    assert.ok(first && second)
    const envelope = JSON.parse(first.text)
    const record = JSON.parse(Buffer.from(envelope.payload, 'base64').toString())
    const changed = key.sign(RECORD_TYPE, textOf({ ...record, recordedAt: 99 }))
    assert.equal(other.number, 1)
    const found = flawsIn(key, [{ number: 1, text: JSON.stringify(changed) }, second])
    assert.deepEqual(
      found.map(({ number, what }) => [number, what]),
      [[2, 'unchained']],
    )
  })
})
