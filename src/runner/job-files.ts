/** What a job needs before its command, and what it leaves after it: source, cache, outputs. */
import { mkdirSync } from 'node:fs'
import { Fault } from '#kernel/fault.ts'
import { areKept } from './artifacts.ts'
import { cacheKey } from './cache-key.ts'
import { listFiles } from './files.ts'
import { type Globs, hasWildcard } from './glob.ts'
import type { JobContext } from './job-context.ts'
import type { CacheManifest } from '../pipelines/protocol/outputs.ts'
import { readCacheManifest, readManifest, writeCacheManifest, writeManifest } from './manifest.ts'
import { readInputs } from './input-files.ts'
import type { Lent, LinkPool } from './link-pool.ts'
import { restoreFiles } from './restore-files.ts'
import { storeFiles } from './store-files.ts'
import { fetchBytes, storeBytes } from './transfer.ts'
import { unpackTar } from './untar.ts'
import { brokenOff, persist } from './wire.ts'
import { removeTree } from './workspace.ts'

/** The source is part of the way to the job, not of the job; after this another runner may try. */
const SOURCE_MS_MAX = 10 * 60_000

export async function fetchSource({ move, workspace }: JobContext): Promise<void> {
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
export async function keyOf({ leased, log }: JobContext, folder: string, inputs: Globs) {
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
export async function cachedUnder(context: JobContext, key: string) {
  const { move, log } = context
  try {
    const digest = await persist(() => move.client.cached(key, move.signal), {
      signal: move.signal,
      giveUpMs: 0,
    })
    const found = digest && readCacheManifest(await fetchBytes(move, digest))
    if (found && (await isStillThere(context, found))) {
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

async function isStillThere(context: JobContext, found: CacheManifest): Promise<boolean> {
  const { move } = context
  const { outputs, artifacts } = found
  const hasOutputs = outputs === undefined || (await move.client.hasBlob(outputs, move.signal))
  return hasOutputs && (await areKept(context, artifacts))
}

export async function cacheUnder({ move, log }: JobContext, key: string, value: CacheManifest) {
  try {
    const manifest = await storeBytes(move, writeCacheManifest(value))
    await move.client.cache(key, manifest, move.signal)
  } catch (error) {
    if (move.signal.aborted) throw error
    log.say(`not cached: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** What a job was handed, and has to leave as it is. */
export interface Handed {
  readonly pool: LinkPool | undefined
  readonly lent: readonly Lent[]
}

export async function restoreNeeds(context: JobContext, folder: string): Promise<Handed> {
  const { leased, log, move } = context
  const pool = poolFor(context)
  const how = { pool, isWritable: leased.job.mutates === true }
  const lent: Lent[] = []
  for (const need of leased.needs) {
    const restored = await restoreFiles(move, folder, need.outputs, how)
    lent.push(...restored.lent)
    log.say(`restored ${restored.files} files of ${need.job}`)
  }
  return { pool, lent }
}

/** What an earlier runner handed it: the same, by the same lists. */
export async function handedBefore(context: JobContext): Promise<Handed> {
  const { leased, move } = context
  const pool = poolFor(context)
  if (pool === undefined) return { pool, lent: [] }
  const lent: Lent[] = []
  for (const need of leased.needs) {
    // A list that is gone by now is no reason to lose a job that has it behind it.
    const list = await fetchBytes(move, need.outputs).catch(() => undefined)
    for (const entry of list === undefined ? [] : readManifest(list)) {
      if (!('blob' in entry) || entry.sha256 === undefined) continue
      const file = pool.lentOf({ path: entry.path, sha256: entry.sha256, mode: entry.mode })
      if (file !== undefined) lent.push(file)
    }
  }
  return { pool, lent }
}

/** A change that nobody has merged may spoil what it is given, and so gets what is its own. */
function poolFor({ kit, leased }: JobContext): LinkPool | undefined {
  const isApart = leased.isReadOnly === true || leased.job.mutates === true
  return isApart ? undefined : kit.pools(leased.service)
}

/** Throws Fault `runner.handed-changed`. */
export function checkHanded({ pool, lent }: Handed): void {
  const spoiled = lent.find((file) => pool?.isSpoiled(file) ?? false)
  if (spoiled === undefined) return
  throw new Fault('runner.handed-changed', `${spoiled.path} was changed in place.`, {
    remedy:
      'It is an output of a job before this one. Write `mutates: true` at the job that changes ' +
      'it, which then gets copies, or have it write a new file.',
    retry: false,
  })
}

/**
 * The digest of their list; undefined when the job declares none. A name must be there; a pattern
 * may match nothing (`npm ci` makes no node_modules when nothing is needed), but then the job is
 * not cached: a mistake in `outputs` would be replayed for ever.
 */
export async function storeOutputs(
  { leased, log, move }: JobContext,
  folder: string,
  outputs: Globs,
) {
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
