import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import test, { after } from 'node:test'
import { executorContract } from '../../../../test/contracts/executor.contract.ts'
import { IMAGE, startDockerd } from '../../../../test/support/dockerd.ts'
import { startBench } from '../../../../test/support/runner.ts'
import { dockerExecutor, sweepContainers } from './docker-executor.ts'
import { makeEngine } from './engine.ts'

const dockerd = await startDockerd()
const skip = dockerd === undefined && 'dockerd is not installed, or may not work here'
const engine = makeEngine(dockerd?.socket ?? '')
const root = mkdtempSync(join(tmpdir(), 'signalbox-docker-'))
const prefix = `signalbox-${basename(root)}-`
after(async () => {
  await dockerd?.stop()
  rmSync(root, { recursive: true, force: true })
})
let made = 0
const DEAF = { onOutput: () => {}, onSign: () => {}, onCut: () => {} }

function place({ resources = {} } = {}) {
  const workspace = mkdtempSync(join(root, 'job-'))
  const folder = join(workspace, 'source')
  mkdirSync(folder)
  const about = { engine, prefix, image: IMAGE, workspace, folder, network: 'none', resources }
  const makeState = () => join(root, `state-${made++}`)
  return { executor: dockerExecutor(about), folder, makeState }
}

executorContract('docker', { skip, hasBounds: true, place })

const job = { image: IMAGE, network: 'none' } as const

test('a job with an image runs in it, and keeps what it makes', { skip }, async (t) => {
  const { work, stopRunner } = await startBench(t, { docker: dockerd?.socket })
  const run = 'cat a.txt; ls /usr/bin/node || echo alone; echo made > out; echo "$TMPDIR"'
  const source = { 'a.txt': 'content\n' }
  const end = await work({ job: { ...job, run, outputs: ['out'] }, source })
  assert.equal(end.outcome, 'succeeded', end.log)
  assert.match(end.log, /\ncontent\n.*\nalone\n\/.*\/tmp\n/)
  assert.equal(end.hermeticity, 'L2')
  assert.ok(end.outputs)
  await stopRunner()
  assert.deepEqual(await engine.named('signalbox.runner', 'signalbox.job'), [])
})

test('out of memory is a reason of its own', { skip }, async (t) => {
  const { work } = await startBench(t, { docker: dockerd?.socket })
  const run = 'x=$(head -c 200000000 /dev/zero | tr "\\0" x); echo survived'
  const end = await work({ job: { ...job, run, resources: { memoryBytes: 32 * 1024 * 1024 } } })
  assert.deepEqual([end.outcome, end.reason], ['failed', 'oom'], end.log)
})

test('an image that cannot be had says so, and the job does not run', { skip }, async (t) => {
  const { work } = await startBench(t, { docker: dockerd?.socket })
  const image = `127.0.0.1:9/nothing@sha256:${'0'.repeat(64)}`
  const end = await work({ job: { ...job, run: 'echo ran', image } })
  assert.deepEqual([end.outcome, end.reason], ['failed', 'image_pull'])
  assert.match(end.log, /cannot be had/)
})

test('what another life of the runner left is swept, but for what is kept', { skip }, async () => {
  const states = ['kept', 'left'].map((name) => join(root, name))
  const { executor } = place()
  for (const state of states)
    (await executor.start({ line: 'sleep 300', env: {}, state }, DEAF)).close()
  await sweepContainers(engine, prefix, [join(root, 'kept')])
  const names = await engine.named('signalbox.runner', 'signalbox.job')
  assert.deepEqual(
    names.map(({ value }) => value),
    ['kept'],
  )
  await sweepContainers(engine, prefix, [])
})

test('without a container engine a job with an image does not run', async (t) => {
  const { work } = await startBench(t)
  const end = await work({ job: { ...job, run: 'echo ran' } })
  assert.deepEqual([end.outcome, end.reason], ['failed', 'infra.setup'])
  assert.match(end.log, /no container engine/)
})
