import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { formsOf, marginOf, mask } from './mask.ts'

const masked = (text: string, secrets: readonly string[], isEnd = false) =>
  Buffer.from(mask(Buffer.from(text), formsOf(secrets), isEnd)).toString()

const secret = fc.string({ minLength: 4, maxLength: 40 }).filter((text) => text.trim().length >= 4)

describe('masking where a log is read', () => {
  it('hides a secret byte by byte, and nothing else', () => {
    assert.equal(masked('token=hunter22; ok', ['hunter22']), 'token=********; ok')
    assert.equal(masked('aXaXaXa', ['aXaXa']), '*******')
    assert.equal(masked('no secret here', ['hunter22']), 'no secret here')
    assert.equal(masked('abc', ['abc']), 'abc', 'too short to be one')
  })

  it('hides it in every form that logs have it in', () =>
    fc.assert(
      fc.property(secret, fc.string(), fc.string(), (value, before, after) => {
        const forms = [value, encodeURIComponent(value), JSON.stringify(value).slice(1, -1)]
        for (const form of forms) {
          const said = masked(`${before} ${form} ${after}`, [value])
          if (!`${before}  ${after}`.includes(form)) assert.ok(!said.includes(form), said)
        }
        const encoded = Buffer.from(before + value + after).toString('base64')
        const left = masked(encoded, [value])
        const seen = Buffer.from(left.replaceAll('*', 'A'), 'base64').toString()
        if (!(before + after).includes(value) && value.length >= 6)
          assert.ok(!seen.includes(value), 'what is left can be decoded')
      }),
    ))

  it('hides each line of a secret of several lines', () => {
    const key = '-----BEGIN KEY-----\nMIIEowIBAAKC\n-----END KEY-----'
    const said = masked('  1: MIIEowIBAAKC\n', [key])
    assert.equal(said, '  1: ************\n')
  })

  it('keeps every offset where it is', () =>
    fc.assert(
      fc.property(fc.uint8Array(), fc.array(secret, { maxLength: 3 }), (bytes, secrets) => {
        const all = Buffer.from(bytes)
        const out = mask(all, formsOf(secrets), true)
        assert.equal(out.length, all.length)
        for (const [i, byte] of out.entries()) assert.ok(byte === all[i] || byte === 0x2a)
      }),
    ))

  it('is the same for any window, given its margins', () =>
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('ab', 'cd', 'abcd', 'x')),
        fc.nat(),
        fc.nat(),
        (all, a, b) => {
          const whole = Buffer.from(all.join(''))
          const forms = formsOf(['abcd', 'cdab'])
          const [from, to] = [a, b].map((n) => n % (whole.length + 1)).sort((p, q) => p - q)
          const margin = marginOf(forms)
          const start = Math.max(0, (from ?? 0) - margin)
          const wide = whole.subarray(start, (to ?? 0) + margin)
          const window = mask(wide, forms, false).subarray((from ?? 0) - start, (to ?? 0) - start)
          assert.deepEqual(
            Buffer.from(window),
            Buffer.from(mask(whole, forms, false)).subarray(from, to),
          )
        },
      ),
    ))

  it('hides the beginning of a secret that is still being written', () => {
    assert.equal(masked('token=hunter', ['hunter22'], true), 'token=******')
    assert.equal(masked('token=hun', ['hunter22'], true), 'token=hun')
  })
})
