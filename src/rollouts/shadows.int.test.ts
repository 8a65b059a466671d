/** Judges of other tools beside ours: told with every rollout, and obeyed by nobody. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { history } from '#engine/store.ts'
import { QUICK, type Rig, rolloutRig } from '../../test/support/rollout-rig.ts'
import type { DeploymentEvent, Shadow } from './events.ts'
import { deployments } from './queries.ts'
import { shadowsOf } from './queries/shadows.ts'

const MINUTE = 60_000
/** It would roll back at the first failure; the other asks for what nobody keeps. */
const shadows: readonly Shadow[] = [
  {
    kind: 'argo',
    name: 'nervous',
    metrics: [
      {
        name: 'perfection',
        measure: 'success-rate',
        windowMs: 10_000,
        intervalMs: 10_000,
        initialDelayMs: 0,
        count: 0,
        successCondition: 'result >= 1',
        failureLimit: 0,
        inconclusiveLimit: 0,
        consecutiveErrorLimit: 4,
        consecutiveSuccessLimit: 0,
      },
    ],
  },
  {
    kind: 'flagger',
    name: 'calm',
    intervalMs: 10_000,
    threshold: 100,
    weights: [10, 50],
    metrics: [{ name: 'success', measure: 'success-percent', windowMs: 10_000, min: 1 }],
  },
]

async function rolledOut(rig: Rig, badShare: number) {
  await rig.environments('dev', 'prod')
  await rig.policy(QUICK)
  await rig.service({ name: 'shop', shadows })
  await rig.run(MINUTE)
  await rig.release('shop', '1.0.0')
  await rig.run()
  rig.target.behaviours.set('1.1.0', { comesUp: true, badShare })
  await rig.release('shop', '1.1.0')
  await rig.run()
  const rows = await deployments(rig.engine.reads, { environment: 'prod', limit: 50 })
  const row = rows.find((each) => each.version === '1.1.0') ?? assert.fail('not in prod')
  const recorded = await history(rig.engine.database, `deployment-${row.id}`)
  const end = recorded
    .map(({ event }) => event as DeploymentEvent)
    .find((event) => event.type === 'deployment.finished')
  return { row, told: await shadowsOf(rig.engine.reads, row), end }
}

describe('judges of other tools', () => {
  it('are told with the rollout and its end, and decide nothing', async (t) => {
    const { row, told, end } = await rolledOut(await rolloutRig(t), 0.001)
    assert.equal(row.outcome, 'succeeded', 'ours bears what theirs does not')
    assert.deepEqual(
      told.map(({ name, verdict }) => [name, verdict]),
      [
        ['nervous', 'rollback'],
        ['calm', 'promote'],
      ],
    )
    assert.match(told[0]?.reason ?? '', /^perfection: Failed$/)
    assert.ok((told[0]?.tick ?? 0) >= 1)
    assert.deepEqual(end?.type === 'deployment.finished' && end.shadows, told)
  })
  it('see what ours took back', async (t) => {
    const { row, told } = await rolledOut(await rolloutRig(t), 0.3)
    assert.equal(row.outcome, 'rolledBack')
    assert.equal(told[0]?.verdict, 'rollback')
  })
})
