import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import test, { after } from 'node:test'
import { executorContract } from '../../../../test/contracts/executor.contract.ts'
import {
  noFakePods,
  POD_IMAGE,
  startFakeKubernetes,
} from '../../../../test/support/fake-kubernetes.ts'
import { until } from '../../../../test/support/until.ts'
import type { CommandExit } from '../execution.ts'
import { accessFrom } from './access.ts'
import { openCluster } from './api.ts'
import { CONTAINER, podSettings } from './job-manifest.ts'
import { kubernetesExecutor, sweepJobs } from './kubernetes-executor.ts'
import { sh } from './pod-files.ts'

const skip = noFakePods()
const fake = await startFakeKubernetes()
const root = mkdtempSync(join(tmpdir(), 'sb-kube-jobs-'))
const kubeconfig = join(root, 'kubeconfig')
writeFileSync(kubeconfig, fake.kubeconfig())
const cluster = openCluster(accessFrom(kubeconfig))
after(async () => {
  await fake.stop()
  rmSync(root, { recursive: true, force: true })
})
let made = 0
const OWNER = '0123456789abcdef'

function place({ image = POD_IMAGE, graceMs = 2_000, on = cluster } = {}) {
  const workspace = mkdtempSync(join(root, 'job-'))
  const tree = join(workspace, 'source')
  const folder = join(tree, 'shop')
  mkdirSync(folder, { recursive: true })
  const facts = {
    ...{ owner: OWNER, run: 'run_1', job: 'unit tests', service: 'shop', attempt: 1 },
    ...{ lease: `lease-${made}`, image, workspace, timeoutMs: 60_000, graceMs, resources: {} },
    settings: podSettings.parse({ user: 0 }),
  }
  const notes: string[] = []
  const note = (text: string) => void notes.push(text)
  const { signal } = new AbortController()
  const executor = kubernetesExecutor({ cluster: on, facts, folder, tree, signal, note })
  const makeState = () => join(root, `state-${made++}`)
  const podOf = () => fake.podNames().findLast((name) => fake.jobs.has(name.slice(0, -6))) ?? ''
  const tell = (name: string) =>
    cluster.exec({ pod: podOf(), container: CONTAINER, argv: sh(`: > ${join(folder, name)}`) })
  return { executor, folder, tree, makeState, notes, tell, podOf }
}

executorContract('kubernetes', { skip, hasBounds: false, place: () => place() })

function listen() {
  let text = ''
  return {
    text: () => text,
    onOutput: (chunk: Buffer) => void (text += chunk.toString('latin1')),
    onSign: () => {},
    onCut: () => {},
  }
}

const ENV = { PATH: '/usr/bin:/bin', SECRET: "it's\na secret" }

test('files go in and come back: changed, made, gone, and links', { skip }, async () => {
  const { executor, folder, tree, makeState } = place()
  const long = join(folder, 'd'.repeat(90), 'e'.repeat(90))
  mkdirSync(long, { recursive: true })
  writeFileSync(join(long, 'file'), 'deep')
  for (const name of ['kept', 'changed', 'gone']) writeFileSync(join(folder, name), name)
  const heard = listen()
  const line = `cat ${'d'.repeat(90)}/*/file; rm gone; echo new > changed; touch -d 2001-01-01 old
    ln -s kept link; ln kept second; printf '%s' "$SECRET"
    chmod +x changed; mkdir sub; echo x > sub/y`
  const execution = await executor.start({ line, env: ENV, state: makeState() }, heard)
  assert.equal((await execution.ended).exitCode, 0, heard.text())
  await execution.kill()
  await execution.drain()
  execution.close()
  assert.equal(heard.text(), "deepit's\na secret")
  const { execFileSync } = await import('node:child_process')
  const all = execFileSync('find', [tree, '-mindepth', '1', '-printf', '%P %y %m %l\n'])
  const lines = all
    .toString()
    .split('\n')
    .filter((each) => !each.includes('ddd'))
    .sort()
  assert.deepEqual(lines.filter(Boolean), [
    'shop d 755 ',
    'shop/changed f 755 ',
    'shop/kept f 644 ',
    'shop/link l 777 kept',
    'shop/old f 644 ',
    'shop/second f 644 ',
    'shop/sub d 755 ',
    'shop/sub/y f 644 ',
  ])
  await until('nothing is left', () => fake.podNames().length === 0)
  assert.equal(fake.jobs.size, 0)
})

