/** Runners as processes, each on a disk of its own, that have nothing in common but the server. */
import assert from 'node:assert/strict'
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import type { JobSpec } from '#pipelines/events.ts'
import { runs } from '#pipelines/run.ts'
import { outputsList } from '#pipelines/protocol/outputs.ts'
import { jobSpec } from '../../test/support/job-spec.ts'
import { type Host, startRunnerHost } from '../../test/support/runner-host.ts'
import { startRunnerProcess } from '../../test/support/runner.ts'
import { until } from '../../test/support/until.ts'

const make = jobSpec('make', {
  run: 'mkdir -p dist && cp hello.txt dist/a && head -c 2000000 /dev/zero > dist/large',
  inputs: ['hello.txt'],
  outputs: ['dist'],
  cache: 'branch-then-default',
})
const use = jobSpec('use', { needs: ['make'], run: 'grep -q hello dist/a && ls -l dist' })

interface Fleet extends Host {
  /** A machine of its own. */
  runner(name: string): { kill(): Promise<void>; blobs(): number }
  /** Queues a run and waits for how its jobs ended. */
  outcomes(jobs: readonly JobSpec[], more?: object): Promise<Readonly<Record<string, string>>>
}

async function startFleet(t: TestContext): Promise<Fleet> {
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-fleet-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const host = await startRunnerHost((end) => t.after(end))
  return {
    ...host,
    runner(name) {
      const dir = join(folder, name)
      const { kill } = startRunnerProcess(t, host, dir)
      const blobs = () =>
        readdirSync(join(dir, 'blobs'), { recursive: true, withFileTypes: true }).filter((entry) =>
          entry.isFile(),
        ).length
      return { kill, blobs }
    },
    async outcomes(jobs, more = {}) {
      const run = await host.queue({ jobs, ...more })
      const state = await until('the run has ended', async () => {
        const loaded = await host.engine.load(runs, run)
        return loaded.state.status === 'ended' ? loaded.state : undefined
      })
      return Object.fromEntries(state.jobs.map((job) => [job.spec.name, job.outcome ?? '']))
    },
  }
}

test('a second machine restores what the first has made', async (t) => {
  const fleet = await startFleet(t)
  const first = fleet.runner('one')
  assert.deepEqual(await fleet.outcomes([make]), { make: 'succeeded' })
  await first.kill()
  const second = fleet.runner('two')
  assert.deepEqual(await fleet.outcomes([make, use]), { make: 'cached', use: 'succeeded' })
  assert.ok(second.blobs() > 0)
})

test('a pull request reads what its base has made, and poisons nothing', async (t) => {
  const fleet = await startFleet(t)
  fleet.runner('one')
  const merged = { branch: 'main' }
  for (const isFork of [false, true]) {
    const request = { branch: 'pull/7', pullRequest: { number: 7, base: 'main', isFork } }
    const evil = { ...make, run: `${make.run}; echo evil ${String(isFork)} > dist/a` }
    // The change has the run line that a later commit on main will have, and files of its own.
    assert.deepEqual(await fleet.outcomes([evil], request), { make: 'succeeded' })
    assert.deepEqual(await fleet.outcomes([evil], request), { make: 'succeeded' })
    assert.deepEqual(await fleet.outcomes([evil], merged), { make: 'succeeded' })
    assert.deepEqual(await fleet.outcomes([evil], request), { make: 'cached' })
  }
})

test('a corrupted blob is never restored: it is removed, and the job runs', async (t) => {
  const fleet = await startFleet(t)
  const first = fleet.runner('one')
  await fleet.outcomes([make])
  await first.kill()
  const files = await blobsOfOutputs(fleet)
  for (const file of files) {
    chmodSync(file, 0o644)
    writeFileSync(file, 'evil')
  }
  const second = fleet.runner('two')
  assert.deepEqual(await fleet.outcomes([make, use]), { make: 'succeeded', use: 'succeeded' })
  await second.kill()
  // One that is gone altogether is no hit either.
  for (const file of files) if (existsSync(file)) rmSync(file)
  fleet.runner('three')
  assert.deepEqual(await fleet.outcomes([make, use]), { make: 'succeeded', use: 'succeeded' })
})

async function blobsOfOutputs({ files }: Fleet): Promise<string[]> {
  const paths: string[] = []
  for await (const { manifest } of files.cache.entries()) {
    const { outputs } = await documentOf(files, manifest)
    const list = outputsList.parse(await documentOf(files, outputs ?? ''))
    for (const entry of list.files)
      if ('blob' in entry) paths.push(files.blobs.path(`sha256:${entry.blob}`))
  }
  assert.equal(paths.length, 2)
  return paths
}

async function documentOf(files: Host['files'], digest: string): Promise<{ outputs?: string }> {
  const { body } = await files.blobs.get(digest)
  let text = ''
  for await (const chunk of body) text += String(chunk)
  return JSON.parse(text) as { outputs?: string }
}
