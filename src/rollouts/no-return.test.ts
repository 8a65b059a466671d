import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { given } from '../../test/support/given.ts'
import { aPlan, aRule, aStart, clearFacts, HOUR } from '../../test/support/rollout-fixtures.ts'
import { decide } from './decide.ts'
import { deployment } from './deployment.ts'
import type { NoReturn, Verdict } from './events.ts'
import { promotion } from './promotion.ts'
import type { PromotionFacts } from './rules/facts.ts'

const step = {
  version: '2.0.0',
  kind: 'irreversible',
  path: 'db/2.sql',
  line: 3,
  statement: 'alter table orders drop column note',
  reason: 'Its data is gone.',
} as const
const noReturn: NoReturn = {
  steps: [step, { ...step, kind: 'contract', line: 9 }, { ...step, path: 'db/3.sql' }],
  count: 3,
}
const plan = { ...aPlan, noReturn }
const rule = { ...aRule, count: 0, ownersMin: 0 }
const planned = {
  type: 'promotion.planned',
  at: 0,
  by: 'rob',
  promotion: 'prm_2',
  service: 'shop',
  environment: 'prod',
  release: 'rel_2',
  version: '2.0.0',
  origin: 'person',
  plan,
  planHash: 'one',
  approvals: rule,
} as const
const names = ['db/2.sql', 'db/3.sql']
const reason = 'nobody reads the notes any more'
const said = { at: 1, by: 'ben', planHash: 'one', names, reason }
const accept = { type: 'promotion.acceptNoReturn', kind: 'person', ...said } as const
const accepted = { type: 'promotion.noReturnAccepted', ...said, noReturn } as const
const allow: Verdict = { verdict: 'allow', reasons: [], whoCanAct: [] }
const started = { at: 3, by: 'system', deployment: 'dep_2', fence: 1 }
const start = { type: 'promotion.start', ...started, planHash: 'one', verdict: allow } as const
const waits = () => given(promotion, planned)

describe('the word for what nobody can undo', () => {
  it('is given by name, once', () => {
    waits().when(accept).then(accepted)
    given(promotion, planned, accepted)
      .when({ ...accept, by: 'cy' })
      .then()
  })
  it('names every migration, and nothing else', () => {
    const code = 'promotion.no-return-unnamed'
    waits()
      .when({ ...accept, names: ['db/2.sql'] })
      .thenRejected(code)
    waits()
      .when({ ...accept, names: [] })
      .thenRejected(code)
    waits()
      .when({ ...accept, names: [...names, 'db/4.sql'] })
      .thenRejected(code)
  })
  it('is nothing for who asked for it, wrote it, or is no person', () => {
    waits()
      .when({ ...accept, by: 'rob' })
      .thenRejected('promotion.approver-is-requester')
    waits()
      .when({ ...accept, by: 'ana' })
      .thenRejected('promotion.approver-is-author')
    waits()
      .when({ ...accept, kind: 'agent' })
      .thenRejected('promotion.approver-not-a-person')
  })
  it('is of the plan that was looked at', () =>
    waits()
      .when({ ...accept, planHash: 'zero' })
      .thenRejected('promotion.plan-changed'))
  it('is not taken where nothing is lost', () =>
    given(promotion, { ...planned, plan: aPlan })
      .when(accept)
      .thenRejected('promotion.nothing-to-accept'))
  it('is needed to start, and stands for as long as an approval', () => {
    const code = 'promotion.no-return-not-accepted'
    const { promotion: id, service, environment } = planned
    waits().when(start).thenRejected(code)
    given(promotion, planned, accepted)
      .when(start)
      .then({ type: 'promotion.started', ...started, promotion: id, service, environment })
    given(promotion, planned, accepted)
      .when({ ...start, at: 1 + rule.expiresMs })
      .thenRejected(code)
    given(promotion, planned, accepted)
      .when({ ...accept, at: 1 + rule.expiresMs })
      .then({ ...accepted, at: 1 + rule.expiresMs })
  })

  const replan = { type: 'promotion.replan', at: 5, by: 'system', planHash: 'two' } as const
  const voided = { type: 'promotion.noReturnVoided', at: 5, by: 'system', acceptor: 'ben' } as const
  it('is void when the plan is another', () => {
    const next = { ...plan, replicas: 5 }
    const rest = { plan: next, approvals: rule }
    const replanned = { ...replan, ...rest, type: 'promotion.replanned' } as const
    const after = [
      { ...replanned, changed: ['replicas'] },
      { ...voided, why: 'The plan changed: replicas.' },
    ]
    given(promotion, planned, accepted)
      .when({ ...replan, ...rest })
      .then(...after)
    given(promotion, planned, accepted, ...after)
      .when({ ...start, planHash: 'two' })
      .thenRejected('promotion.no-return-not-accepted')
  })
  it('is void when who said it turns out to have written it', () => {
    const approvals = { ...rule, excluded: [{ actor: 'ben', why: 'wrote 1a2b3c4' }] }
    const same = { ...replan, plan, planHash: 'one', approvals }
    given(promotion, planned, accepted)
      .when(same)
      .then(
        { ...same, type: 'promotion.replanned', changed: ['approvals'] },
        { ...voided, why: 'wrote 1a2b3c4' },
      )
  })
})

