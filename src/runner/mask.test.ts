import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { makeMasker } from './mask.ts'
import { checkSecret } from './check-secret.ts'

const masked = (secrets: readonly string[], ...chunks: readonly (string | Buffer)[]) => {
  const masker = makeMasker(secrets)
  const out = chunks.map((chunk) => masker.write(Buffer.from(chunk)))
  return Buffer.concat([...out, masker.end()])
}
const said = (secrets: readonly string[], ...chunks: readonly string[]) =>
  masked(secrets, ...chunks).toString()

test('a secret becomes three stars, and the rest stays byte for byte', () => {
  assert.equal(said(['hunter22'], 'my hunter22 is\n'), 'my *** is\n')
  const bytes = Buffer.from([255, 0, 254, 13, 27, 91, 51, 49, 109])
  assert.deepEqual(masked(['hunter22'], bytes), bytes)
  assert.equal(said([], 'hunter22'), 'hunter22')
})

test('a secret is found across chunks, and only what may become one is held back', () => {
  const masker = makeMasker(['hunter22'])
  assert.equal(Buffer.from(masker.write(Buffer.from('my hun'))).toString(), 'my ')
  assert.equal(Buffer.from(masker.write(Buffer.from('ter22 is\n'))).toString(), '*** is\n')
  assert.equal(Buffer.from(masker.write(Buffer.from('hunting'))).toString(), 'hunting')
})

test('secrets that overlap, touch or contain each other leave nothing between them', () => {
  assert.equal(said(['abcdef', 'defghi'], '-abcdefghi-'), '-***-')
  assert.equal(said(['abcdef', 'defghi'], '-abcd', 'efg', 'hi-'), '-***-')
  assert.equal(said(['abcd', 'abcdefgh'], 'abcdefgh abcde'), '*** ***e')
  assert.equal(said(['abcd'], 'abcdabcd', 'abcd'), '***')
  assert.equal(said(['abab'], 'xababababx'), 'x***x')
})

test('what tools make of a secret is hidden too', () => {
  const secret = `pa/ss "wo'rd" é\ttrue`
  const forms = {
    json: JSON.stringify({ secret }),
    slashes: JSON.stringify({ secret }).replaceAll('/', String.raw`\/`),
    url: `https://x/?q=${encodeURIComponent(secret)}`,
    form: new URLSearchParams({ secret }).toString(),
    hex: Buffer.from(secret).toString('hex'),
    traced: `+ echo '${secret.replaceAll("'", String.raw`'\''`)}'`,
    base64url: Buffer.from(secret).toString('base64url'),
  }
  for (const [name, form] of Object.entries(forms)) {
    const hidden = said([secret], form)
    assert.ok(hidden.includes('***'), `${name}: ${hidden}`)
    assert.ok(hidden.length < form.length / 1.5, `${name}: ${hidden}`)
  }
})

test('in Base64 a secret is hidden whatever stands before and after it', () => {
  const secret = 'correct horse battery'
  for (const before of ['', 'a', 'ab', 'abc', 'user:'])
    for (const after of ['', 'x', 'xy', 'xyz']) {
      const text = Buffer.from(before + secret + after).toString('base64')
      const hidden = said([secret], text)
      assert.match(hidden, /^.{0,8}\*\*\*.{0,8}$/, hidden)
    }
})

test('every line of a secret of several lines is a secret', () => {
  const key = '-----BEGIN KEY-----\nMIIEvQIBADANBg\n  kqhkiG9w0BAQ\n}\n-----END KEY-----\n'
  assert.equal(said([key], key), '***')
  assert.equal(said([key], 'line kqhkiG9w0BAQ of it }'), 'line *** of it }')
  assert.equal(said([key], key.replaceAll('\n', '\r\n')), '***\r\n***\r\n  ***\r\n}\r\n***\r\n')
})

test('a secret that is too short, or too long, is refused and not said', () => {
  assert.throws(() => checkSecret('PIN', '123'), { code: 'secret.too-short' })
  assert.throws(() => checkSecret('PIN', '  1 \n'), { code: 'secret.too-short' })
  assert.throws(() => checkSecret('BLOB', 'x'.repeat(65 * 1024)), { code: 'secret.too-long' })
  assert.doesNotThrow(() => checkSecret('PIN', '1234'))
})

test('a text on its own has no part in the stream', () => {
  const masker = makeMasker(['hunter22'])
  masker.write(Buffer.from('hunt'))
  assert.equal(masker.mask('er22 hunter22'), 'er22 ***')
  assert.equal(Buffer.from(masker.end()).toString(), 'hunt')
})

// Few letters, so that secrets overlap themselves, each other and the borders of chunks.
const letters = (minLength: number, maxLength: number) =>
  fc.string({ unit: fc.constantFrom('a', 'b', 'c', '\n', '/', 'é'), minLength, maxLength })
const secrets = fc.array(
  letters(4, 9).filter((secret) => secret.trim().length >= 4),
  { minLength: 1, maxLength: 4 },
)

test('law: however the stream is cut, the same bytes come out', () => {
  fc.assert(
    fc.property(secrets, letters(0, 200), fc.infiniteStream(fc.nat(12)), (values, text, sizes) => {
      const bytes = Buffer.from(text)
      const chunks: Buffer[] = []
      for (let at = 0; at < bytes.length;) {
        const size = 1 + (sizes.next().value ?? 0)
        chunks.push(bytes.subarray(at, at + size))
        at += size
      }
      assert.deepEqual(masked(values, ...chunks), masked(values, bytes))
    }),
  )
})

test('law: no secret survives, and all that comes out was there', () => {
  fc.assert(
    fc.property(secrets, letters(0, 200), (values, text) => {
      const planted = text + values.join('a') + text
      const hidden = masked(values, planted).toString('latin1')
      for (const value of values)
        assert.ok(!hidden.includes(Buffer.from(value.trim()).toString('latin1')))
      let at = 0
      const whole = Buffer.from(planted).toString('latin1')
      for (const part of hidden.split('***')) {
        const found = whole.indexOf(part, at)
        assert.ok(found >= at)
        at = found + part.length
      }
    }),
  )
})
