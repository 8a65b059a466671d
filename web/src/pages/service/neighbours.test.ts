import assert from 'node:assert/strict'
import { it } from 'node:test'
import { neighbours } from './neighbours.ts'

const service = (name: string, ...dependsOn: string[]) => ({ name, dependsOn })
const said = (of: ReturnType<typeof service>, ...all: ReturnType<typeof service>[]) =>
  neighbours(of, [of, ...all]).map(({ name, needs }) => `${name}<${needs.join(',')}`)

it('shows what it needs and who needs it, and no further', () => {
  const shop = service('shop', 'prices')
  const all = [service('prices', 'ledger'), service('app', 'shop'), service('ledger')]
  assert.deepEqual(said(shop, ...all), ['prices<', 'shop<prices', 'app<shop'])
})
it('bears services that need themselves or each other', () => {
  assert.deepEqual(said(service('a', 'a', 'b'), service('b', 'a')), ['b<', 'a<b'])
})
it('says which of them nobody declared', () => {
  assert.deepEqual(
    neighbours(service('a', 'gone'), [service('a', 'gone')]).map(({ isKnown }) => isKnown),
    [false, true],
  )
})