type Facts = NonNullable<PromotionFacts['noReturn']>
const base: Facts = { what: noReturn, acceptance: undefined, needing: [], window: '5 revisions' }
const judge = (change: Partial<Facts>, now = HOUR, more: Partial<PromotionFacts> = {}) => {
  const { verdict, reasons, whoCanAct } = decide(
    { ...clearFacts, ...more, noReturn: { ...base, ...change } },
    now,
  )
  const ours = reasons.filter(({ code }) => code.startsWith('schema.'))
  return { verdict, ours, codes: ours.map(({ code }) => code), whoCanAct }
}
const acceptance = { by: 'ben', at: 0, reason }

describe('a promotion that takes something away for good', () => {
  it('waits for a person, and says what for and who', () => {
    const { verdict, ours, codes, whoCanAct } = judge({})
    assert.deepEqual([verdict, codes[1]], ['wait', 'schema.point-of-no-return'])
    assert.match(
      ours[1]?.message ?? '',
      /drop column note` \(db\/2\.sql:3 of 2\.0\.0\), and 2 more/,
    )
    const approvers = clearFacts.people.filter(({ mayApprove }) => mayApprove)
    assert.ok(whoCanAct.length > 0 && !whoCanAct.includes('ana'))
    assert.ok(whoCanAct.every((name) => approvers.some(({ actor }) => actor === name)))
  })
  it('goes when one did', () => {
    const { verdict, codes } = judge({ acceptance })
    assert.deepEqual([verdict, codes[1]], ['allow', 'schema.no-return-accepted'])
  })
  it('waits again when that was too long ago, or who said it may not any more', () => {
    assert.equal(
      judge({ acceptance }, aRule.expiresMs - 1, { approvals: [] }).codes[1],
      'schema.no-return-accepted',
    )
    assert.equal(judge({ acceptance }, aRule.expiresMs).codes[1], 'schema.point-of-no-return')
    const people = clearFacts.people.map((each) => ({ ...each, mayApprove: false }))
    assert.equal(judge({ acceptance }, HOUR, { people }).codes[1], 'schema.point-of-no-return')
  })
  it('waits, accepted or not, while somebody may go back who needs it, and says who', () => {
    const needing = [{ version: '1.1.0', why: '1.1.0 reads orders <3; 2.0.0 writes 3' }]
    const { verdict, ours } = judge({ acceptance, needing })
    assert.equal(verdict, 'wait')
    assert.equal(ours[0]?.code, 'schema.still-needed')
    assert.match(ours[0]?.message ?? '', /^1\.1\.0 may still be gone back to\. .*orders <3/)
    assert.match(ours[0]?.remedy ?? '', /left the rollback window of 5 revisions, veto it in prod/)
  })
  it('says nothing where nothing is lost', () => {
    const { reasons } = decide(clearFacts, HOUR)
    assert.equal(
      reasons.some(({ code }) => code.startsWith('schema.')),
      false,
    )
  })
})

describe('a deployment', () => {
  const { type: _, ...about } = aStart
  const begun = { ...about, type: 'deployment.started', plan } as const
  const ready = { type: 'deployment.ready', at: 4, by: 'system', replicas: 2 } as const
  const isReady = { ...ready, type: 'deployment.instancesReady' } as const
  it('tells that the point is passed when its migrations have run, once', () => {
    const answered = { ...begun, noReturnAccepted: acceptance }
    const place = { deployment: 'dep_2', service: 'shop', environment: 'prod', tier: 1 }
    const passed = {
      type: 'deployment.noReturnPassed',
      at: 4,
      by: 'system',
      ...place,
      environmentKind: 'production',
      release: 'rel_2',
      version: '2.0.0',
      noReturn,
      accepted: acceptance,
    } as const
    given(deployment, answered).when(ready).then(isReady, passed)
    given(deployment, answered, isReady, passed).when(ready).then()
  })
  it('tells nothing when nothing is lost', () =>
    given(deployment, { ...begun, plan: aPlan })
      .when(ready)
      .then(isReady))
})
