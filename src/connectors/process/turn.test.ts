import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { takeTurns } from './turn.ts'

describe('turns', () => {
  it('run one at a time, and those who ask during one share the next', async () => {
    const finish: (() => void)[] = []
    let runs = 0
    const ask = takeTurns(() => {
      runs++
      return new Promise((resolve) => finish.push(resolve))
    })
    const first = ask()
    await Promise.resolve().then(() => {})
    await new Promise(setImmediate)
    const others = [ask(), ask(), ask()]
    await new Promise(setImmediate)
    assert.equal(runs, 1)
    finish[0]?.()
    await first
    await new Promise(setImmediate)
    assert.equal(runs, 2)
    finish[1]?.()
    await Promise.all(others)
    assert.equal(runs, 2)
  })

  it('goes on after a failure, which only those who asked hear of', async () => {
    let fails = true
    const ask = takeTurns(async () => {
      if (fails) throw new Error('no')
    })
    await assert.rejects(ask())
    fails = false
    await ask()
  })
})
