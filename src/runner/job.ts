/**
 * One job from lease to finish: a workspace, the source, the outputs of earlier jobs, the command
 * or the packaging, the outputs. However it ends, the end is one value that is told to the server
 * once; unless the lease is lost, for then there is nothing to tell.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { Fault } from '#kernel/fault.ts'
import type { LeasedJob } from '../pipelines/protocol.ts'
import { cacheKey, readInputs } from './cache-key.ts'
import { type JobClient, type JobEnd, makeJobClient } from './client.ts'
import type { JobContext, Kit, StepEnd } from './job-context.ts'
import { listFiles, realFolder } from './files.ts'
import { compileGlobs, type Globs, hasWildcard } from './glob.ts'
import { openJobLog } from './job-log.ts'
import { type LeaseWatch, watchLease } from './lease-watch.ts'
import {
  type CacheManifest,
  readCacheManifest,
  writeCacheManifest,
  writeManifest,
} from './manifest.ts'
import { packageStep } from './package-step.ts'
import { isExcused } from './reports/test-step.ts'
import { restoreFiles } from './restore-files.ts'
import { runStep } from './run-step.ts'
import { storeFiles } from './store-files.ts'
import { fetchBytes, storeBytes, type Transfer } from './transfer.ts'
import { unpackTar } from './untar.ts'
import { brokenOff, persist } from './wire.ts'
import { makeWorkspace, removeTree, type Workspace } from './workspace.ts'

/** The source is part of the way to the job, not of the job; after this another runner may try. */
const SOURCE_MS_MAX = 10 * 60_000

/** Resolves when the server was told how it ended; to undefined when it is not ours to tell. */
export async function workJob(kit: Kit, leased: LeasedJob): Promise<JobEnd | undefined> {
  const client = makeJobClient(kit.wire, leased)
  const watch = watchLease(client, kit.beatMs, kit.stop)
  try {
    const workspace = makeWorkspace(kit.folder.jobs)
    try {
      return await workIn(workspace, kit, leased, client, watch)
    } finally {
      await removeTree(workspace.root)
    }
  } catch (error) {
    if (watch.talk.aborted) return undefined
    throw error
  } finally {
    watch.end()
  }
}

async function workIn(
  workspace: Workspace,
  kit: Kit,
  leased: LeasedJob,
  client: JobClient,
  { work, talk, notice }: LeaseWatch,
): Promise<JobEnd | undefined> {
  const startedAt = performance.now()
  const send = (offset: number, bytes: Uint8Array) =>
    client.appendLog(offset, bytes, talk).catch(notice)
  const log = openJobLog(join(workspace.root, 'log'), { send })
  const onSilence = () => log.close()
  talk.addEventListener('abort', onSilence)
  try {
    const move = { client, blobs: kit.blobs, signal: work }
    const end = await endOf({ kit, leased, workspace, log, move })
    if (talk.aborted) return undefined
    const durationMs = performance.now() - startedAt
    const whole = { ...end, durationMs, ...(await log.finish()) }
    await persist(() => client.finish(whole, talk).catch(notice), { signal: talk })
    return whole
  } finally {
    talk.removeEventListener('abort', onSilence)
    log.close()
  }
}

/** The steps in their order; whatever one of them throws is the end of the job, with its reason. */
async function endOf(context: JobContext): Promise<StepEnd> {
  const { leased, log, move } = context
  const { job } = leased
  let blame: 'infra.setup' | 'artifact' = 'artifact'
  try {
    sayHello(context)
    const globs = compileAll(leased)
    blame = 'infra.setup'
    await fetchSource(context)
    const folder = realFolder(context.workspace.source, leased.directory)
    const key = await keyOf(context, folder, globs.inputs)
    const hit = key === undefined ? undefined : await cachedUnder(context, key)
    if (hit !== undefined) return { outcome: 'cached', cacheKey: key, ...hit }
    await restoreNeeds(context, folder)
    if (job.uses === 'package') {
      blame = 'artifact'
      return await packageStep(context, folder, globs.include)
    }
    const end = await runStep(context, folder, globs.junit)
    if (end.outcome !== 'succeeded' && !(await isExcused(context, end)))
      return { ...end, cacheKey: key }
    blame = 'artifact'
    const { outputs, isWhole } = await storeOutputs(context, folder, globs.outputs)
    const isSteady = end.outcome === 'succeeded' && (end.tests?.retried ?? 0) === 0
    if (key !== undefined && isWhole && isSteady)
      await cacheUnder(context, key, { outputs, tests: end.tests })
    return { ...end, cacheKey: key, outputs }
  } catch (error) {
    if (move.signal.aborted) {
      log.say('cancelled')
      return { outcome: 'cancelled', reason: 'cancelled.by' }
    }
    const why = error instanceof Error ? error.message : String(error)
    log.say(`failed: ${why}${error instanceof Fault ? ` ${error.remedy}` : ''}`)
    return { outcome: 'failed', reason: blame }
  }
}

