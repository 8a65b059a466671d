import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isRejection } from '#kernel/decider.ts'
import { replay } from './replay.ts'

const settings = { alpha: 0.02, delta: 1e-4 }
const record = (bad: number) =>
  JSON.stringify({
    weight: 20,
    tick: {
      canary: { requests: 40, bad, slow: 0 },
      stable: { requests: 160, bad: 1, slow: 2 },
      pods: [],
    },
  })
const refused = (given: unknown, lines: readonly string[]) => {
  const answer = replay(given, lines)
  return isRejection(answer) ? `${answer.message} ${answer.remedy}` : assert.fail('was read')
}
const judged = (lines: readonly string[]) => {
  const answer = replay(settings, lines)
  return isRejection(answer) ? assert.fail(answer.message) : answer
}

describe('replay', () => {
  it('gives the verdict of every tick, the same each time', () => {
    const lines = [...Array.from({ length: 12 }, () => record(3)), '']
    const rulings = judged(lines)
    assert.equal(rulings.length, 12)
    assert.equal(rulings.at(-1)?.verdict.reason, 'errors')
    assert.deepEqual(judged(lines), rulings)
  })
  it('counts what a service counts besides requests', () => {
    const orders = {
      name: 'orders',
      canary: { requests: 40, bad: 15 },
      stable: { requests: 160, bad: 4 },
    }
    const tick = { ...(JSON.parse(record(0)) as { tick: object }).tick, slis: [orders] }
    const lines = Array.from({ length: 12 }, () => JSON.stringify({ weight: 20, tick }))
    const answer = replay({ ...settings, slis: ['orders'] }, lines)
    if (isRejection(answer)) return assert.fail(answer.message)
    assert.equal(answer.at(-1)?.verdict.reason, 'sli-orders')
  })
  it('says in a sentence what was found, and by which figures', () => {
    const { verdict } = judged(Array.from({ length: 12 }, () => record(3))).at(-1) ?? {}
    assert.match(verdict?.says ?? '', /fail about \d+\.\d times as often .* bad requests/)
    assert.equal(verdict?.class, 'fail')
    assert.deepEqual(
      verdict?.metrics?.map(({ id, isNamed }) => [id, isNamed]),
      [
        ['errors', true],
        ['p99', false],
        ['p90', false],
        ['rank', false],
      ],
    )
    const [errors] = verdict?.metrics ?? []
    assert.ok((errors?.low ?? 0) > 1 && (errors?.low ?? 0) < (errors?.ratio ?? 0))
    assert.ok((verdict?.badServed ?? 0) > 0)
  })
  it('names the line that is no JSON', () =>
    assert.match(refused(settings, [record(0), '{"weight": 5,']), /In line 2: .*one JSON object/))
  it('names the line, the place and what is wrong with it', () =>
    assert.match(
      refused(settings, [record(0).replace('"bad":0', '"bad":-1')]),
      /In line 1: tick\.canary\.bad: Too small/,
    ))
  it('knows what was meant', () => {
    assert.match(refused(settings, [record(0).replace('requests', 'request')]), /mean requests\?/)
    assert.match(refused(settings, [record(0).replace('pods', 'pod')]), /Did you mean pods\?/)
    assert.match(refused({ ...settings, alhpa: 1 }, [record(0)]), /the settings.*mean alpha\?/)
  })
  it('judges nothing of nothing', () => assert.match(refused(settings, ['']), /no ticks/))
})
