import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { after } from 'node:test'
import { makeFakeServer } from '../../../../test/support/fake-server.ts'
import {
  noFakePods,
  POD_IMAGE,
  startFakeKubernetes,
} from '../../../../test/support/fake-kubernetes.ts'
import { startBench, startRunnerProcess } from '../../../../test/support/runner.ts'
import { until } from '../../../../test/support/until.ts'
import { runRunner } from '../../runner.ts'

const skip = noFakePods()
const fake = await startFakeKubernetes()
const root = mkdtempSync(join(tmpdir(), 'sb-kube-runner-'))
const kubernetes = join(root, 'kubeconfig')
writeFileSync(kubernetes, fake.kubeconfig())
after(async () => {
  await fake.stop()
  rmSync(root, { recursive: true, force: true })
})
const source = { 'a.txt': 'content\n', 'stale.txt': 'old\n' }

test('a job with an image runs in a pod, and keeps what it makes', { skip }, async (t) => {
  const { work, server } = await startBench(t, { kubernetes })
  const run =
    'cat a.txt; rm stale.txt; echo made > out; echo "$HOME" > home; ls /usr/bin >/dev/null'
  const end = await work({ job: { image: POD_IMAGE, run, outputs: ['*'] }, source })
  assert.equal(end.outcome, 'succeeded', end.log)
  assert.match(end.log, /pod signalbox-test-\S+ on node-1 after \d+ ms\ncontent\n/)
  assert.equal(end.hermeticity, 'L1')
  const names = [...server.blobs.values()].map(String).find((text) => text.includes('"home"'))
  assert.match(names ?? '', /"a\.txt".*"home".*"out"/s)
  assert.ok(!names?.includes('stale'), 'what the job removed is no output')
  await until('nothing is left', () => fake.podNames().length === 0)
})

test('secrets reach the job as elsewhere, and its log masked', { skip }, async (t) => {
  const options = { kubernetes, secrets: ['env:CI_*'], environment: { CI_KEY: 'hush-hush' } }
  const { work } = await startBench(t, options)
  const run = 'echo "$KEY $(cat $SIGNALBOX_SECRETS/KEY)" | tee shown; test "$KEY" = hush-hush'
  const secrets = { KEY: 'env:CI_KEY' }
  const end = await work({ job: { image: POD_IMAGE, run, secrets } })
  assert.equal(end.outcome, 'succeeded', end.log)
  assert.match(end.log, /\n\*\*\* \*\*\*\n/)
})

test('no image, no network, services beside it: each has its reason', { skip }, async (t) => {
  const { work } = await startBench(t, { kubernetes })
  const job = { run: 'echo ran' }
  const missing = await work({ job: { ...job, image: 'nothing:1' } })
  assert.deepEqual([missing.outcome, missing.reason], ['failed', 'image_pull'], missing.log)
  const apart = await work({ job: { ...job, image: POD_IMAGE, network: 'none' } })
  assert.deepEqual([apart.outcome, apart.reason], ['failed', 'infra.setup'])
  assert.match(apart.log, /A pod cannot be had without a network/)
  const db = { run: 'sleep 60', env: {}, ports: [], ready: { cmd: 'true', withinMs: 1_000 } }
  const beside = await work({ job: { ...job, image: POD_IMAGE, services: { db } } })
  assert.match(beside.log, /Beside a pod of a cluster no services are started/)
})

test('cancelled, a command in a pod gets its grace and then an end', { skip }, async (t) => {
  const { server } = await startBench(t, { kubernetes })
  const run = 'trap "echo tidied; exit 3" TERM; echo up; while :; do sleep 0.05; done'
  const offered = server.offer({ job: { image: POD_IMAGE, run, graceMs: 20_000 } })
  await offered.logHas('\nup\n')
  offered.cancel()
  const end = await offered.finished
  assert.deepEqual([end.outcome, end.reason], ['cancelled', 'cancelled.by'])
  assert.match(offered.log().toString(), /\ntidied\n/)
  await until('nothing is left', () => fake.podNames().length === 0)
})

test('what is silent for too long in a pod is ended with all it started', { skip }, async (t) => {
  const { work } = await startBench(t, { kubernetes })
  const run = 'trap "" TERM; (trap "" TERM; sleep 300) & echo up; sleep 300'
  const end = await work({ job: { image: POD_IMAGE, run, idleMs: 1_500, graceMs: 300 } })
  assert.deepEqual([end.outcome, end.reason], ['timedOut', 'timeout.idle'], end.log)
  await until('nothing is left', () => fake.podNames().length === 0)
})

test('a pod whose node is emptied is lost, which is no failure', { skip }, async (t) => {
  const { server } = await startBench(t, { kubernetes })
  const run = 'trap "exit 1" TERM; echo up; while :; do sleep 0.05; done'
  const offered = server.offer({ job: { image: POD_IMAGE, run } })
  await offered.logHas('\nup\n')
  const [pod = ''] = fake.podNames()
  void fake.evict(pod)
  const end = await offered.finished
  assert.deepEqual([end.outcome, end.reason], ['lost', 'lost.runner'], String(offered.log()))
})

test('a pod outlives its runner, and the next one goes on with it', { skip }, async (t) => {
  const server = await makeFakeServer()
  t.after(() => server.stop())
  const dir = join(root, 'killed')
  const first = startRunnerProcess(t, server, dir, 'process', { kubernetes })
  const run = 'echo one; until [ -e go ]; do sleep 0.05; done; echo two; echo x > out'
  const offered = server.offer({ job: { image: POD_IMAGE, run, outputs: ['out'] } })
  await offered.logHas('\none\n')
  await first.kill()
  const [pod = ''] = fake.podNames()
  const stop = new AbortController()
  const about = { url: server.url, token: server.token, name: 'process', slots: 1, dir }
  const log = { info: () => {}, warn: () => {}, error: () => {} }
  const rest = { sandbox: 'off', beatMs: 50, signal: stop.signal, kubernetes, log } as const
  const running = runRunner({ ...about, ...rest })
  t.after(async () => {
    stop.abort()
    await running
  })
  fake.touch(pod, 'go')
  const end = await offered.finished
  assert.equal(end.outcome, 'succeeded', String(offered.log()))
  assert.ok(end.outputs)
  assert.equal(offered.leases(), 1)
  assert.match(offered.log().toString(), /\none\ntwo\n/)
  assert.ok(existsSync(join(dir, 'kubernetes-owner')))
})
