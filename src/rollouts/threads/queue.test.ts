/** What went wrong elsewhere where releases meet in one slot, each as a law here. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isRejection } from '#kernel/decider.ts'
import { Arrivals, BAKE_MS } from '../../../test/support/arrivals.ts'
import { aPlan, aRule, aStart, clearFacts } from '../../../test/support/rollout-fixtures.ts'
import { decide } from '../decide.ts'
import { deployment } from '../deployment.ts'
import { evolveDeployment } from '../deployment-state.ts'
import type { DeploymentEvent, PromotionEvent } from '../events.ts'
import { promotion } from '../promotion.ts'
import { slot, type SlotState } from '../slot.ts'

const planned: PromotionEvent = {
  type: 'promotion.planned',
  at: 0,
  by: 'system',
  promotion: 'prm_2',
  service: 'shop',
  environment: 'prod',
  release: 'rel_2',
  version: '2.0.0',
  origin: 'automatic',
  plan: aPlan,
  planHash: 'hash',
  approvals: { ...aRule, count: 0, ownersMin: 0 },
}
const waiting = promotion.evolve(promotion.initial, planned)
const start = { type: 'promotion.start', at: 2, by: 'system', planHash: 'hash' } as const
const allowed = decide({ ...clearFacts, rule: { ...aRule, count: 0, ownersMin: 0 } }, 1)

describe('S1, a release arrives while another rolls or bakes', () => {
  it('kargo#5342: a busy branch does not starve the bake before it', () => {
    const world = new Arrivals('supersede-waiting')
    for (let minute = 0; minute < 60; minute++) {
      world.take({ do: 'release' })
      world.take({ do: 'wait', ms: BAKE_MS / 10 })
    }
    assert.ok(world.baked.dev.size >= 5)
    assert.ok(world.baked.prod.size >= 4)
  })
  it('flagger#30: what was measured of one release says nothing of the next', () => {
    const tick = { canary: null, stable: null, pods: [] }
    const verdict = {
      verdict: 'hold',
      reason: 'errors',
      evidence: 1,
      threshold: 2,
      ratio: 3,
    } as const
    const measured: DeploymentEvent = {
      type: 'deployment.measured',
      at: 1,
      by: 'system',
      tick,
      verdict,
    }
    const first = [{ ...aStart, type: 'deployment.started' } as const, measured]
    const state = first.reduce(evolveDeployment, deployment.initial)
    const other = { ...aStart, release: 'rel_3', fence: 8 }
    const answer = deployment.decide(other, state)
    assert.equal(isRejection(answer) && answer.code, 'deployment.exists')
    const next = evolveDeployment(deployment.initial, { ...other, type: 'deployment.started' })
    assert.equal(next.status === 'running' && next.lastVerdict, undefined)
  })
})

describe('S2, superseding', () => {
  const superseded = promotion.decide(
    { type: 'promotion.supersede', at: 1, by: 'system', supersededBy: 'prm_3', reason: 'newer' },
    waiting,
  )
  it('spinnaker#1690, #3971: it is an outcome of its own, and names what came instead', () => {
    assert.ok(!isRejection(superseded))
    const [end] = superseded
    assert.ok(end?.type === 'promotion.ended')
    assert.deepEqual([end.outcome, end.supersededBy], ['superseded', 'prm_3'])
  })
  it('aws-cdk#20452: what was superseded neither starts nor is approved any more', () => {
    assert.ok(!isRejection(superseded))
    const state = superseded.reduce(promotion.evolve, waiting)
    const late = promotion.decide(
      { ...start, verdict: allowed, deployment: 'dep_2', fence: 1 },
      state,
    )
    assert.equal(isRejection(late) && late.code, 'promotion.ended')
  })
})

describe('S3, waiting holds no lock', () => {
  const open: SlotState = {
    ...slot.initial,
    opened: { service: 'shop', environment: 'prod', port: 1 },
  }
  it('octopus#4564: one that waits for people is waiting, and the slot is free for others', () => {
    const facts = { ...clearFacts, approvals: [] }
    const { verdict, reasons } = decide(facts, 1)
    assert.equal(verdict, 'wait')
    assert.ok(reasons.some(({ code }) => code === 'approval.missing'))
    assert.ok(reasons.some(({ code }) => code === 'slot.free'))
    assert.equal(waiting.status, 'waiting')
  })
  it('spinnaker#5545: a paused rollout keeps its lock', () => {
    const take = (by: string) =>
      ({ type: 'slot.acquire', at: 1, by: 'system', deployment: by }) as const
    const first = slot.decide(take('dep_1'), open)
    assert.ok(!isRejection(first))
    const held = first.reduce(slot.evolve, open)
    const second = slot.decide(take('dep_2'), held)
    assert.equal(isRejection(second) && second.code, 'slot.taken')
  })
})

describe('S13, validated is a fact', () => {
  const upstream = {
    environment: 'staging',
    isValidated: false,
    isVetoed: false,
    isRolledBack: false,
  }
  it('skipped is not passed, and an approval does not make it so', () => {
    const { verdict, reasons } = decide({ ...clearFacts, upstream }, 1)
    assert.equal(verdict, 'wait')
    assert.ok(reasons.some(({ code }) => code === 'upstream.not-validated'))
    assert.ok(reasons.some(({ code }) => code === 'approval.given'))
  })
})

describe('S15, a hotfix', () => {
  it('is not lost with the next release: that waits until the fix was carried back', () => {
    const { reasons } = decide(
      { ...clearFacts, slot: { ...clearFacts.slot, relation: 'apart', isHotfix: true } },
      1,
    )
    assert.ok(
      reasons.some(({ code, state }) => code === 'hotfix.not-carried-back' && state === 'waiting'),
    )
  })
})

describe('S18, the guard against outdated releases', () => {
  const deployed = { release: 'rel_3', version: '3.0.0', createdAt: 3 }
  const codes = (change: Partial<typeof clearFacts.slot>) =>
    decide({ ...clearFacts, slot: { ...clearFacts.slot, deployed, ...change } }, 1).reasons.map(
      ({ code }) => code,
    )
  it('gitlab 15.5: asks what contains what, not what was made or started first', () => {
    assert.ok(codes({ relation: 'older' }).includes('release.older'))
    assert.ok(codes({ relation: 'newer' }).includes('release.newer'))
  })
  it('gitlab 15.6: lets rollbacks through, which are no promotions', () => {
    const back = { ...aStart, kind: 'rollback', release: 'rel_1', version: '1.0.0' } as const
    assert.ok(!isRejection(deployment.decide(back, deployment.initial)))
  })
})
