import assert from 'node:assert/strict'
import { test } from 'node:test'
import { drillsDue } from './drill.ts'

const DAY = 86_400_000

test('tiers 0 and 1 drill every quarter, and who never did is first', () => {
  const services = [
    { name: 'shop', tier: 0 },
    { name: 'new', tier: 1 },
    { name: 'tool', tier: 2 },
  ]
  const at = (now: number) => drillsDue(services, new Map([['shop', 0]]), now)
  assert.deepEqual(
    at(91 * DAY - 1).map(({ service, isOverdue }) => [service, isOverdue]),
    [
      ['new', true],
      ['shop', false],
    ],
  )
  assert.equal(at(91 * DAY)[1]?.isOverdue, true)
})
