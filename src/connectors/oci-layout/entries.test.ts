import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { entryNamed, withManifest, withName, withNameMoved } from './entries.ts'
import { type Descriptor, MEDIA, REF_NAME } from './manifests.ts'

const made = (hex: string): Descriptor => ({
  mediaType: MEDIA.manifest,
  digest: `sha256:${hex.repeat(64)}`,
  size: 1,
})
const named = (hex: string, name: string) => ({ ...made(hex), annotations: { [REF_NAME]: name } })

describe('the entries of a layout', () => {
  it('name a manifest in the entry it has', () =>
    assert.deepEqual(withName([made('a')], made('a'), 'v1'), [named('a', 'v1')]))
  it('may give a manifest several names', () =>
    assert.deepEqual(withName([named('a', 'v1')], made('a'), 'v2'), [
      named('a', 'v1'),
      named('a', 'v2'),
    ]))
  it('keep the manifest that loses its name', () =>
    assert.deepEqual(withName([named('a', 'v1')], made('b'), 'v1'), [named('b', 'v1'), made('a')]))
  it('forget a list that a newer one replaces', () =>
    assert.deepEqual(withNameMoved([named('a', 'list')], made('b'), 'list'), [named('b', 'list')]))
  it('are the same array when nothing changes', () => {
    const entries = [named('a', 'v1')]
    assert.equal(withName(entries, made('a'), 'v1'), entries)
    assert.equal(withManifest(entries, made('a')), entries)
  })
})

describe('whatever is pushed and named, in whatever order', () => {
  const hex = fc.constantFrom('a', 'b', 'c')
  const name = fc.option(fc.constantFrom('v1', 'v2'), { nil: undefined })
  it('every manifest stays listed, and a name is on its last one alone', () =>
    fc.assert(
      fc.property(fc.array(fc.tuple(hex, name)), (acts) => {
        let entries: readonly Descriptor[] = []
        const last = new Map<string, string>()
        for (const [digit, called] of acts) {
          if (called === undefined) entries = withManifest(entries, made(digit))
          else {
            entries = withName(entries, made(digit), called)
            last.set(called, made(digit).digest)
          }
        }
        for (const [digit] of acts)
          assert.ok(entries.some((entry) => entry.digest === made(digit).digest))
        for (const [called, digest] of last) {
          assert.equal(entryNamed(entries, called)?.digest, digest)
          const all = entries.filter((entry) => entry.annotations?.[REF_NAME] === called)
          assert.equal(all.length, 1)
        }
      }),
    ))
})
