/**
 * One job from lease to finish: a workspace, the source, the outputs of earlier jobs, the command
 * or the packaging, the outputs. However it ends, the end is one value that is told to the server
 * once; unless the lease is lost, for then there is nothing to tell. A job that a killed runner
 * left goes the second half of the same way.
 */
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { Fault } from '#kernel/fault.ts'
import type { LeasedJob } from '../pipelines/protocol.ts'
import { storeArtifacts, told } from './artifacts.ts'
import type { JobClient, JobEnd } from './client.ts'
import { removeContainers } from './executors/docker/docker-executor.ts'
import { realFolder } from './files.ts'
import { compileGlobs, type Globs } from './glob.ts'
import type { JobContext, Kit, StepEnd } from './job-context.ts'
import { checkIsolation, removeGroup } from './isolation.ts'
import { LOG } from './job-log.ts'
import {
  cachedUnder,
  cacheUnder,
  checkHanded,
  type Handed,
  handedBefore,
  storeOutputs,
} from './job-files.ts'
import type { Begun } from './journal.ts'
import { type LeaseWatch, watchLease } from './lease-watch.ts'
import type { LeftJob } from './leftovers.ts'
import { reportGlobs } from './reports/report-globs.ts'
import { isExcused } from './reports/test-step.ts'
import { resumeStep, runStep, stoppedEnd } from './run-step.ts'
import { queueOf, queueStep, withHand } from './shards.ts'
import { readResults } from './results.ts'
import { mountedSecrets, readSecrets } from './secrets.ts'
import { persist } from './wire.ts'
import type { Workspace } from './workspace.ts'

/** What is to blame when nothing of the job itself is. */
type Reason = 'infra.setup' | 'artifact' | 'policy' | 'cache'

/** Resolves when the server was told how it ended; to undefined when it is not ours to tell. */
export async function workJob(kit: Kit, leased: LeasedJob): Promise<JobEnd | undefined> {
  const workspace = kit.place.begin()
  const leasedAt = Date.now()
  kit.place.note(workspace.state, { leasedAt, leased })
  return hold({ kit, leased, workspace, leasedAt, isResumed: false }, (context) =>
    endOf(context, (blame) => wholeJob(context, blame)),
  )
}

/** The same for a job that an earlier runner in this folder had. */
export async function resumeJob(kit: Kit, left: LeftJob): Promise<JobEnd | undefined> {
  const { workspace, journal, isWhole } = left
  const { leased, leasedAt, command } = journal
  const about = { kit, leased, workspace, leasedAt, isResumed: true, resumeAt: resumeAt(left) }
  return hold(about, (context) => {
    if (command !== undefined && isWhole)
      return endOf(context, (blame) => secondHalf(context, command, blame))
    context.log.say('lost: its runner was killed before it had ended')
    return Promise.resolve({ outcome: 'lost', reason: 'lost.runner' })
  })
}

function resumeAt({ journal, isWhole, workspace }: LeftJob): number | undefined {
  const size = statSync(join(workspace.state, LOG), { throwIfNoEntry: false })?.size
  // What came after is written again, from the output itself: half of it may be missing.
  return isWhole ? journal.command?.logBytes : size
}

interface About {
  readonly kit: Kit
  readonly leased: LeasedJob
  readonly workspace: Workspace
  readonly leasedAt: number
  readonly isResumed: boolean
  readonly resumeAt?: number | undefined
}

async function hold(
  about: About,
  work: (context: JobContext) => Promise<StepEnd>,
): Promise<JobEnd | undefined> {
  const { kit, leased, workspace } = about
  const client = kit.client(leased)
  const watch = watchLease(client, { beatMs: kit.beatMs, isResumed: about.isResumed }, kit.stop)
  try {
    return await workAndTell(about, client, watch, work)
  } catch (error) {
    if (watch.talk.aborted) return undefined
    throw error
  } finally {
    watch.end()
    await removeBeside(about)
    removeGroup(kit.isolation, workspace.root)
    await kit.place.end(workspace)
  }
}