function sayHello({ kit, leased, log }: JobContext): void {
  const { job, service, sha, branch, attempt } = leased
  const isolation = kit.isSandboxed && job.run !== undefined ? ', in a sandbox' : ''
  log.say(`job ${job.name} of ${service} at ${sha.slice(0, 12)} (${branch}), attempt ${attempt}`)
  log.say(`runner ${kit.name}, node ${process.versions.node}${isolation}`)
}

function compileAll({ job }: LeasedJob) {
  return {
    inputs: compileGlobs(job.inputs),
    outputs: compileGlobs(job.outputs),
    junit: compileGlobs(job.junit),
    include: compileGlobs(job.include),
  }
}

async function fetchSource({ move, workspace }: JobContext): Promise<void> {
  const unpack = async () => {
    // What an earlier try left half-way is not the commit.
    await removeTree(workspace.source)
    mkdirSync(workspace.source)
    const tar = await move.client.source(move.signal)
    await unpackTar(tar, workspace.source).catch((error: unknown) => {
      tar.destroy()
      throw brokenOff(error)
    })
  }
  await persist(unpack, { signal: move.signal, giveUpMs: SOURCE_MS_MAX })
}

/** Before anything is restored: the key has the outputs of earlier jobs by their digest. */
async function keyOf({ leased, log }: JobContext, folder: string, inputs: Globs) {
  if (inputs.isEmpty || leased.job.run === undefined) return undefined
  const found = await listFiles(folder, inputs)
  for (const glob of inputs.unmatched(found.map((file) => file.path)))
    log.say(`no input matches ${glob}`)
  return cacheKey(leased, await readInputs(folder, found))
}

/**
 * A hit restores nothing here: the jobs that need these outputs restore them for themselves. What
 * cannot be had or read is a miss, never a failure.
 */
async function cachedUnder({ move, log }: JobContext, key: string) {
  try {
    const digest = await persist(() => move.client.cached(key, move.signal), {
      signal: move.signal,
      giveUpMs: 0,
    })
    const found = digest && readCacheManifest(await fetchBytes(move, digest))
    if (found && (await isStillThere(move, found))) {
      log.say(`cache hit ${key}: nothing runs`)
      return found
    }
    log.say(`cache miss ${key}`)
  } catch (error) {
    if (move.signal.aborted) throw error
    log.say(`cache miss ${key}: ${error instanceof Error ? error.message : String(error)}`)
  }
  return undefined
}

async function isStillThere(move: Transfer, { outputs }: CacheManifest): Promise<boolean> {
  return outputs === undefined || (await move.client.hasBlob(outputs, move.signal))
}

async function cacheUnder({ move, log }: JobContext, key: string, value: CacheManifest) {
  try {
    const manifest = await storeBytes(move, writeCacheManifest(value))
    await move.client.cache(key, manifest, move.signal)
  } catch (error) {
    if (move.signal.aborted) throw error
    log.say(`not cached: ${error instanceof Error ? error.message : String(error)}`)
  }
}

async function restoreNeeds({ leased, log, move }: JobContext, folder: string): Promise<void> {
  for (const need of leased.needs) {
    const files = await restoreFiles(move, folder, need.outputs)
    log.say(`restored ${files} files of ${need.job}`)
  }
}

/**
 * The digest of their list; undefined when the job declares none. A name must be there; a pattern
 * may match nothing (`npm ci` makes no node_modules when nothing is needed), but then the job is
 * not cached: a mistake in `outputs` would be replayed for ever.
 */
async function storeOutputs({ leased, log, move }: JobContext, folder: string, outputs: Globs) {
  if (outputs.isEmpty) return { outputs: undefined, isWhole: true }
  const found = await listFiles(folder, outputs)
  const missing = outputs.unmatched(found.map((file) => file.path))
  const named = missing.filter((glob) => !hasWildcard(glob))
  if (named.length > 0)
    throw new Fault('runner.output-missing', `The job made no ${named.join(', no ')}.`, {
      remedy: 'Correct its `outputs`, or what it runs.',
      retry: false,
    })
  for (const glob of missing) log.say(`no output matches ${glob}: not cached`)
  const inside = leased.directory.split('/').filter((name) => name !== '' && name !== '.')
  const files = await storeFiles(move, folder, inside.join('/'), found)
  log.say(`stored ${files.length} files`)
  const digest = await storeBytes(move, writeManifest(files))
  return { outputs: digest, isWhole: missing.length === 0 }
}
