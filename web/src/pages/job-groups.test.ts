import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { Job } from '../api/types.ts'
import { groupsOf, legName } from './job-groups.ts'

const job = (name: string, more: Partial<Job> = {}): Job => ({
  name,
  of: name,
  needs: [],
  isFinal: false,
  status: 'waiting',
  attempt: 1,
  command: 'true',
  ...more,
})
const leg = (n: number, more: Partial<Job> = {}) =>
  job(`a.${n}`, { of: 'a', leg: { of: 'a', matrix: { n } }, ...more })

it('makes one of the legs of a job, and of what needs them', () => {
  const [a, b] = groupsOf([leg(1), leg(2), job('b', { needs: ['a.1', 'a.2'] })])
  assert.deepEqual([a?.name, a?.legs.length, b?.needs], ['a', 2, ['a']])
})
it('shows the leg that asks for attention, and chooses it', () => {
  const ended = { status: 'ended', durationMs: 5 } as const
  const legs = [leg(1, { ...ended, outcome: 'succeeded' }), leg(2, { ...ended, outcome: 'failed' })]
  const [a] = groupsOf([...legs, leg(3)])
  assert.deepEqual([a?.state, a?.first.name, a?.ended, a?.durationMs], ['failed', 'a.2', 2, 5])
})
it('names a leg by its values and its shard', () => {
  const shard = { index: 2, total: 4, by: 'count', mode: 'static' } as const
  assert.equal(
    legName(job('a.24', { leg: { of: 'a', matrix: { node: '24' }, shard } })),
    'node 24, 2 of 4',
  )
  assert.equal(legName(job('a')), 'a')
})
