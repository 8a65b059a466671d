import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { type Asker, readScopes, saltsIn, writeScope } from './scopes.ts'

const branch = fc.constantFrom('main', 'next', 'pull/7', 'pull/8')
const asker: fc.Arbitrary<Asker> = fc.record({
  service: fc.constantFrom('shop', 'cart'),
  branch,
  base: fc.option(branch, { nil: undefined }),
  defaultBranch: fc.option(branch, { nil: undefined }),
  cache: fc.constantFrom('branch', 'branch-then-default', 'none', undefined),
})

describe('cache scopes', () => {
  it('nobody writes but the runs of the branch itself', () =>
    fc.assert(
      fc.property(asker, (one) => {
        const scope = writeScope(one)
        if (scope === undefined) return
        assert.equal(scope, `${one.service}/${one.branch}`)
        assert.equal(one.base, undefined)
      }),
    ))

  it('what a pull request makes is read by nobody', () =>
    fc.assert(
      fc.property(asker, asker, (reader, request) => {
        const scope = writeScope({ ...request, base: 'main' })
        assert.equal(scope !== undefined && readScopes(reader).includes(scope), false)
      }),
    ))

  it('nobody reads what another service made', () =>
    fc.assert(
      fc.property(asker, (one) => {
        for (const scope of readScopes(one)) assert.ok(scope.startsWith(`${one.service}/`))
      }),
    ))

  it('asks its own branch, then the base, then the default', () => {
    const one = { service: 'shop', branch: 'pull/7', base: 'next', defaultBranch: 'main' }
    const all = readScopes({ ...one, cache: 'branch-then-default' })
    assert.deepEqual(all, ['shop/pull/7', 'shop/next', 'shop/main'])
    assert.deepEqual(readScopes({ ...one, cache: 'branch' }), ['shop/pull/7'])
    assert.deepEqual(readScopes({ ...one, cache: 'none' }), [])
    assert.deepEqual(readScopes({ ...one, base: 'main', cache: 'branch-then-default' }).length, 2)
  })

  it('reads the operator’s salts', () => {
    const of = saltsIn(' 2, shop=3 ,cart=4')
    assert.equal(of('shop'), '2,shop=3')
    assert.equal(of('blog'), '2')
    assert.equal(saltsIn('')('shop'), undefined)
    assert.equal(saltsIn('shop=3')('shopping'), undefined)
  })
})
