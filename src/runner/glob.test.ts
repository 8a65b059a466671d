import assert from 'node:assert/strict'
import test from 'node:test'
import * as fc from 'fast-check'
import { compileGlobs } from './glob.ts'

const matches = (pattern: string, path: string) => compileGlobs([pattern]).matches(path)

test('a glob matches what people expect of it', () => {
  const rows: [pattern: string, yes: string[], no: string[]][] = [
    ['src/**', ['src/a.ts', 'src/a/b/c.ts', 'src/.hidden'], ['srcs/a', 'a/src/b']],
    ['**/*.ts', ['a.ts', 'a/b/c.ts'], ['a.tsx', 'a.ts/b']],
    ['*.json', ['package.json', '.json'], ['a/b.json']],
    ['src/*/x', ['src/a/x'], ['src/x', 'src/a/b/x']],
    ['a?c', ['abc', 'aéc'], ['ac', 'abbc', 'a/c']],
    ['v[0-9].[!a-c]', ['v1.d'], ['v1.a', 'vx.d']],
    ['x.{ts,js}', ['x.ts', 'x.js'], ['x.tsx']],
    ['{src,test/{unit,int}}/*.ts', ['src/a.ts', 'test/unit/a.ts'], ['test/a.ts']],
    ['dist', ['dist', 'dist/a/b'], ['dist2', 'a/dist']],
    ['dist/', ['dist/a'], ['dist2/a']],
    ['./a/./b', ['a/b'], ['b']],
    ['a/**/b', ['a/b', 'a/x/y/b'], ['a/x/y/b2']],
    ['[id]', ['i', 'd'], ['id']],
    ['a[', ['a['], ['a']],
    ['**', ['a', 'a/b'], []],
  ]
  for (const [pattern, yes, no] of rows) {
    for (const path of yes) assert.ok(matches(pattern, path), `${pattern} takes ${path}`)
    for (const path of no) assert.ok(!matches(pattern, path), `${pattern} leaves ${path}`)
  }
})

test('an exclamation mark takes away', () => {
  const globs = compileGlobs(['**', '!node_modules', '!**/*.log'])
  assert.ok(globs.matches('src/a.ts'))
  assert.ok(!globs.matches('node_modules/a/index.js'))
  assert.ok(!globs.matches('a/b.log'))
  assert.ok(compileGlobs(['!a']).isEmpty)
})

test('a hostile or broken glob is refused with its reason', () => {
  const rows: [string, RegExp][] = [
    ['../secrets/*', /leaves the folder/],
    ['a/../../b', /leaves the folder/],
    ['{a,../b}', /leaves the folder/],
    ['/etc/passwd', /absolute/],
    ['', /names nothing/],
    ['a\\b', /backslash/],
    ['{a,b', /without its }/],
    ['a}', /without its {/],
    ['{a,b}'.repeat(7), /too many alternatives/],
    ['a'.repeat(501), /longer than/],
  ]
  for (const [pattern, why] of rows)
    assert.throws(() => compileGlobs([pattern]), { code: 'runner.glob-refused', message: why })
})

test('a pattern that would stall a backtracking engine is answered', () => {
  assert.ok(!matches(`${'*a'.repeat(120)}*b`, 'a'.repeat(250)))
  assert.ok(!matches(`${'**/a/'.repeat(80)}b`, 'a/'.repeat(2000)))
})

test('the patterns that match nothing are named', () => {
  const globs = compileGlobs(['dist/**', 'a.txt', '!dist/a'])
  assert.deepEqual(globs.unmatched(['dist/a']), ['a.txt'])
})

test('a folder that holds a match is never passed over', () => {
  const name = fc.constantFrom('a', 'b', 'ab')
  const part = fc.constantFrom('a', 'b', '*', '**', 'a?', '[ab]', '{a,b}')
  fc.assert(
    fc.property(
      fc.array(part, { minLength: 1, maxLength: 4 }),
      fc.array(name, { minLength: 2, maxLength: 5 }),
      (pattern, path) => {
        const globs = compileGlobs([pattern.join('/')])
        if (!globs.matches(path.join('/'))) return
        for (let depth = 1; depth < path.length; depth++)
          assert.ok(globs.mayHold(path.slice(0, depth).join('/')))
      },
    ),
  )
})
