import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { bump, compareVersions, formatVersion, parseVersion, type Version } from './semver.ts'

const parsed = (text: string): Version => {
  const version = parseVersion(text)
  assert.ok(version, text)
  return version
}

describe('a version', () => {
  // The specification's own lists, §9 to §11.
  for (const text of [
    '1.0.0-alpha',
    '1.0.0-alpha.1',
    '1.0.0-0.3.7',
    '1.0.0-x.7.z.92',
    '1.0.0-x-y-z.--',
    '1.0.0-alpha+001',
    '1.0.0+20130313144700',
    '1.0.0-beta+exp.sha.5114f85',
    '1.0.0+21AF26D3----117B344092BD',
    '0.0.0',
    '10.20.30',
    '1.0.0-0A.is.legal',
  ])
    it(`${text} is one, and stays the same`, () => assert.equal(formatVersion(parsed(text)), text))
  for (const text of [
    '1',
    '1.2',
    '1.2.3.4',
    'v1.2.3',
    '01.2.3',
    '1.02.3',
    '1.2.3-01',
    '1.2.3-',
    '1.2.3-a..b',
    '1.2.3+',
    '1.2.3+a+b',
    ' 1.2.3',
    '1.2.3\n',
    '-1.2.3',
    '9007199254740993.0.0',
    `1.2.3-${'a'.repeat(300)}`,
    '1.2.3-ä',
    '',
  ])
    it(`${JSON.stringify(text.slice(0, 30))} is none`, () =>
      assert.equal(parseVersion(text), undefined))
})

describe('precedence', () => {
  const rising = [
    '1.0.0-alpha',
    '1.0.0-alpha.1',
    '1.0.0-alpha.beta',
    '1.0.0-beta',
    '1.0.0-beta.2',
    '1.0.0-beta.11',
    '1.0.0-rc.1',
    '1.0.0',
    '2.0.0',
    '2.1.0',
    '2.1.1',
    '2.1.2-1',
    '2.1.2-99999999999999999999',
    '2.1.2-100000000000000000000',
    '2.1.2-A',
    '2.1.2-a',
    '2.1.2',
  ]
  it('is that of semver.org §11', () => {
    for (const [i, low] of rising.entries())
      for (const [j, high] of rising.entries())
        assert.equal(
          Math.sign(compareVersions(parsed(low), parsed(high))),
          Math.sign(i - j),
          `${low} ${high}`,
        )
  })
  it('does not look at the build', () =>
    assert.equal(compareVersions(parsed('1.0.0+a'), parsed('1.0.0+b')), 0))
})

describe('counting up', () => {
  const rows = [
    ['1.2.3', '2.0.0', '1.3.0', '1.2.4'],
    ['0.2.3', '1.0.0', '0.3.0', '0.2.4'],
    // A prerelease has promised its version and not used it up.
    ['2.0.0-rc.1', '2.0.0', '2.0.0', '2.0.0'],
    ['1.3.0-rc.1', '2.0.0', '1.3.0', '1.3.0'],
    ['1.2.4-rc.1', '2.0.0', '1.3.0', '1.2.4'],
    ['1.2.3+build', '2.0.0', '1.3.0', '1.2.4'],
  ] as const
  for (const [from, major, minor, patch] of rows)
    it(`from ${from}`, () => {
      const to = (level: 'major' | 'minor' | 'patch') => formatVersion(bump(parsed(from), level))
      assert.deepEqual([to('major'), to('minor'), to('patch')], [major, minor, patch])
    })
})

const identifier = fc.oneof(fc.nat().map(String), fc.stringMatching(/^[a-zA-Z-][0-9A-Za-z-]{0,5}$/))
const version: fc.Arbitrary<Version> = fc.record(
  {
    major: fc.nat(),
    minor: fc.nat(),
    patch: fc.nat(),
    prerelease: fc.array(identifier, { maxLength: 4 }),
    build: fc.array(fc.stringMatching(/^[0-9A-Za-z-]{1,5}$/), { maxLength: 2 }),
  },
  { noNullPrototype: true },
)

describe('whatever the versions', () => {
  it('writing and reading gives the same', () =>
    fc.assert(
      fc.property(version, (one) => assert.deepEqual(parseVersion(formatVersion(one)), one)),
    ))
  it('reading never fails, whatever is read', () =>
    fc.assert(
      fc.property(fc.string(), (text) => {
        const one = parseVersion(text)
        if (one !== undefined) assert.equal(formatVersion(one), text)
      }),
    ))
  it('the order is total: neither contradicts itself nor goes in circles', () =>
    fc.assert(
      fc.property(version, version, version, (a, b, c) => {
        assert.equal(Math.sign(compareVersions(a, b)), -Math.sign(compareVersions(b, a)) + 0)
        if (compareVersions(a, b) <= 0 && compareVersions(b, c) <= 0)
          assert.ok(compareVersions(a, c) <= 0)
      }),
    ))
  it('the next one comes later', () =>
    fc.assert(
      fc.property(version, fc.constantFrom('major', 'minor', 'patch'), (one, level) => {
        assert.ok(compareVersions(bump(one, level), one) > 0)
      }),
    ))
})
