import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseAllDocuments } from 'yaml'
import { ENVIRONMENT, PIPELINE, repositoryIn, SERVICE, stepsDone } from './first-steps.ts'

const nothing = { environments: [], services: [], runs: [] }

describe('the first steps', () => {
  it('are done when there is what they ask for, and not before', () => {
    assert.deepEqual(Object.values(stepsDone(nothing)), [false, false, false, false])
    const refused = { refusal: 'no pipeline', outcome: 'failed' } as const
    const good = { refusal: null, outcome: 'succeeded' } as const
    const begun = { environments: [{ name: 'prod' }], services: [{ name: 'shop' }] }
    assert.deepEqual(Object.values(stepsDone({ ...begun, runs: [refused] })), [
      ...[true, true, false, false],
    ])
    assert.ok(Object.values(stepsDone({ ...begun, runs: [good] })).every(Boolean))
  })
  it('give texts that can be read', () => {
    for (const text of [ENVIRONMENT, SERVICE, PIPELINE])
      for (const document of parseAllDocuments(text)) assert.deepEqual(document.errors, [])
  })
  it('call a repository as people do', () => {
    assert.equal(repositoryIn('https://git.example.com/shop/checkout.git'), 'checkout')
    assert.equal(repositoryIn('/srv/git/checkout/'), 'checkout')
  })
})
