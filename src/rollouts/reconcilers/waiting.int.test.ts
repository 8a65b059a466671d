import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { PREDICATE } from '#artifacts/events.ts'
import { jobSpec } from '../../../test/support/job-spec.ts'
import { rolloutRig } from '../../../test/support/rollout-rig.ts'

const DIGEST = 'sha256:shop-1.0.0'
const about = { service: 'shop', repository: '/repository', branch: 'main', sha: 'a', run: 'run_1' }

/** A release that may not go yet, for what its check asks for is not there. */
async function waitingFor(t: TestContext, check: string) {
  const rig = await rolloutRig(t)
  await rig.environments('dev')
  await rig.policy({ '*/development': { checks: [check], bakeMs: 1_000 } })
  await rig.service({ name: 'shop', path: ['dev'] })
  const layer = { layer: 'sha256:1', sizeBytes: 1, files: 1 }
  const published = { type: 'artifact.published', digest: DIGEST, ...about, ...layer }
  await rig.say('artifact', DIGEST, published)
  await rig.release('shop', '1.0.0')
  await rig.run()
  assert.equal((await rig.promotion('dev', 'shop', '1.0.0')).status, 'waiting')
  return rig
}

describe('a promotion that waits for a check', () => {
  it('goes on as soon as its artifact is attested', async (t) => {
    const rig = await waitingFor(t, 'sbom')
    const listed = { predicateType: PREDICATE.sbom, attestation: 'sha256:2', keyId: 'key' }
    await rig.say('artifact', DIGEST, { type: 'artifact.attested', digest: DIGEST, ...listed })
    await rig.run()
    assert.deepEqual(await rig.outcomes('dev', 'shop'), { '1.0.0': 'succeeded' })
  })

  it('looks again as soon as its run is over', async (t) => {
    const rig = await waitingFor(t, 'tests')
    const before = await rig.promotion('dev', 'shop', '1.0.0')
    const job = jobSpec('test', { check: 'tests' })
    await rig.say('run', 'run_1', {
      type: 'run.queued',
      ...{ ...about, directory: '.', trigger: 'push', pipeline: 'signalbox.yaml', jobs: [job] },
    })
    const tests = { total: 3, passed: 3, failed: 0, skipped: 0, failures: [] }
    const how = { outcome: 'succeeded', attempt: 1, durationMs: 1, logBytes: 0, logCut: false }
    await rig.say('run', 'run_1', { type: 'run.jobFinished', job: 'test', tests, ...how })
    const over = { outcome: 'succeeded', durationMs: 1 }
    await rig.say('run', 'run_1', { type: 'run.finished', ...about, ...over })
    await rig.run()
    const after = await rig.promotion('dev', 'shop', '1.0.0')
    assert.ok(after.revision > before.revision)
    assert.equal(after.status, 'ended')
  })
})
