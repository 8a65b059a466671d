import assert from 'node:assert/strict'
import { it } from 'node:test'
import { failureIn } from './failure.ts'

it('is the job that failed first, not those that fell with it', () => {
  const skipped = { name: 'package', outcome: 'skipped', reason: 'needs', endedAt: 1 } as const
  const lint = { name: 'lint', outcome: 'failed', reason: 'script', endedAt: 30 } as const
  const test = {
    name: 'test',
    outcome: 'failed',
    reason: 'tests',
    endedAt: 20,
    tests: { failed: 3 },
  } as const
  assert.deepEqual(failureIn([skipped, lint, test]), {
    job: 'test',
    outcome: 'failed',
    reason: 'tests',
    testsFailed: 3,
  })
})
it('is nothing while all is well', () => {
  assert.equal(failureIn([{ name: 'test' }, { name: 'lint', outcome: 'cached', endedAt: 1 }]), null)
})
