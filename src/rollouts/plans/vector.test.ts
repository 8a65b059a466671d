import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isRejection } from '#kernel/decider.ts'
import { deployedAs } from '../../../test/support/rollout-fixtures.ts'
import { given } from '../../../test/support/given.ts'
import type { VectorEvent } from '../events/vectors.ts'
import type { SlotState } from '../slot.ts'
import { type Asked, taking, vector, whyUnproven } from './vector.ts'

const one = deployedAs('dep_1', 'rel_1', '1.0.0')
const two = deployedAs('dep_2', 'rel_2', '2.0.0')
const at = (service: string, state: Partial<SlotState>) => ({
  service,
  state: { fence: 1, settled: one, validated: one, movedAt: 0, ...state },
})

describe('what runs together is proven', () => {
  it('when all of it was validated, and nothing moves', () => {
    assert.equal(whyUnproven([at('a', {}), at('b', {})]), undefined)
    const empty = at('b', { settled: null, validated: null })
    assert.equal(whyUnproven([at('a', {}), empty]), undefined)
  })
  it('not while something moves, or one is not validated, or there is nothing', () => {
    const holder = { deployment: 'dep_2', fence: 2, since: 0 }
    assert.match(whyUnproven([at('a', {}), at('b', { holder })]) ?? '', /^dep_2 is on its way to b/)
    assert.match(whyUnproven([at('a', { settled: two })]) ?? '', /^a 2.0.0 is not validated/)
    assert.match(whyUnproven([]) ?? '', /^Nothing runs/)
  })
})

const member = { service: 'a', ...one, config: 'sha256:c' }
const event: VectorEvent = {
  ...{ type: 'vector.validated', at: 1, by: 'system', environment: 'staging' },
  ...{ digest: 'sha256:1', members: [member] },
}

it('a vector is written down when it changed', () => {
  given(vector)
    .when({ ...event, type: 'vector.validate' })
    .then(event)
  given(vector, event)
    .when({ ...event, type: 'vector.validate', at: 2 })
    .then()
  given(vector)
    .when({ ...event, type: 'vector.validate', members: [] })
    .thenRejected('vector.empty')
})

describe('a plan takes from an environment', () => {
  const asked: Asked = {
    ...{ from: 'staging', to: 'prod', named: undefined, whyUnproven: 'dep_2 is on its way to a.' },
    found: { digest: 'sha256:1', members: [member] },
    single: [{ ...member, version: '9.9.9' }],
    strict: [{ service: 'a', policy: 'built-in tier-1/production' }],
  }
  const code = (change: Partial<Asked>) => {
    const taken = taking({ ...asked, ...change })
    return isRejection(taken as never) && 'code' in taken ? taken.code : taken
  }
  it('the vector that was validated, whatever is there now', () => {
    assert.deepEqual(code({}), { digest: 'sha256:1', members: [member] })
  })
  it('nothing that was never validated together, unless every row lets members go alone', () => {
    assert.equal(code({ found: undefined }), 'vector.never-validated')
    const alone = code({ found: undefined, strict: [] })
    assert.deepEqual(alone, { digest: null, members: asked.single })
    assert.equal(code({ found: undefined, strict: [], single: [] }), 'vector.empty')
    assert.equal(code({ found: undefined, named: 'sha256:9', strict: [] }), 'vector.unknown')
  })
})
