import assert from 'node:assert/strict'
import { it } from 'node:test'
import { inOrder } from './environments.ts'

const named = (...names: string[]) => names.map((name) => ({ name }))

it('goes by the longest path, and ends with those on none', () => {
  const services = [{ path: ['dev', 'prod'] }, { path: ['dev', 'staging', 'prod'] }]
  assert.deepEqual(inOrder(named('dev', 'lab', 'prod', 'staging'), services), [
    'dev',
    'staging',
    'prod',
    'lab',
  ])
})
