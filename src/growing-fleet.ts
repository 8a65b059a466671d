/** The local fleet over what the database says: leases, jobs that wait, runners that are there. */
import { join } from 'node:path'
import type { Engine } from '#engine/engine.ts'
import { heldJobs, lastWorked, queuedJobs, runnersKnown } from '#pipelines/queries/fleet.ts'
import {
  type BundledRunner,
  runnerOf,
  type RunnerSetup,
  setupOf,
  spawnRunner,
} from './bundled-runner.ts'
import type { Config } from './config.ts'
import { type LocalFleet, type Seen, startLocalFleet } from './local-fleet.ts'

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
  const { runnersMax } = config
  const runner = runnerOf(config, about)
  const fleet =
    runnersMax > 0 ? growingFleet(engine, setupOf(config, about), runnersMax) : undefined
  return {
    async stop() {
      fleet?.stop()
      await runner?.stop()
    },
  }
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
  return {
    waiting: await queuedJobs(reads, now),
    live: up.map(({ name, since }) => ({
      name,
      jobs: held.get(name)?.length ?? 0,
      idleForMs: now - Math.max(since, worked.get(name) ?? 0),
    })),
  }
}
