import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { globMatcher } from './glob.ts'

const rows: readonly (readonly [globs: string, yes: string, no: string])[] = [
  ['**', 'a .npmrc a/.b/c', ''],
  ['.', 'a a/b', ''],
  ['*', 'a .env', 'a/b'],
  ['src/**', 'src/a src/a/b.js', 'lib/a srcs/a'],
  ['src', 'src src/a/b', 'a/src'],
  ['src/', 'src/a', 'srcs/a'],
  ['./src/*.js', 'src/a.js src/.js', 'src/a/b.js src/a.ts'],
  ['**/*.md', 'a.md docs/b.md x/y/c.md', 'a.mdx'],
  ['a/**/z', 'a/z a/b/z a/b/c/z a/z/z', 'z a/b'],
  ['a?c', 'abc a.c', 'ac a/c abbc'],
  ['{src,lib}/**', 'src/a lib/b', 'test/c {src,lib}/a'],
  ['{a,b{c,d}}', 'a bc bd', 'b'],
  ['a*b*c', 'abc axxbyyc abcbc', 'abcd'],
  ['src/** !src/gen', 'src/a', 'src/gen src/gen/x'],
  ['!src', '', 'src other'],
  ['a.b', 'a.b', 'axb'],
  ['', 'anything', ''],
]

describe('a glob', () => {
  for (const [globs, yes, no] of rows)
    it(`${globs || '(empty)'} matches what it says`, () => {
      const match = globMatcher(globs.split(' '))
      for (const path of yes.split(' ').filter(Boolean)) assert.ok(match(path), path)
      for (const path of no.split(' ').filter(Boolean)) assert.ok(!match(path), path)
    })
  it('takes no longer for stars that cannot match', () => {
    assert.ok(!globMatcher([`${'*a'.repeat(200)}b`])('a'.repeat(2000)))
    assert.ok(!globMatcher([`${'**/a/'.repeat(90)}b`])('a/'.repeat(900)))
  })
  it('takes too many alternatives to the letter', () => {
    const glob = '{a,b}'.repeat(7)
    assert.ok(globMatcher([glob])(glob))
    assert.ok(!globMatcher([glob])('aaaaaaa'))
  })
  it('agrees with a regular expression on small ones', () =>
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('a', 'b', '*', '?'), { minLength: 1, maxLength: 6 }),
        fc.array(fc.constantFrom('a', 'b'), { minLength: 1, maxLength: 8 }),
        (parts, name) => {
          const glob = parts.join('').replace(/\*+/g, '*')
          const pattern = glob.replaceAll('*', '.*').replaceAll('?', '.')
          assert.equal(
            globMatcher([glob])(name.join('')),
            new RegExp(`^${pattern}$`).test(name.join('')),
          )
        },
      ),
    ))
})
