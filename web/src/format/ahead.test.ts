import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { Runbook } from '../api/governance.ts'
import { aheadIn } from './ahead.ts'

const runbook = (
  service: string,
  freshUntil: number,
  drillCountsUntil: number | null,
): Runbook => ({
  ...{ service, owner: 'web', tier: 1, path: 'a.md', state: 'fresh', changedAt: 0, remedy: '' },
  ...{ freshUntil, drill: 'drilled', drilledAt: 0, drillCountsUntil },
})

it('shows trains, drills and reviews of the span, of one service or of all', () => {
  const known = {
    trains: [{ id: 'weekly', to: 'prod', next: 50, services: ['shop', 'till'] }],
    runbooks: [runbook('shop', 60, 200), runbook('till', 10, 20)],
    environments: ['dev', 'prod'],
    service: undefined,
  }
  const says = (service?: string, to = 100) =>
    aheadIn({ ...known, service }, { from: 15, to }).map(({ text, environment }) => [
      text,
      environment,
    ])
  assert.deepEqual(says(), [
    ['train weekly leaves', 'prod'],
    ['review of the runbook of shop is due', 'prod'],
    ['rollback drill of till is due', 'prod'],
  ])
  assert.equal(says('shop').length, 2)
  assert.equal(says('none').length, 0)
  assert.deepEqual(says(undefined, 50), [['rollback drill of till is due', 'prod']])
})
