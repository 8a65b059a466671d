import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Phase, assess, measured } from './argo-phases.ts'

const S = 'Successful'
const F = 'Failed'
const I = 'Inconclusive'
const E = 'Error'
const isGood = (value: number) => value >= 0.95
const isBad = (value: number) => value < 0.9

describe('a measurement of Argo Rollouts', () => {
  it('succeeds without conditions', () => assert.equal(measured({}, 0), S))
  it('fails what is not a success, where only that is told', () => {
    assert.equal(measured({ successCondition: isGood }, 0.94), F)
    assert.equal(measured({ successCondition: isGood }, Number.NaN), F)
  })
  it('succeeds what is not a failure, where only that is told', () =>
    assert.equal(measured({ failureCondition: isBad }, 0.94), S))
  it('is inconclusive between the two', () =>
    assert.equal(measured({ successCondition: isGood, failureCondition: isBad }, 0.92), I))
  it('is an error when it could not be made', () => assert.equal(measured({}, undefined), E))
})

describe('a metric of Argo Rollouts', () => {
  const after = (...phases: Phase[]) => assess({}, phases)
  it('bears no failure by default, and as many as failureLimit', () => {
    assert.equal(after(S, F), F)
    assert.equal(assess({ failureLimit: 1 }, [F, S]), 'Running')
    assert.equal(assess({ failureLimit: 1 }, [F, S, F]), F)
  })
  it('bears nothing inconclusive by default, and as much as inconclusiveLimit', () => {
    assert.equal(after(I), I)
    assert.equal(assess({ inconclusiveLimit: 1 }, [I, S]), 'Running')
  })
  it('bears four errors in a row by default, however many apart', () => {
    assert.equal(after(E, E, E, E), 'Running')
    assert.equal(after(E, E, E, E, E), E)
    assert.equal(after(E, E, E, E, S, E, E), 'Running')
    assert.equal(assess({ consecutiveErrorLimit: 0 }, [E]), E)
  })
  it('ends after count measurements, errors not counted', () => {
    assert.equal(assess({ count: 2 }, [S, E]), 'Running')
    assert.equal(assess({ count: 2 }, [S, E, S]), S)
  })
  it('ends after so many successes in a row, where that is asked', () => {
    assert.equal(assess({ consecutiveSuccessLimit: 2, failureLimit: 1 }, [S, F, S]), 'Running')
    assert.equal(assess({ consecutiveSuccessLimit: 2, failureLimit: 1 }, [F, S, S]), S)
  })
})
