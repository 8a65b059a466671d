import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Slot } from '../api/rollouts.ts'
import { deployment } from '../fixtures.ts'
import { commandsFor, type World } from './commands.ts'

const deployed = { version: '1.2.0' } as Slot['deployed']
const slot = (service: string, environment: string) =>
  ({ service, environment, deployed }) as unknown as Slot
const world: World = {
  services: [
    { name: 'storefront', path: ['staging', 'prod'] },
    { name: 'catalog', path: ['prod'] },
  ],
  slots: [slot('storefront', 'prod'), { ...slot('catalog', 'prod'), deployed: null }],
  deployments: [deployment({ status: 'running' })],
}
const titles = (text: string) => commandsFor(text, world).map(({ title }) => title)

describe('commands of the palette', () => {
  it('are offered by verb and by what they are done to', () => {
    assert.deepEqual(titles('promote storefront to prod'), [
      'Promote the newest of storefront to prod',
    ])
    assert.deepEqual(titles('storefront roll back'), ['Roll back storefront in prod'])
    assert.equal(titles('run').length, 2)
  })
  it('are not offered by a name alone, nor for what is not there', () => {
    assert.deepEqual(titles('storefront'), [])
    assert.deepEqual(titles('p'), [])
    assert.deepEqual(titles('rollback catalog'), [])
    assert.deepEqual(titles('resume'), [])
    assert.equal(titles('pause').length, 1)
  })
  it('take a reason and the name typed where they reach far', () => {
    const [back] = commandsFor('rollback storefront', world)
    assert.deepEqual([back?.reason, back?.typed], ['needed', 'storefront'])
    assert.deepEqual(back?.body('slow'), {
      service: 'storefront',
      environment: 'prod',
      reason: 'slow',
    })
  })
  it('are no more than can be chosen from', () => {
    const services = Array.from({ length: 500 }, (_, n) => ({ name: `s${n}`, path: ['prod'] }))
    assert.equal(commandsFor('run', { ...world, services }).length, 8)
  })
})
