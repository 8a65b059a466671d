import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { law } from '../../../test/support/law.ts'
import { dependenciesAmong, orderOf, standingOn, withEdges } from './order.ts'

const before = (graph: Readonly<Record<string, readonly string[]>>) =>
  new Map(Object.entries(graph).map(([service, those]) => [service, new Set(those)]))

const NAMES = ['a', 'b', 'c', 'd', 'e', 'f']
const graphs = fc
  .array(fc.subarray(NAMES), { minLength: NAMES.length, maxLength: NAMES.length })
  .map((all) => new Map(NAMES.map((name, i) => [name, new Set(all[i])] as const)))

describe('an order', () => {
  it('puts what is depended on first, and names side by side', () => {
    const answer = orderOf(before({ web: ['api'], api: ['db'], db: [], auth: [] }))
    assert.deepEqual(answer, { order: ['auth', 'db', 'api', 'web'] })
  })

  it('passes through services that are not in the plan', () => {
    const dependsOn: Readonly<Record<string, string[]>> = { web: ['api'], api: ['db'], db: ['web'] }
    const among = dependenciesAmong(['web', 'db'], (name) => dependsOn[name] ?? [])
    assert.deepEqual([...(among.get('web') ?? [])], ['db'])
    assert.deepEqual([...(among.get('db') ?? [])], ['web'])
  })

  it('takes edges that the plan adds', () => {
    const answer = orderOf(withEdges(before({ a: [], b: [] }), [{ first: 'b', then: 'a' }]))
    assert.deepEqual(answer, { order: ['b', 'a'] })
  })

  it('does not exist in a circle, which is named in the direction of going', () => {
    const graph = before({ a: ['c'], b: ['a'], c: ['b'], x: [], y: ['a'] })
    assert.deepEqual(orderOf(graph), { cycle: ['a', 'b', 'c', 'a'] })
    assert.deepEqual(orderOf(before({ a: ['a'] })), { cycle: ['a', 'a'] })
  })

  law(
    'S17',
    'everybody goes after what they depend on, or a circle is named',
    fc.property(graphs, (graph) => {
      const answer = orderOf(graph)
      if ('order' in answer) {
        assert.deepEqual([...answer.order].sort(), NAMES)
        for (const [service, those] of graph)
          for (const each of those)
            assert.ok(answer.order.indexOf(each) < answer.order.indexOf(service))
        return
      }
      const { cycle } = answer
      assert.ok(cycle.length > 1)
      assert.equal(cycle[0], cycle.at(-1))
      for (const [i, service] of cycle.slice(1).entries())
        assert.ok(graph.get(service)?.has(cycle[i] ?? ''), cycle.join(' → '))
    }),
  )
})

it('what stands on a service stands on what that stands on', () => {
  const items = [
    { service: 'db', after: [] },
    { service: 'api', after: ['db'] },
    { service: 'auth', after: [] },
    { service: 'web', after: ['api', 'auth'] },
  ]
  assert.deepEqual([...standingOn(items, ['db'])], ['db', 'api', 'web'])
  assert.deepEqual([...standingOn(items, ['auth'])], ['auth', 'web'])
})
