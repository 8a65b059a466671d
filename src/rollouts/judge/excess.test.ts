import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { binomial, seeded } from '../../../test/support/chance.ts'
import { judgeTick, startJudge } from './judge.ts'
import { settingsFrom } from './settings.ts'

const settings = settingsFrom({
  alpha: 0.02,
  delta: 2e-3,
  tickMs: 5_000,
  requestsMin: 100,
  automaticRollback: true,
})
const past = { requests: 50_000, bad: 0 }

/** Beside a stable release that never fails; a fiftieth of the traffic. */
function rollout(seed: number, badShare: number, canary: number, ticks: number) {
  const chance = seeded(seed)
  let state = startJudge(settings)
  for (let tick = 1; tick <= ticks; tick++) {
    const bad = badShare === 0 ? 0 : binomial(chance, canary, badShare)
    const seen = {
      canary: { requests: canary, bad },
      stable: { requests: 49 * canary, bad: 0 },
      pods: [],
      ...(tick === 1 && { past }),
    }
    const step = judgeTick(settings, state, seen, 2)
    state = step.state
    if (step.verdict.verdict === 'rollback') return tick
  }
  return undefined
}

describe('beside a stable release that never fails', () => {
  it('a quarter of all requests failing is found within a dozen ticks', () => {
    const found = Array.from({ length: 50 }, (_, i) => rollout(i + 1, 0.25, 12, 12))
    assert.ok(
      found.every((tick) => tick !== undefined),
      String(found),
    )
  })
  it('failures of δ are nobody’s concern, however long they go on', () => {
    const found = Array.from({ length: 300 }, (_, i) => rollout(i + 1, 2e-3, 400, 180))
    const falsely = found.filter((tick) => tick !== undefined).length
    assert.ok(falsely <= 300 * 0.02, `${falsely} of 300`)
  })
  it('five times δ is found where there is traffic enough to see it', () => {
    const found = Array.from({ length: 30 }, (_, i) => rollout(i + 1, 1e-2, 400, 60))
    assert.ok(found.filter((tick) => tick !== undefined).length >= 27, String(found))
  })
})
