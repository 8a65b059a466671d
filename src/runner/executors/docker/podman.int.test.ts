/** The same suite through Podman, which speaks the words of Docker on a socket of its own. */
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import test, { after } from 'node:test'
import { executorContract } from '../../../../test/contracts/executor.contract.ts'
import { IMAGE } from '../../../../test/support/dockerd.ts'
import { startPodman } from '../../../../test/support/podman.ts'
import { startBench } from '../../../../test/support/runner.ts'
import { dockerExecutor, sweepContainers } from './docker-executor.ts'
import { makeEngine } from './engine.ts'

const podman = await startPodman()
const skip = podman === undefined && 'NO PODMAN HERE: it is not installed, or may not work'
const engine = makeEngine(podman?.socket ?? '')
const root = mkdtempSync(join(tmpdir(), 'sb-podman-jobs-'))
const prefix = `signalbox-${basename(root)}-`
after(async () => {
  if (podman !== undefined) await sweepContainers(engine, prefix, [])
  await podman?.stop()
  rmSync(root, { recursive: true, force: true })
})
let made = 0

executorContract('podman', {
  skip,
  hasBounds: true,
  place({ resources = {} } = {}) {
    const workspace = mkdtempSync(join(root, 'job-'))
    const folder = join(workspace, 'source')
    mkdirSync(folder)
    const about = { engine, prefix, image: IMAGE, workspace, folder, network: 'none', resources }
    return {
      executor: dockerExecutor(about),
      folder,
      makeState: () => join(root, `state-${made++}`),
    }
  },
})

test('a job with an image runs in a container of Podman', { skip }, async (t) => {
  const { work, stopRunner } = await startBench(t, { docker: podman?.socket })
  const job = { image: IMAGE, network: 'none', run: 'echo made > out; echo here' } as const
  const end = await work({ job: { ...job, outputs: ['out'] } })
  assert.equal(end.outcome, 'succeeded', end.log)
  assert.match(end.log, /\nhere\n/)
  assert.ok(end.outputs)
  await stopRunner()
  assert.deepEqual(await engine.named('signalbox.runner', 'signalbox.job'), [])
})

test('an image that Podman cannot have says so', { skip }, async (t) => {
  const { work } = await startBench(t, { docker: podman?.socket })
  const image = `127.0.0.1:9/nothing@sha256:${'0'.repeat(64)}`
  const end = await work({ job: { image, network: 'none', run: 'echo ran' } })
  assert.deepEqual([end.outcome, end.reason], ['failed', 'image_pull'], end.log)
})