/** Services in containers that an earlier life of this runner started. */
async function removeBeside({ kit, leased, workspace }: About): Promise<void> {
  if (kit.docker === undefined || leased.job.services === undefined) return
  await removeContainers(kit.docker, kit.isolation.prefix, workspace.state).catch(() => undefined)
}

async function workAndTell(
  { kit, leased, workspace, leasedAt, isResumed, resumeAt: at }: About,
  client: JobClient,
  { work: signal, talk, notice, worked }: LeaseWatch,
  work: (context: JobContext) => Promise<StepEnd>,
): Promise<JobEnd | undefined> {
  // Durations are by the clock that nobody sets, but for the part that an earlier runner saw.
  const startedAt = performance.now() - (Date.now() - leasedAt)
  const send = (offset: number, bytes: Uint8Array) =>
    client.appendLog(offset, bytes, talk).catch(notice)
  const given = secretsOf(leased, kit)
  // Of a job that was found again also those that it was given then.
  const before = isResumed ? mountedSecrets(workspace.root) : []
  const secrets = [...Object.values(given.secrets), ...before]
  const log = kit.place.openLog(workspace, { send, resumeAt: at, secrets })
  const onSilence = () => log.close()
  talk.addEventListener('abort', onSilence)
  try {
    const move = { client, blobs: kit.blobs, signal }
    const end = await work({ kit, leased, workspace, leasedAt, log, move, ...given })
    worked()
    if (talk.aborted) return undefined
    const durationMs = Math.max(0, performance.now() - startedAt)
    const whole = { ...end, durationMs, ...(await log.finish()) }
    await persist(() => client.finish(whole, talk).catch(notice), { signal: talk })
    return whole
  } finally {
    talk.removeEventListener('abort', onSilence)
    log.close()
  }
}

/** What is wrong with them is said when there is a log to say it in. */
function secretsOf(leased: LeasedJob, kit: Kit): Pick<JobContext, 'secrets' | 'problem'> {
  try {
    return { secrets: readSecrets(leased, kit.secretRules) }
  } catch (problem) {
    return { secrets: {}, problem }
  }
}

/** Whatever one of the steps throws is the end of the job, with the reason blamed last. */
async function endOf(
  { log, move }: JobContext,
  work: (blame: (reason: Reason) => void) => Promise<StepEnd>,
): Promise<StepEnd> {
  let reason: Reason = 'artifact'
  try {
    return await work((next) => (reason = next))
  } catch (error) {
    if (move.signal.aborted) return stoppedEnd(log, move.signal)
    if (error instanceof Fault && error.code === 'containers.gone') {
      log.say('lost: its container is gone')
      return { outcome: 'lost', reason: 'lost.runner' }
    }
    const why = error instanceof Error ? error.message : String(error)
    log.say(`failed: ${why}${error instanceof Fault ? ` ${error.remedy}` : ''}`)
    const isPull = error instanceof Fault && error.code === 'image.not-pulled'
    return { outcome: 'failed', reason: isPull ? 'image_pull' : reason }
  }
}

async function wholeJob(context: JobContext, blame: (reason: Reason) => void): Promise<StepEnd> {
  const { leased, workspace } = context
  sayHello(context)
  const globs = compileAll(leased)
  blame('policy')
  if (context.problem !== undefined) throw context.problem
  blame('infra.setup')
  checkIsolation(context.kit.isolation, leased.job)
  await context.kit.place.fetchSource(context)
  const folder = realFolder(workspace.source, leased.directory)
  const dealt = await withHand(context, folder)
  if (dealt === undefined) return nothingLeft(context)
  return workIn(dealt, { folder, globs, blame })
}

interface Work {
  readonly folder: string
  readonly globs: ReturnType<typeof compileAll>
  readonly blame: (reason: Reason) => void
}

