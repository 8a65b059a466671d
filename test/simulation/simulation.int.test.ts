import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Options, simulate } from './simulate.ts'

/** A quiet fortnight of these takes seconds; more of them by `npm run simulate`. */
const FIFTY_DAYS: Options = { seed: 'the same', services: 20, days: 50, pace: 'quiet' }
const BUSY: Options = { seed: 'again', services: 2, days: 1, pace: 'busy', weather: 'storm' }

describe('the simulation', () => {
  it('of a thousand release-days breaks no law', async (t) => {
    const { violations, laws, counts, releaseDays } = await simulate(FIFTY_DAYS)
    const [first] = violations
    assert.equal(first && [first.seed, ...first.steps, first.complaint].join('\n'), undefined)
    assert.equal(releaseDays, 1_000)
    t.diagnostic(`${counts.get('steps')} steps, ${counts.get('statements')} statements`)
    const ended = [...counts].filter(([name]) => name.startsWith('deployment: '))
    const all = ended.reduce((sum, [, count]) => sum + count, 0)
    // A platform that stops everything would break no law.
    assert.ok((counts.get('deployment: succeeded') ?? 0) > all / 2)
    assert.ok([...laws.values()].filter((times) => times > 0).length > 10)
  })

  it('tells the same story by the same seed, and another by another', async () => {
    const once = await simulate(BUSY)
    const again = await simulate(BUSY)
    const other = await simulate({ ...BUSY, seed: 'another' })
    assert.deepEqual(again.stories, once.stories)
    assert.notDeepEqual(other.stories, once.stories)
  })
})
