import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { globMatcher } from '#kernel/glob.ts'
import { branchPattern, patternOf } from './globs.ts'

const name = fc.constantFrom('a', 'b', '*', '**', 'a*', '?', '.c', 'a.js', '{a,b}', '*.{js,ts}')
const glob = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => names.join('/'))
const path = fc
  .array(fc.constantFrom('a', 'b', '.c', 'a.js', 'ab', 'x.ts'), { minLength: 1, maxLength: 5 })
  .map((names) => names.join('/'))

test('a glob as an expression matches what the engine matches', () => {
  fc.assert(
    fc.property(fc.array(glob, { minLength: 1, maxLength: 3 }), path, (globs, one) => {
      const expression = new RegExp(`^(${patternOf(globs)})$`)
      assert.equal(expression.test(one), globMatcher(globs)(one), `${globs.join(' ')} on ${one}`)
    }),
    { numRuns: 2000 },
  )
})

test('a branch is as deep as its pattern', () => {
  const matches = (pattern: string, branch: string) =>
    new RegExp(branchPattern([pattern])).test(branch)
  assert.ok(matches('release/*', 'release/1.2'))
  assert.ok(!matches('release/*', 'release/1/2'))
  assert.ok(matches('release/**', 'release/1/2'))
  assert.ok(!matches('main', 'mainly'))
  assert.ok(!matches('v1.0', 'v1x0'))
  assert.ok(matches('{main,next}', 'next'))
})