async function workIn(context: JobContext, { folder, globs, blame }: Work): Promise<StepEnd> {
  const { leased } = context
  const key = await context.kit.place.keyOf(context, folder, globs.inputs)
  const hit = key === undefined ? undefined : await cachedUnder(context, key)
  if (hit !== undefined) {
    const { artifacts, ...facts } = hit
    return { outcome: 'cached', cacheKey: key, ...facts, artifacts: told(artifacts) }
  }
  const handed = await context.kit.place.restoreNeeds(context, folder)
  if (leased.job.uses === 'package') {
    blame('artifact')
    // What it writes an SBOM with takes longer to load than most jobs take.
    const { packageStep } = await import('./package-step.ts')
    const end = await packageStep(context, folder, globs.include)
    return { ...end, artifacts: told(await storeArtifacts(context, folder)) }
  }
  const shard = queueOf(context)
  const end =
    shard === undefined
      ? await runStep(context, folder, key, globs.reports)
      : await queueStep(context, folder, { shard, wanted: globs.reports })
  if (end === undefined) return nothingLeft(context)
  return conclude(context, end, { folder, key, outputs: globs.outputs, handed, blame })
}

/** The other shards have it all: what this one was to make of it is in nobody's way. */
function nothingLeft({ log }: JobContext): StepEnd {
  log.say('no tests are left for this shard')
  return { outcome: 'succeeded', exitCode: 0 }
}

async function secondHalf(
  context: JobContext,
  command: Begun,
  blame: (reason: Reason) => void,
): Promise<StepEnd> {
  const { reports, outputs } = compileAll(context.leased)
  const { folder, cacheKey: key } = command
  blame('infra.setup')
  const handed = await handedBefore(context)
  const end = await resumeStep(context, command, reports)
  return conclude(context, end, { folder, key, outputs, handed, blame })
}

interface Made {
  readonly folder: string
  readonly key: string | undefined
  readonly outputs: Globs
  readonly handed: Handed
  blame(reason: Reason): void
}

async function conclude(context: JobContext, end: StepEnd, made: Made): Promise<StepEnd> {
  const { folder, key } = made
  const { leased, secrets } = context
  const isPassed = end.outcome === 'succeeded' || (await isExcused(context, end))
  if (!isPassed) return { ...end, cacheKey: key }
  made.blame('cache')
  checkHanded(made.handed)
  made.blame('artifact')
  const { outputs, isWhole } = await storeOutputs(context, folder, made.outputs)
  const results = readResults(folder, leased.job, Object.values(secrets))
  const artifacts = await storeArtifacts(context, folder)
  const isSteady = end.outcome === 'succeeded' && (end.tests?.retried ?? 0) === 0
  // What is not merged yet is used for its own run and nobody else's.
  if (key !== undefined && isWhole && isSteady && leased.isReadOnly !== true)
    await cacheUnder(context, key, { outputs, results, tests: end.tests, artifacts })
  return { ...end, cacheKey: key, outputs, results, artifacts: told(artifacts) }
}

function sayHello({ kit, leased, log }: JobContext): void {
  const { job, service, sha, branch, attempt } = leased
  const isolation = kit.isolation.isSandboxed && job.run !== undefined ? ', in a sandbox' : ''
  log.say(`job ${job.name} of ${service} at ${sha.slice(0, 12)} (${branch}), attempt ${attempt}`)
  const names = Object.keys(leased.job.secrets ?? {})
  if (leased.isFork === true && names.length > 0)
    log.say(`a change from a fork is not given ${names.join(', ')}`)
  log.say(`runner ${kit.name}, node ${process.versions.node}${isolation}`)
}

function compileAll({ job }: LeasedJob) {
  return {
    inputs: compileGlobs(job.inputs),
    outputs: compileGlobs(job.outputs),
    reports: reportGlobs(job),
    include: compileGlobs(job.include),
  }
}
