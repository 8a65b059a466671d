import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { isRejection, replay } from '#kernel/decider.ts'
import { law } from '../../test/support/law.ts'
import { given } from '../../test/support/given.ts'
import { aPlan, aStart, before, MINUTE } from '../../test/support/rollout-fixtures.ts'
import type { DeploymentCommand } from './commands.ts'
import { HOLD_MS } from './deadline.ts'
import { deployment, UNDO_MS } from './deployment.ts'
import type { AnalysisTick, DeploymentEvent } from './events.ts'

const us = { at: 10, by: 'system' } as const
const started: DeploymentEvent = { ...aStart, type: 'deployment.started' }
const ready: DeploymentEvent = { type: 'deployment.instancesReady', ...us, replicas: 2 }
const weightSet = (step: number, weight: number, at = 10): DeploymentEvent => ({
  type: 'deployment.weightSet',
  ...us,
  at,
  step,
  weight,
})
const setWeight = (step: number, weight: number) =>
  ({ type: 'deployment.setWeight', ...us, step, weight }) as const
const full = weightSet(2, 100)
const smoke = (passed: boolean): DeploymentEvent => ({
  type: 'deployment.smokeTested',
  ...us,
  passed,
  detail: '200',
})
const finish = (at = 10 + aPlan.bakeMs) =>
  ({ type: 'deployment.finish', at, by: 'system' }) as const
const abort = (cause: 'person' | 'analysis' | 'health', at = 20): DeploymentEvent => ({
  type: 'deployment.abortRequested',
  at,
  by: 'system',
  cause,
  reason: 'why',
})
const restored: DeploymentEvent = {
  type: 'deployment.trafficRestored',
  ...us,
  deployment: before.deployment,
}
const tick = (bad: number): AnalysisTick => ({
  canary: { requests: 50, bad, slow: 0 },
  stable: { requests: 950, bad: 1, slow: 0 },
  pods: [],
})
const outcome = (history: readonly DeploymentEvent[], at?: number) => {
  const answer = deployment.decide(finish(at), replay(deployment, history))
  if (isRejection(answer)) return answer.code
  return answer.map((event) => event.type === 'deployment.finished' && event.outcome).join('')
}

describe('deployment', () => {
  it('starts once', () => {
    given(deployment).when(aStart).then(started)
    given(deployment, started).when(aStart).then()
    given(deployment, started)
      .when({ ...aStart, fence: 8 })
      .thenRejected('deployment.exists')
  })
  it('is nothing before its start', () =>
    given(deployment).when(setWeight(0, 5)).thenRejected('deployment.unstarted'))
  it('gets traffic along its plan', () => {
    given(deployment, started, ready).when(setWeight(0, 5)).then(weightSet(0, 5))
    given(deployment, started, ready, weightSet(0, 5)).when(setWeight(1, 50)).then(weightSet(1, 50))
    given(deployment, started, ready, weightSet(1, 50)).when(setWeight(2, 100)).then(full)
  })
  it('may go to the end at once, where nobody is left to compare with', () =>
    given(deployment, started, ready).when(setWeight(2, 100)).then(full))
  it('is told of the same weight once', () =>
    given(deployment, started, ready, weightSet(0, 5)).when(setWeight(0, 5)).then())
  it('gets no traffic before it is ready', () =>
    given(deployment, started).when(setWeight(0, 5)).thenRejected('deployment.not-ready'))
  it('gets no other weight than planned, and never less', () => {
    given(deployment, started, ready).when(setWeight(0, 50)).thenRejected('deployment.wrong-step')
    given(deployment, started, ready, weightSet(1, 50))
      .when(setWeight(0, 5))
      .thenRejected('deployment.wrong-step')
  })
  it('is not measured before anybody sees it', () =>
    given(deployment, started, ready)
      .when({ type: 'deployment.measure', ...us, tick: tick(0) })
      .thenRejected('deployment.not-exposed'))
  it('is paused and resumed', () => {
    const pause = { type: 'deployment.pause', ...us, reason: 'lunch' } as const
    const { service, environment, version } = started
    const stands = { service, environment, version, weight: 0 }
    const paused = { ...pause, type: 'deployment.paused', stands } as const
    given(deployment, started).when(pause).then(paused)
    given(deployment, started, paused).when(pause).then()
    given(deployment, started, paused)
      .when({ type: 'deployment.resume', ...us })
      .then({ type: 'deployment.resumed', ...us })
    given(deployment, started)
      .when({ type: 'deployment.resume', ...us })
      .then()
  })
  it('is advanced once a step', () => {
    const advance = { type: 'deployment.advance', ...us, reason: 'sure' } as const
    const advanced = { ...advance, type: 'deployment.advanced' } as const
    given(deployment, started, ready).when(advance).then(advanced)
    given(deployment, started, ready, advanced).when(advance).then()
    given(deployment, started).when(advance).thenRejected('deployment.not-ready')
  })
  it('cannot be restored without an abort', () =>
    given(deployment, started)
      .when({ type: 'deployment.restore', ...us, deployment: null })
      .thenRejected('deployment.not-undoing'))
  it('is not smoke tested on a part of the traffic', () =>
    given(deployment, started, ready, weightSet(1, 50))
      .when({ type: 'deployment.smoke', ...us, passed: true, detail: '' })
      .thenRejected('deployment.not-complete'))
})

