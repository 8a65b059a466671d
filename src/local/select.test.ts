import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { jobSpec } from '../../test/support/job-spec.ts'
import { handingOf, selectJobs } from './select.ts'

const PLAN = [
  jobSpec('install', { outputs: ['deps'] }),
  jobSpec('lint'),
  jobSpec('unit.22', { needs: ['install'], leg: { of: 'unit', matrix: { node: '22' } } }),
  jobSpec('unit.24', { needs: ['install'], leg: { of: 'unit', matrix: { node: '24' } } }),
  jobSpec('build', { needs: ['install', 'lint'], outputs: ['dist'] }),
  jobSpec('ship', { needs: ['build'], effect: 'deploy' }),
  jobSpec('tell', { needs: ['ship'] }),
]

const names = (asked: readonly string[]) => {
  const selected = selectJobs(PLAN, asked)
  return 'unknown' in selected ? selected : selected.jobs.map(({ name }) => name)
}

describe('select', () => {
  it('takes all but what changes the world, and what needs it', () => {
    const selected = selectJobs(PLAN, [])
    assert.ok('left' in selected)
    assert.deepEqual(selected.left, ['ship', 'tell'])
    assert.deepEqual(names([]), ['install', 'lint', 'unit.22', 'unit.24', 'build'])
  })

  it('takes what is named and what it needs, in the order of the plan', () => {
    assert.deepEqual(names(['build']), ['install', 'lint', 'build'])
    assert.deepEqual(names(['ship']), ['install', 'lint', 'build', 'ship'])
    assert.deepEqual(names(['unit']), ['install', 'unit.22', 'unit.24'])
    assert.deepEqual(names(['unit.24']), ['install', 'unit.24'])
  })

  it('knows the nearest name of one that is not there', () => {
    assert.deepEqual(names(['biuld']), { unknown: 'biuld', remedy: 'Did you mean build?' })
  })

  it('hands on what has outputs, from near and far', () => {
    assert.deepEqual(
      handingOf(PLAN)('tell').map(({ name }) => name),
      ['install', 'build'],
    )
  })
})
