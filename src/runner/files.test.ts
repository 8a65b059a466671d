import assert from 'node:assert/strict'
import test from 'node:test'
import { posix } from 'node:path'
import * as fc from 'fast-check'
import { staysInside } from './files.ts'

test('a link stays inside when it climbs no higher than its root, and only at its start', () => {
  const rows: [path: string, target: string, stays: boolean][] = [
    ['a', 'b', true],
    ['a', './b/c', true],
    ['x/a', '../b', true],
    ['x/y/a', '../../b', true],
    ['x/a', '..', true],
    ['a', '..', false],
    ['x/a', '../../b', false],
    ['a', '/etc', false],
    ['a', '', false],
    ['x/y/a', 'b/..', false],
    ['x/y/a', 'b/../../../c', false],
  ]
  for (const [path, target, stays] of rows)
    assert.equal(staysInside(path, target), stays, `${path} -> ${target}`)
})

test('what stays inside resolves inside', () => {
  const name = fc.constantFrom('a', 'b', '..', '.')
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('a', 'b'), { minLength: 1, maxLength: 4 }),
      fc.array(name, { minLength: 1, maxLength: 6 }),
      (path, target) => {
        if (!staysInside(path.join('/'), target.join('/'))) return
        const folder = posix.join('/root', ...path.slice(0, -1))
        assert.match(`${posix.resolve(folder, target.join('/'))}/`, /^\/root\//)
      },
    ),
  )
})