describe('which of the five it is', () => {
  const refusal = (history: readonly DeploymentEvent[], type: 'cancel' | 'abort') => {
    const command: DeploymentCommand =
      type === 'cancel'
        ? { type: 'deployment.cancel', ...us }
        : { type: 'deployment.abort', ...us, cause: 'person', reason: 'why' }
    const answer = deployment.decide(command, replay(deployment, history))
    return isRejection(answer) ? `${answer.code} ${answer.remedy}` : 'accepted'
  }
  it('what has started is not cancelled but aborted', () =>
    assert.equal(
      refusal([started], 'cancel'),
      'deployment.has-effects Abort it: `signalbox abort dep_2`.',
    ))
  it('what has succeeded is not aborted but rolled back', () => {
    const over = deployment.decide(
      finish(),
      replay(deployment, [started, ready, full, smoke(true)]),
    )
    assert.ok(!isRejection(over))
    const all = [started, ready, full, smoke(true), ...over]
    for (const verb of ['abort', 'cancel'] as const)
      assert.equal(
        refusal(all, verb),
        'deployment.finished Roll it back: `signalbox rollback shop --env prod`.',
      )
  })
  it('what is being undone is neither', () => {
    assert.match(refusal([started, abort('person')], 'cancel'), /^deployment\.undoing/)
    assert.equal(refusal([started, abort('person')], 'abort'), 'accepted')
  })
})

describe('a deployment that is held', () => {
  const paused: DeploymentEvent = { type: 'deployment.paused', ...us, reason: 'ana looks' }
  const call = (at: number) => ({ type: 'deployment.callOverdue', at, by: 'system' }) as const
  const { deployment: id, service, environment, environmentKind, tier, version } = aStart
  const overdue: DeploymentEvent = {
    type: 'deployment.heldTooLong',
    at: 10 + HOLD_MS,
    by: 'system',
    ...{ deployment: id, service, environment, environmentKind, tier, version },
    weight: 0,
    since: 10,
    reason: 'ana looks',
  }
  it('calls people after a day, once', () => {
    given(deployment, started, paused)
      .when(call(9 + HOLD_MS))
      .then()
    given(deployment, started, paused)
      .when(call(10 + HOLD_MS))
      .then(overdue)
    given(deployment, started, paused, overdue)
      .when(call(20 + HOLD_MS))
      .then()
  })
  it('calls nobody once it goes on', () => {
    const resumed: DeploymentEvent = { type: 'deployment.resumed', ...us }
    given(deployment, started, paused, resumed)
      .when(call(20 + HOLD_MS))
      .then()
    given(deployment, started, paused, abort('person'))
      .when(call(20 + HOLD_MS))
      .then()
  })
})

describe('a deployment succeeds', () => {
  const events = [started, ready, full, smoke(true)] as const
  it('after its whole bake at 100 %', () => {
    assert.equal(outcome(events), 'succeeded')
    assert.equal(outcome(events, 9 + aPlan.bakeMs), 'deployment.not-complete')
  })
  it('with its smoke test passed', () => {
    assert.equal(outcome([started, ready, full]), 'deployment.not-complete')
    assert.equal(outcome([...events, smoke(false)]), 'deployment.not-complete')
  })
  it('at once when somebody advances it, and says so', () => {
    const advanced: DeploymentEvent = { type: 'deployment.advanced', ...us, reason: 'sure' }
    const answer = deployment.decide(finish(11), replay(deployment, [...events, advanced]))
    assert.partialDeepStrictEqual(answer, [
      { reason: 'It went on unproven at 100 %, by decision.' },
    ])
  })
  it('with everything about it in the last event', () =>
    given(deployment, ...events)
      .when(finish())
      .then({
        type: 'deployment.finished',
        at: 10 + aPlan.bakeMs,
        by: 'system',
        deployment: 'dep_2',
        promotion: 'prm_2',
        service: 'shop',
        environment: 'prod',
        environmentKind: 'production',
        tier: 1,
        kind: 'forward',
        release: 'rel_2',
        version: '2.0.0',
        artifact: 'sha256:22',
        sha: 'c0ffee',
        returnPoint: before,
        startedAt: 0,
        exposedAt: 10,
        outcome: 'succeeded',
        reason: 'It stayed healthy to the end.',
      }))
})