test(
  'neither the line nor a variable of a job is in what the cluster is told',
  { skip },
  async () => {
    const { executor, makeState } = place()
    const line = 'echo hush-hush'
    const execution = await executor.start({ line, env: ENV, state: makeState() }, listen())
    const [job] = [...fake.jobs.values()]
    assert.ok(!JSON.stringify(job).match(/hush|a secret|lease-/))
    assert.equal(job?.metadata.labels['signalbox.dev/job'], 'unit-tests')
    assert.equal(job.metadata.labels['signalbox.dev/attempt'], '1')
    await execution.ended
    await execution.drain()
    execution.close()
    assert.ok(!fake.requests.some((request) => /hush|secret/.test(request)))
  },
)

test('a stream that breaks is taken up where it broke', { skip }, async () => {
  const { executor, makeState, tell } = place()
  const heard = listen()
  const line = 'echo one; until [ -e a ]; do sleep 0.05; done; echo two; exit 3'
  const execution = await executor.start({ line, env: ENV, state: makeState() }, heard)
  await until('it is heard', () => heard.text() === 'one\n')
  fake.cut()
  fake.isAway = true
  await until('it was looked for', () => fake.requests.at(-1)?.startsWith('GET') === true)
  fake.isAway = false
  await tell('a')
  assert.equal((await execution.ended).exitCode, 3)
  await execution.kill()
  await execution.drain()
  execution.close()
  assert.equal(heard.text(), 'one\ntwo\n')
})

test('a pod that is taken away is lost, whatever its command made of it', { skip }, async () => {
  const { executor, makeState, podOf } = place()
  const heard = listen()
  const line = 'trap "exit 1" TERM; echo up; while :; do sleep 0.05; done'
  const execution = await executor.start({ line, env: ENV, state: makeState() }, heard)
  await until('it is up', () => heard.text() === 'up\n')
  void fake.evict(podOf())
  assert.match((await execution.ended).lost ?? '', /its pod (was deleted|is gone)/)
  await execution.kill()
  await execution.drain()
  execution.close()
})

for (const [name, status] of [
  ['memory', terminated('OOMKilled')],
  ['disk', evicted('Usage of EmptyDir volume "workspace" exceeds the limit "1Gi".')],
  ['a node', evicted('The node was low on resource: memory.')],
] as const)
  test(`what ended for want of ${name} says so`, { skip }, async () => {
    const { executor, makeState, podOf } = place()
    const command = { line: 'sleep 60', env: ENV, state: makeState() }
    const execution = await executor.start(command, listen())
    fake.say(podOf(), status)
    fake.cut()
    const end: CommandExit = await execution.ended
    assert.equal(end.exitCode, undefined)
    if (name === 'memory') assert.equal(end.isOutOfMemory, true)
    if (name === 'disk') assert.match(end.overDisk ?? '', /exceeds the limit/)
    if (name === 'a node') assert.match(end.lost ?? '', /evicted it: The node was low/)
    await execution.kill()
    await execution.drain()
    execution.close()
  })

test('an image that cannot be had is refused with what the node said', { skip }, async () => {
  const { executor, makeState } = place({ image: 'nothing:1' })
  const started = executor.start({ line: 'true', env: ENV, state: makeState() }, listen())
  await assert.rejects(started, { code: 'image.not-pulled', message: /rpc error: nothing:1/ })
  assert.equal(fake.jobs.size, 0)
})

test('a namespace that is not there is said to be so, at once', { skip }, async () => {
  const { executor, makeState } = place({ on: openCluster(accessFrom(kubeconfig, 'elsewhere')) })
  const started = executor.start({ line: 'true', env: ENV, state: makeState() }, listen())
  await assert.rejects(started, { code: 'kubernetes.not-started', message: /namespace elsewhere/ })
})

test('what another life of the runner left is swept, but for what is kept', { skip }, async () => {
  const { executor, makeState } = place()
  const states = [makeState(), makeState()]
  const command = { line: 'sleep 300', env: ENV }
  for (const state of states) (await executor.start({ ...command, state }, listen())).close()
  assert.equal(fake.jobs.size, 2)
  await sweepJobs(cluster, 'fedcba9876543210', [])
  assert.equal(fake.jobs.size, 2)
  await sweepJobs(cluster, OWNER, [`elsewhere/${basename(states[0] ?? '')}`])
  assert.equal(fake.jobs.size, 1)
  await sweepJobs(cluster, OWNER, [])
  assert.equal(fake.jobs.size, 0)
  await until('nothing is left', () => fake.podNames().length === 0)
})

function terminated(reason: string) {
  const state = { terminated: { reason, exitCode: 137 } }
  return { phase: 'Failed', containerStatuses: [{ name: CONTAINER, state }] }
}

function evicted(message: string) {
  return { phase: 'Failed', reason: 'Evicted', message, containerStatuses: [] }
}
