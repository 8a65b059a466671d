import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { commandOf, jobManifest, labelsOf, nameOf, podSettings } from './job-manifest.ts'

const facts = {
  ...{ owner: 'o', state: 's', run: 'run_1', job: 'unit', service: 'shop', attempt: 2 },
  ...{ lease: 'lease-1', image: 'i@sha256:0', workspace: '/w', timeoutMs: 60_000, graceMs: 1_500 },
  resources: { memoryBytes: 64 * 1024 * 1024, cpu: 0.5, diskBytes: 1000 },
  settings: podSettings.parse({ nodeSelector: { disk: 'ssd' } }),
}

test('law: whatever a job is called, its names are names of Kubernetes', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (job, run) => {
      const named = { ...facts, job, run }
      assert.match(nameOf(named), /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/)
      for (const value of Object.values(labelsOf(named)))
        assert.match(value, /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/)
    }),
  )
})

test('a command has one name, and no two share it', () => {
  assert.equal(commandOf('o', 's'), commandOf('o', 's'))
  assert.notEqual(commandOf('o', 's'), commandOf('p', 's'))
  assert.notEqual(nameOf(facts), nameOf({ ...facts, state: 't' }))
})

test('a pod has no more than it needs, and an end', () => {
  const job = JSON.stringify(jobManifest(facts))
  const { spec } = jobManifest(facts) as {
    spec: { activeDeadlineSeconds: number; template: { spec: Record<string, unknown> } }
  }
  // What it may take, what a place is waited for, and what fetching takes.
  assert.equal(spec.activeDeadlineSeconds, 15 * 60 + 62 + 600)
  const pod = spec.template.spec
  assert.deepEqual(
    [pod['restartPolicy'], pod['automountServiceAccountToken'], pod['nodeSelector']],
    ['Never', false, { disk: 'ssd' }],
  )
  assert.equal(pod['terminationGracePeriodSeconds'], 32)
  assert.match(job, /"limits":\{"cpu":"500m","memory":"67108864"\}/)
  assert.match(job, /"sizeLimit":"1000"/)
  assert.match(job, /"runAsNonRoot":true/)
  assert.ok(!job.includes('lease-1'))
})

test('settings that pods do not have are refused', () => {
  assert.ok(!podSettings.safeParse({ hostNetwork: true }).success)
})
