import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { COVERAGE_RULES, coverageOf, missingIn, type TracedDeployment } from './coverage.ts'

const SHA = 'a'.repeat(40)
const ana = { name: 'Ana', email: 'ana@example.org' }
const whole: TracedDeployment = {
  ...{ deployment: 'dep_1', service: 'shop', environment: 'prod', version: '1.0.0' },
  ...{ release: 'rel_1', tier: 1, kind: 'forward', finishedAt: 5, sha: SHA, artifact: 'sha256:1' },
  isCommitKnown: true,
  commits: [{ kind: 'feat', author: ana, tickets: ['SHOP-1'] }],
  isArtifactThere: true,
  provenance: [SHA],
  approvals: 1,
  approvalsNeeded: 1,
}
const missing = (more: Partial<TracedDeployment>, rules = COVERAGE_RULES) =>
  missingIn({ ...whole, ...more }, rules).map(({ leg }) => leg)
const bare = (author = ana, kind = 'feat') => [{ kind, author, tickets: [] }]

describe('a deployment is traced', () => {
  it('when every leg resolves, and tells each that does not', () => {
    assert.deepEqual(missing({}), [])
    assert.deepEqual(missing({ isCommitKnown: false }), ['commit'])
    assert.deepEqual(missing({ commits: bare() }), ['ticket'])
    assert.deepEqual(missing({ commits: [] }), ['ticket'])
    assert.deepEqual(missing({ isArtifactThere: false, provenance: [] }), ['artifact'])
    assert.deepEqual(missing({ provenance: [] }), ['provenance'])
    assert.deepEqual(missing({ provenance: ['b'.repeat(40)] }), ['provenance'])
    assert.deepEqual(missing({ approvals: 0 }), ['approval'])
    assert.deepEqual(missing({ approvals: 0, approvalsNeeded: 0 }), [])
    assert.deepEqual(
      missing({ isCommitKnown: false, commits: bare(), isArtifactThere: false, approvals: 0 }),
      ['commit', 'ticket', 'artifact', 'approval'],
    )
  })
  it('without a ticket where all that is new is exempt, or nothing is new', () => {
    const bot = { name: 'dependabot[bot]', email: '49+dependabot[bot]@users.noreply.github.com' }
    assert.deepEqual(missing({ commits: bare(bot) }), [])
    assert.deepEqual(missing({ commits: [...bare(bot), ...bare()] }), ['ticket'])
    assert.deepEqual(
      missing({ commits: bare(ana, 'docs') }, { ...COVERAGE_RULES, exemptKinds: ['docs'] }),
      [],
    )
    for (const kind of ['rollback', 'redeploy'] as const)
      assert.deepEqual(missing({ kind, commits: [] }), [])
  })
})

describe('coverage', () => {
  it('is no number where nothing was deployed', () => {
    const { value, reason, n } = coverageOf([], [], COVERAGE_RULES)
    assert.deepEqual([value, reason, n], [null, 'no_events', 0])
  })
  it('counts what runs and was deployed by nobody', () => {
    const found = coverageOf([whole], [{ tier: 0 }], COVERAGE_RULES)
    assert.deepEqual([found.value, found.n, found.untraced], [0.5, 2, 1])
    assert.deepEqual(
      Object.entries(found.byTier).map(([tier, { covered, n }]) => [tier, covered, n]),
      [
        ['0', 0, 1],
        ['1', 1, 1],
      ],
    )
  })
  it('has an interval as long as there is little to go by', () => {
    const few = coverageOf([whole, { ...whole, provenance: [] }], [], COVERAGE_RULES)
    assert.deepEqual(
      few.interval?.map((each) => each.toFixed(3)),
      ['0.095', '0.905'],
    )
    const many = Array.from({ length: 20 }, () => whole)
    assert.equal(coverageOf(many, [], COVERAGE_RULES).interval, null)
  })
  it('is a share whose gaps are all the rest', () => {
    const some = fc.record({
      isCommitKnown: fc.boolean(),
      isArtifactThere: fc.boolean(),
      approvals: fc.nat({ max: 2 }),
      tier: fc.nat({ max: 3 }),
    })
    fc.assert(
      fc.property(fc.array(some), (all) => {
        const found = coverageOf(
          all.map((each) => ({ ...whole, ...each })),
          [],
          COVERAGE_RULES,
        )
        assert.equal(found.covered + found.gaps.length, found.n)
        assert.ok(found.gaps.every((gap) => gap.missing.length > 0))
      }),
    )
  })
})
