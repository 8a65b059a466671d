import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { flakyInWords, issueProblem, share } from './flaky.ts'

const DAY = 86_400_000
const NOW = 100 * DAY
const held = { owner: 'o', issue: '#1', reason: 'r', by: 'ana', at: NOW }
const ended = { at: NOW, by: 'system', reason: '' }

describe('a test case in doubt', () => {
  it('is told with the end of its quarantine, also when that is over', () => {
    const at = (expiresAt: number) =>
      flakyInWords({ state: 'quarantined', quarantine: { ...held, expiresAt }, ended: null }, NOW)
    assert.deepEqual(at(NOW + 2 * DAY), { text: 'quarantined, ends in 2 d', tone: 'open' })
    assert.deepEqual(at(NOW), { text: 'quarantine over', tone: 'bad' })
  })
  it('is told with how its quarantine ended, unless that is its state', () => {
    const at = (state: 'flaky' | 'suspect' | 'fixed', why: 'expired' | 'fixed') =>
      flakyInWords({ state, quarantine: null, ended: { ...ended, why } }, NOW).text
    assert.equal(at('flaky', 'expired'), 'flaky, quarantine expired')
    assert.equal(at('suspect', 'expired'), 'suspect, quarantine expired')
    assert.equal(at('fixed', 'fixed'), 'fixed')
  })
  it('is doubted by percent', () => assert.equal(share(0.0571), '5.7 %'))
  it('names an issue as a link or a key', () => {
    for (const good of ['https://x.test/1', 'SHOP-1', '#4', 'org/repo#4'])
      assert.equal(issueProblem(good), '', good)
    for (const bad of ['', 'later', 'shop 1', 'ftp://x'])
      assert.notEqual(issueProblem(bad), '', bad)
  })
})
