import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { parse } from 'yaml'
import { toYaml, type Yaml } from './yaml.ts'

const { value } = fc.letrec<{ value: Yaml; text: string }>((tie) => ({
  text: fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc
      .array(fc.string({ unit: fc.constantFrom('a', ' ', '\n', '#', ':', "'", '"', '-', '\t') }), {
        maxLength: 5,
      })
      .map((parts) => parts.join('')),
    fc.constantFrom('on', 'no', 'Y', '1e3', '12:30', '0x1f', '0o7', '1_000', '~', '.5', '.inf'),
    fc.constantFrom('2001-01-01', '- a', '? a', 'a: b', 'a #b', '${{ a }}', '<<', '=', '|', '|-'),
  ),
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    tie('text'),
    fc.boolean(),
    fc.integer(),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(
      tie('text').filter((key) => key !== '__proto__'),
      tie('value'),
      { maxKeys: 4 },
    ),
  ),
}))

test('what is written is what readers of either version of YAML read', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.constantFrom('a', 'on', 'x y'), value, { minKeys: 1 }),
      (given) => {
        const written = toYaml(given)
        for (const version of ['1.1', '1.2'] as const)
          assert.deepEqual(parse(written, { version, merge: true }), plain(given), written)
      },
    ),
    { numRuns: 500 },
  )
})

/** fast-check makes some of them without a prototype. */
const plain = (given: unknown): unknown => JSON.parse(JSON.stringify(given))

test('texts of several lines are blocks, and plain ones stand without quotes', () => {
  assert.equal(
    toYaml({ run: 'a\nb: c\n', if: '${{ x }}', on: ['main', 'release/*'], timeout: '15m' }),
    "run: |\n  a\n  b: c\nif: ${{ x }}\n'on': [main, release/*]\ntimeout: 15m\n",
  )
})
