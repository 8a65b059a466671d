/** The local fleet over what the database says: leases, jobs that wait, runners that are there. */
import { join } from 'node:path'
import type { Engine } from '#engine/engine.ts'
import { expectedTimes } from '#pipelines/queries/expected-times.ts'
import { heldJobs, lastWorked, queuedJobs, runnersKnown } from '#pipelines/queries/fleet.ts'
import {
  type BundledRunner,
  runnerOf,
  type RunnerSetup,
  setupOf,
  spawnRunner,
} from './bundled-runner.ts'
import type { Config } from './config.ts'
import { startKubernetesFleet } from './kubernetes-fleet.ts'
import { type LocalFleet, type Seen, startLocalFleet } from './local-fleet.ts'
import { accessFrom } from './runner/executors/kubernetes/access.ts'
import { openCluster } from './runner/executors/kubernetes/api.ts'

/** A job that waits longer than this for a slot is one too many for the runners there are. */
const TARGET_WAIT_MS = 30_000
/** The next push may be a few minutes away. */
const IDLE_MS = 5 * 60_000

/** Of this machine, as the configuration wants it: the one that stays, those that come and go. */
export function runnersOf(
  engine: Engine,
  config: Config,
  about: Pick<RunnerSetup, 'url' | 'token' | 'log'>,
): BundledRunner {
  const runner = runnerOf(config, about)
  const fleet = config.runnersMax > 0 ? fleetOf(engine, config, about) : undefined
  return {
    async stop() {
      fleet?.stop()
      await runner?.stop()
    },
  }
}

function fleetOf(
  engine: Engine,
  config: Config,
  about: Pick<RunnerSetup, 'url' | 'token' | 'log'>,
): LocalFleet {
  const { runnersDeployment: deployment, runnersMax: max } = config
  if (deployment === undefined) return growingFleet(engine, setupOf(config, about), max)
  const { kubernetes, namespace, name, labels, slotsEach: slotsPerRunner } = deployment
  return startKubernetesFleet({
    policy: { min: 0, max, targetWaitMs: TARGET_WAIT_MS, slotsPerRunner, labels, idleMs: IDLE_MS },
    cluster: openCluster(accessFrom(kubernetes, namespace)),
    deployment: name,
    log: about.log,
    see: () => seen(engine, Date.now()),
  })
}

function growingFleet(engine: Engine, setup: RunnerSetup, max: number): LocalFleet {
  return startLocalFleet({
    policy: {
      min: 0,
      max,
      targetWaitMs: TARGET_WAIT_MS,
      slotsPerRunner: 1,
      labels: [process.platform, process.arch],
      idleMs: IDLE_MS,
    },
    log: setup.log,
    see: () => seen(engine, Date.now()),
    start(name) {
      const dir = join(setup.dir, '..', 'runners', name)
      const child = spawnRunner({ ...setup, dir, slots: 1 }, name)
      return {
        drain: () => void child.kill('SIGTERM'),
        isAlive: () => child.exitCode === null && child.signalCode === null,
      }
    },
  })
}

async function seen(engine: Engine, now: number): Promise<Seen> {
  const { reads } = engine
  const held = Map.groupBy(await heldJobs(reads), ({ runner }) => runner)
  const up = (await runnersKnown(reads)).filter(({ status }) => status === 'up')
  const worked = await lastWorked(
    reads,
    up.map(({ name }) => name),
  )
  const waiting = await queuedJobs(reads, now)
  const expected = await expectedTimes(reads, waiting, now)
  return {
    waiting: waiting.map((job) => ({ labels: job.labels, expectedMs: expected(job) })),
    live: up.map(({ name, since }) => ({
      name,
      jobs: held.get(name)?.length ?? 0,
      idleForMs: now - Math.max(since, worked.get(name) ?? 0),
    })),
  }
}