describe('an undo', () => {
  const seen = [started, ready, weightSet(0, 5)] as const
  it('that nobody had seen is a failure', () =>
    assert.equal(outcome([started, abort('health')]), 'failed'))
  it('by a person is an abort, seen or not', () => {
    assert.equal(outcome([started, abort('person')]), 'aborted')
    assert.equal(outcome([...seen, abort('person'), restored]), 'aborted')
  })
  it('that users had seen is a rollback', () =>
    assert.equal(outcome([...seen, abort('analysis'), restored]), 'rolledBack'))
  it('is not over before traffic is back', () =>
    assert.equal(outcome([...seen, abort('analysis')], 30), 'deployment.not-restored'))
  it('is stuck when traffic is not back in time', () => {
    const late = 20 + UNDO_MS
    assert.equal(outcome([...seen, abort('analysis')], late - 1), 'deployment.not-restored')
    assert.equal(outcome([...seen, abort('analysis')], late), 'stuck')
  })
  it('knows of traffic that was moved just before we were killed', () => {
    given(deployment, started, ready, abort('health')).when(setWeight(0, 5)).then(weightSet(0, 5))
    assert.equal(
      outcome([started, ready, abort('health'), weightSet(0, 5), restored]),
      'rolledBack',
    )
  })
  it('stands by its first cause', () =>
    given(deployment, ...seen, abort('analysis'))
      .when({ type: 'deployment.abort', ...us, cause: 'person', reason: 'me too' })
      .then())
  it('cannot be delayed', () =>
    given(deployment, ...seen, abort('analysis'))
      .when({ type: 'deployment.pause', ...us, reason: 'wait' })
      .thenRejected('deployment.undoing'))
  it('is history once finished', () => {
    const history = [started, abort('health')]
    const over = deployment.decide(finish(), replay(deployment, history))
    assert.ok(!isRejection(over))
    given(deployment, ...history, ...over)
      .when({ type: 'deployment.abort', ...us, cause: 'person', reason: 'late' })
      .thenRejected('deployment.finished')
    given(deployment, ...history, ...over)
      .when(finish(99))
      .then()
  })
})

const at = fc.nat(20 * MINUTE)
const command: fc.Arbitrary<DeploymentCommand> = fc.oneof(
  fc
    .constantFrom<[number, number]>([0, 5], [1, 50], [2, 100])
    .map(([step, weight]) => setWeight(step, weight)),
  fc.tuple(at, fc.nat(50)).map(([t, bad]) => ({
    type: 'deployment.measure' as const,
    at: t,
    by: 'system',
    tick: tick(bad),
  })),
  fc.constantFrom<DeploymentCommand>(
    { type: 'deployment.ready', ...us, replicas: 2 },
    { type: 'deployment.pause', ...us, reason: 'lunch' },
    { type: 'deployment.resume', ...us },
    { type: 'deployment.advance', ...us, reason: 'sure' },
    { type: 'deployment.abort', ...us, cause: 'analysis', reason: 'errors' },
    { type: 'deployment.restore', ...us, deployment: 'dep_1' },
    { type: 'deployment.smoke', ...us, passed: true, detail: '' },
    { type: 'deployment.smoke', ...us, passed: false, detail: '' },
  ),
  at.map((t) => finish(t)),
)
const live = (commands: readonly DeploymentCommand[]) => {
  const events: DeploymentEvent[] = [started]
  for (const each of commands) {
    const answer = deployment.decide(each, replay(deployment, events))
    if (!isRejection(answer)) events.push(...answer)
  }
  return events
}
const any = fc.array(command, { maxLength: 40 })

describe('whatever happens, in whatever order', () => {
  law(
    'S7',
    'traffic only grows until the abort, and never after',
    fc.property(any, (commands) => {
      const events = live(commands)
      const end = events.findIndex(({ type }) => type === 'deployment.abortRequested')
      const weights = (part: typeof events) =>
        part.flatMap((event) => (event.type === 'deployment.weightSet' ? [event.weight] : []))
      const forward = weights(end === -1 ? events : events.slice(0, end))
      assert.deepEqual(
        forward,
        [...new Set(forward)].sort((a, b) => a - b),
      )
      if (end !== -1 && forward.length > 0) assert.deepEqual(weights(events.slice(end)), [])
    }),
  )
  law(
    'S13',
    'nothing succeeds without its bake at 100 % and a passed smoke test',
    fc.property(any, (commands) => {
      const events = live(commands)
      const end = events.at(-1)
      if (end?.type !== 'deployment.finished' || end.outcome !== 'succeeded') return
      const state = replay(deployment, events.slice(0, -1))
      assert.ok(state.status === 'running' && state.weight === 100)
      assert.ok(state.isAdvanced || end.at - state.weightSetAt >= aPlan.bakeMs)
      assert.equal(state.smoke?.passed, true)
    }),
  )
  law(
    'S7',
    'nothing follows the end of a deployment',
    fc.property(any, (commands) => {
      const events = live(commands)
      const end = events.findIndex(({ type }) => type === 'deployment.finished')
      assert.ok(end === -1 || end === events.length - 1)
    }),
  )
  law(
    'S14',
    'the ticks alone give the verdicts again, bit by bit',
    fc.property(any, (commands) => {
      const events = live(commands)
      for (const [i, event] of events.entries()) {
        if (event.type !== 'deployment.measured') continue
        const state = replay(deployment, events.slice(0, i))
        const again = deployment.decide(
          { type: 'deployment.measure', at: event.at, by: event.by, tick: event.tick },
          state,
        )
        assert.deepEqual(again, [event])
      }
    }),
  )
})
