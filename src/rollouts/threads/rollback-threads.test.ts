/**
 * Harm that other tools did to their users, one test a thread, named after it: what they reported
 * must not happen here. Rules about going back and staying back.
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { isRejection, replay } from '#kernel/decider.ts'
import { law } from '../../../test/support/law.ts'
import { aStart, before, clearFacts, deployedAs } from '../../../test/support/rollout-fixtures.ts'
import { deadlineOf } from '../deadline.ts'
import { decide } from '../decide.ts'
import { deployment, UNDO_MS } from '../deployment.ts'
import type { SlotCommand } from '../commands.ts'
import type { DeploymentEvent, SlotEvent } from '../events.ts'
import { type Observed, nextMove } from '../next-move.ts'
import { rollbackPlanOf } from '../plan.ts'
import { type RollbackFacts, rollbackTarget } from '../rollback.ts'
import { slot } from '../slot.ts'

const us = { at: 5, by: 'system' } as const
const place = { service: 'shop', environment: 'prod' } as const
const bad = deployedAs('dep_2', 'rel_2', '2.0.0')
const DAY = 86_400_000

const started: DeploymentEvent = { ...aStart, type: 'deployment.started' }
const ready: DeploymentEvent = { type: 'deployment.instancesReady', ...us, replicas: 2 }
const exposed: DeploymentEvent = { type: 'deployment.weightSet', ...us, step: 0, weight: 5 }
const aborted: DeploymentEvent = {
  type: 'deployment.abortRequested',
  ...us,
  cause: 'analysis',
  reason: 'errors',
}
const state = (...events: DeploymentEvent[]) => replay(deployment, events)

const group = (name: string) => ({ group: name, replicas: 2, ready: 2, tail: '' })
const seen: Observed = {
  isBlind: false,
  groups: [group('dep_1'), group('dep_2')],
  weights: { dep_1: 95, dep_2: 5 },
  stable: 'dep_1',
  obstacles: [],
  closing: undefined,
  veto: undefined,
  unreadySince: undefined,
  failing: undefined,
}

const opened: SlotEvent = { type: 'slot.opened', at: 0, by: 'system', ...place, port: 4_100 }
const settled: SlotEvent = { type: 'slot.settled', ...us, ...place, deployed: bad }
const history: SlotEvent[] = [opened, settled]
const slotOf = (...events: SlotEvent[]) => replay(slot, [...history, ...events])
const goBack = {
  type: 'slot.holdForRollback',
  ...us,
  deployment: 'dep_3',
  to: before,
  undoes: bad,
  reason: 'slow',
} as const
const eventsOf = (answer: ReturnType<typeof slot.decide>): readonly SlotEvent[] =>
  isRejection(answer) ? assert.fail(answer.code) : answer

const facts: RollbackFacts = {
  settled: bad,
  settledBy: 'forward',
  validated: [bad, before].map((deployed) => ({ deployed, at: 0, isVetoed: false })),
  to: undefined,
  isForced: false,
  window: { revisions: 5, ms: 14 * DAY },
  now: DAY,
}
const target = (change: Partial<RollbackFacts>) => {
  const way = rollbackTarget({ ...facts, ...change })
  return 'rejected' in way ? way.code : way.to.version
}

describe('a rollback that stays', () => {
  it('argo-cd#5351, #9570: the next sync brings the bad version back', () => {
    const held = eventsOf(slot.decide(goBack, slotOf())).find(({ type }) => type === 'slot.held')
    assert.ok(held?.type === 'slot.held' && held.badRelease === 'rel_2')
    const { hold } = slotOf(held)
    const automatic = { ...clearFacts, slot: { ...clearFacts.slot, hold } }
    assert.equal(decide(automatic, 10).verdict, 'wait')
  })
  it('kargo (before 1.11): the hold came with the end of the rollback, not its request', () => {
    const types = eventsOf(slot.decide(goBack, slotOf())).map(({ type }) => type)
    assert.deepEqual(types, ['slot.held', 'slot.acquired'])
  })
  it('snuba#4778: a validated rollback promotes onwards, or lifts its own hold', () => {
    const during = slotOf(...eventsOf(slot.decide(goBack, slotOf())))
    const end: SlotCommand = {
      ...({ type: 'slot.conclude', ...us, kind: 'rollback', outcome: 'succeeded' } as const),
      ...{ reason: '', isExposed: true, isProduction: true, undosLastDay: 0 },
      deployed: { ...before, deployment: 'dep_3' },
      returnPoint: bad,
    } as const
    const told = eventsOf(slot.decide(end, during)).map(({ type }) => type)
    assert.ok(!told.includes('slot.resumed'))
  })
  it('kargo#6151: what was rejected is promoted again, by people or by automation', () => {
    const vetoed = { ...clearFacts, isVetoed: true, origin: 'person' } as const
    assert.equal(decide(vetoed, 10).verdict, 'deny')
  })
})

describe('kargo, developer-hub#2177, #1867: when automation goes back by itself', () => {
  it('not when nothing was ever validated', () => {
    assert.equal(target({ validated: [] }), 'rollback.no-target')
    const first = state(
      { ...aStart, type: 'deployment.started', returnPoint: null },
      ready,
      exposed,
    )
    const alone = { ...seen, groups: [group('dep_2')], weights: { dep_2: 100 }, stable: undefined }
    const undone = replay(deployment, [
      { ...aStart, type: 'deployment.started', returnPoint: null },
      ready,
      exposed,
      aborted,
    ])
    // There is nobody to give the traffic to: it is taken away, not given to what nobody proved.
    assert.deepEqual(nextMove(undone, alone, 6), { do: 'retire', group: 'dep_2' })
    assert.equal(first.status, 'running')
  })
  it('not from a rollback that fails: it is held, and people are called', () => {
    const back = state({ ...aStart, type: 'deployment.started', kind: 'rollback' }, ready, exposed)
    const isBad = { ...seen, unreadySince: 0 }
    const move = nextMove(back, isBad, 10_000)
    assert.equal(move.do === 'report' && move.wish.type, 'deployment.pause')
  })
  it('not from a rollback to another one, unless a person names it', () => {
    assert.equal(target({ settledBy: 'rollback' }), 'rollback.of-rollback')
    assert.equal(target({ settledBy: 'rollback', to: '1.0.0' }), '1.0.0')
  })
  it('not while something is on its way: only what is settled', () => {
    const busy: SlotEvent = {
      type: 'slot.acquired',
      ...us,
      ...place,
      deployment: 'dep_9',
      fence: 1,
    }
    const answer = slot.decide(goBack, slotOf(busy))
    assert.ok(isRejection(answer) && answer.code === 'slot.taken')
    assert.match(isRejection(answer) ? answer.remedy : '', /abort/)
  })
  it('not for what failed long ago: the judge is deaf once it has succeeded', () => {
    const over: DeploymentEvent = {
      ...{ type: 'deployment.finished', ...us, deployment: 'dep_2', ...place },
      ...{ environmentKind: 'production', tier: 1, kind: 'forward', release: 'rel_2' },
      ...{ version: '2.0.0', artifact: 'a', sha: 'c', startedAt: 0, outcome: 'succeeded' },
      reason: '',
      returnPoint: before,
    } as const
    assert.deepEqual(nextMove(state(started, ready, exposed, over), seen, 99), { do: 'rest' })
  })
  law(
    'S10',
    'automation goes back twice a day at most; then it holds, and pages',
    fc.property(fc.integer({ min: 0, max: 6 }), fc.boolean(), (undosLastDay, isProduction) => {
      const lock = {
        type: 'slot.acquired',
        ...us,
        ...place,
        deployment: 'dep_2',
        fence: 1,
      } as const
      const end: SlotCommand = {
        ...({ type: 'slot.conclude', ...us, kind: 'forward', outcome: 'rolledBack' } as const),
        ...{ reason: 'errors', isExposed: true, isProduction, undosLastDay },
        deployed: bad,
        returnPoint: before,
      } as const
      const held = eventsOf(slot.decide(end, slotOf(lock))).find(({ type }) => type === 'slot.held')
      const pages = held?.type === 'slot.held' && held.flapping !== undefined
      assert.equal(pages, undosLastDay >= 2)
      assert.equal(held !== undefined, isProduction || undosLastDay >= 2)
    }),
  )
})

describe('the way back', () => {
  it('flagger#616, #1800: going back replays the canary, step by step', () => {
    const { steps, bakeMs, strategy } = rollbackPlanOf(aStart.plan)
    assert.deepEqual([steps, bakeMs, strategy], [[], 0, 'rolling'])
  })
  it('pipecd#3468: a failed rollback runs for ever', () => {
    const undoing = state(started, ready, exposed, aborted)
    const lost = { ...seen, isBlind: true, groups: [], weights: {} }
    const move = nextMove(undoing, lost, us.at + UNDO_MS)
    assert.deepEqual(move, { do: 'report', wish: { type: 'deployment.finish' } })
    const end = deployment.decide(
      { type: 'deployment.finish', at: us.at + UNDO_MS, by: 'system' },
      undoing,
    )
    const [last] = isRejection(end) ? assert.fail(end.code) : end
    assert.equal(last?.type === 'deployment.finished' && last.outcome, 'stuck')
    const standing = { status: 'undoing', since: 5, startedAt: 0, readyAt: 1 } as const
    assert.ok(deadlineOf({ ...standing, plan: aStart.plan }))
  })
  it('shipit-engine#879, argo-cd#6344, flagger#1186: nobody knew if going back was safe', () => {
    const below = { version: '2.0.0', why: 'A column is gone.' }
    const validated = [{ deployed: before, at: 0, isVetoed: false, below }]
    assert.equal(target({ validated }), 'rollback.below-floor')
  })
  it('devops-center-roadmap#35: what is marked as never is what it goes back to', () => {
    const validated = facts.validated.map((each) => ({
      ...each,
      isVetoed: each.deployed.release === 'rel_1',
    }))
    assert.equal(target({ validated }), 'rollback.no-target')
  })
  it('gitlab 15.5: the guard against outdated jobs stopped rollbacks', () => {
    const older = {
      ...clearFacts.slot,
      deployed: { release: 'rel_9', version: '9.0.0', createdAt: 9 },
      relation: 'older' as const,
    }
    const plain = { ...clearFacts, slot: older }
    assert.equal(decide(plain, 10).verdict, 'deny')
    const going = { ...plain, back: { isStillThere: true, below: undefined } }
    assert.equal(decide(going, 10).verdict, 'allow')
  })
})

describe('a rollout on its way', () => {
  it('argo-rollouts#1411: it failed, and completed all the same', () => {
    const again = deployment.decide(
      { type: 'deployment.setWeight', ...us, step: 1, weight: 50 },
      state(started, ready, exposed, aborted),
    )
    assert.deepEqual(again, [])
  })
  it('argo-rollouts#1690, #1852: a newer release changes what is on its way', () => {
    const other = deployment.decide(
      { ...aStart, release: 'rel_3', fence: 9 },
      state(started, ready, exposed),
    )
    assert.ok(isRejection(other) && other.code === 'deployment.exists')
  })
  it('flagger#1801: while it waits for a person nobody watches', () => {
    const paused: DeploymentEvent = { type: 'deployment.paused', ...us, reason: 'ana looks' }
    const waiting = state(started, ready, exposed, paused)
    const { tickMs } = aStart.plan.analysis
    assert.deepEqual(nextMove(waiting, seen, us.at + tickMs), { do: 'measure' })
    const move = nextMove(waiting, { ...seen, veto: 'it loses orders' }, 6)
    assert.equal(move.do === 'report' && move.wish.type, 'deployment.abort')
  })
  it('argo-rollouts#1297: the code goes back, and its configuration does not', () => {
    const then = { ...aStart.plan, env: { LIMIT: '1' }, argv: ['old'] }
    const { env, argv } = rollbackPlanOf(then)
    assert.deepEqual([env, argv], [then.env, then.argv])
  })
  it('argo-cd#1927: nothing can tell a rollback from a deployment', () => {
    const back = state({ ...started, kind: 'rollback', undoes: 'dep_1' })
    assert.ok(back.status === 'running')
    assert.deepEqual([back.about.kind, back.about.undoes], ['rollback', 'dep_1'])
  })
})

describe('the calendar', () => {
  it('kargo#1328: no time windows', () => {
    const winter = { freeze: 'winter', reason: 'everybody is away', endsAt: 99, by: 'ana' }
    const verdict = decide({ ...clearFacts, freezes: [winter] }, 10)
    assert.deepEqual([verdict.verdict, verdict.whoCanAct], ['wait', ['ana']])
    assert.equal(decide({ ...clearFacts, freezes: [winter] }, 99).verdict, 'allow')
  })
  it('kargo#1422: no way to stop the line that leaves the way back open', () => {
    const stopped = { ...seen, obstacles: ['frozen by ana: stop'] }
    const climbing = state(started, ready, exposed)
    assert.equal(nextMove(climbing, stopped, us.at + 1).do, 'wait')
    const bads = nextMove(climbing, { ...stopped, veto: 'it loses orders' }, us.at + 1)
    assert.equal(bads.do === 'report' && bads.wish.type, 'deployment.abort')
  })
  it('picchu#75, gitops-promoter#1734: rollbacks only within the release schedule', () => {
    const stopped = { ...seen, obstacles: ['frozen by ana'] }
    const undoing = state(started, ready, exposed, aborted)
    assert.equal(nextMove(undoing, stopped, 6).do, 'weigh')
  })
  it('argo-cd#29558: an override is for all or nobody', () => {
    const closing = { startsAt: 0, endsAt: 11 }
    const short = { ...clearFacts, calendar: { ...clearFacts.calendar, openings: [closing] } }
    assert.equal(decide(short, 10).verdict, 'wait')
    const override = { by: 'oli', reason: 'the bank waits' }
    const mine = decide({ ...short, override }, 10)
    assert.equal(mine.verdict, 'allow')
    assert.match(mine.reasons.map(({ message }) => message).join(), /oli lets it start/)
  })
})
