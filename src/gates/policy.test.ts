import { describe, it } from 'node:test'
import { given } from '../../test/support/given.ts'
import type { PolicyDocument, PolicyRow } from './events.ts'
import { policy } from './policy.ts'

const document = (row: PolicyRow, name = 'default'): PolicyDocument => ({
  name,
  description: '',
  rows: { '1/production': row },
})
const apply = (of: PolicyDocument, digest = 'sha256:aa') =>
  ({ type: 'policy.apply', at: 1, by: 'ana', document: of, digest }) as const
const applied = { ...apply(document({ bakeMs: 1 })), type: 'policy.applied' } as const
const withdraw = { type: 'policy.withdraw', at: 2, by: 'ana' } as const
const withdrawn = { ...withdraw, type: 'policy.withdrawn' } as const
const steps = (...weights: number[]) => weights.map((weight) => ({ weight, bakeMs: 1 }))

describe('policy', () => {
  it('is applied', () =>
    given(policy)
      .when(apply(document({ bakeMs: 1 })))
      .then(applied))
  it('says nothing when the same is applied again', () =>
    given(policy, applied)
      .when(apply(document({ bakeMs: 1 })))
      .then())
  it('is replaced by another', () => {
    const other = apply(document({ bakeMs: 2 }), 'sha256:bb')
    given(policy, applied)
      .when(other)
      .then({ ...other, type: 'policy.applied' })
  })
  it('is withdrawn, once', () => {
    given(policy, applied).when(withdraw).then(withdrawn)
    given(policy, applied, withdrawn).when(withdraw).then()
  })
  it('comes back after it was withdrawn', () =>
    given(policy, applied, withdrawn)
      .when(apply(document({ bakeMs: 1 })))
      .then(applied))
  it('refuses to withdraw what was never applied', () =>
    given(policy).when(withdraw).thenRejected('policy.not-applied'))
  it('refuses a name that no gate looks at', () =>
    given(policy)
      .when(apply(document({}, 'strict')))
      .thenRejected('policy.not-default'))
  for (const weights of [
    [10, 10],
    [50, 10],
    [0, 10],
    [10, 100],
  ])
    it(`refuses steps of ${weights.join(', ')} %`, () =>
      given(policy)
        .when(apply(document({ steps: steps(...weights) })))
        .thenRejected('policy.steps-not-rising'))
  it('takes steps that rise', () => {
    const wish = apply(document({ steps: steps(5, 50, 99) }))
    given(policy)
      .when(wish)
      .then({ ...wish, type: 'policy.applied' })
  })
  it('refuses more approvals of owners than approvals', () =>
    given(policy)
      .when(apply(document({ approvals: { count: 1, ownersMin: 2 } })))
      .thenRejected('policy.owners-exceed-count'))
  for (const [row, code] of [
    [{ queue: 'preempt' }, 'policy.preempt-is-for-hotfixes'],
    [{ queue: 'parallel' }, 'policy.parallel-needs-targets'],
    [{ hotfix: { queue: 'parallel' } }, 'policy.parallel-needs-targets'],
    [{ steps: steps(5), analysis: { ramp: { budget: 9 } } }, 'policy.steps-or-ramp'],
    [{ analysis: { ramp: { holdBack: { weight: 50, ms: 1 } } } }, 'policy.hold-back-below-cap'],
  ] as const)
    it(`${JSON.stringify(row)} is refused, and says why`, () =>
      given(policy)
        .when(apply(document(row)))
        .thenRejected(code))
})
