/**
 * The named artifacts of a job, uploaded when it has succeeded: one file as it is, several as a
 * tar.gz that comes out the same from the same files. They are seen when the end of the job names
 * them, and not before.
 */
import { createReadStream, lstatSync } from 'node:fs'
import { basename, join } from 'node:path'
import { Fault } from '#kernel/fault.ts'
import type { JobArtifact, StoredArtifact } from '../pipelines/events.ts'
import { BLOB_BYTES_MAX } from '../pipelines/protocol.ts'
import { type Found, listFiles } from './files.ts'
import { compileGlobs, hasWildcard } from './glob.ts'
import type { JobContext } from './job-context.ts'
import { packFiles } from './package.ts'
import { hashFile, type Transfer } from './transfer.ts'
import { persist } from './wire.ts'

/** An outage longer than this fails the job: another runner may have better luck. */
const OUTAGE_MS_MAX = 10 * 60_000

/** What a cache keeps of one: the globs too, so that other globs are another artifact. */
export interface KeptArtifact extends StoredArtifact {
  readonly paths: readonly string[]
}

/** Throws Fault `runner.artifact-missing`, and what packing and uploading throw. */
export async function storeArtifacts(
  { leased, log, move, workspace }: JobContext,
  folder: string,
): Promise<readonly KeptArtifact[] | undefined> {
  const { artifacts = [] } = leased.job
  const stored: KeptArtifact[] = []
  for (const artifact of artifacts) {
    const packing = join(workspace.root, `artifact-${stored.length}.tar.gz`)
    const made = await makeArtifact(folder, artifact, packing, move.signal)
    const { file, ...about } = made
    await upload(move, file, about)
    log.say(`artifact ${about.name}: ${about.files} files, ${about.sizeBytes} bytes`)
    stored.push({ ...about, paths: artifact.paths })
  }
  return artifacts.length === 0 ? undefined : stored
}

/** Whether a cache names all that the job is to keep, and the server has it still. */
export async function areKept(
  { leased, move }: JobContext,
  cached: readonly KeptArtifact[] = [],
): Promise<boolean> {
  for (const { name, paths } of leased.job.artifacts ?? []) {
    const found = cached.find((each) => each.name === name)
    if (found === undefined || found.paths.join('\n') !== paths.join('\n')) return false
    if (!(await move.client.hasArtifact(found.digest, move.signal))) return false
  }
  return true
}

/** As `finish` tells it. */
export function told(artifacts: readonly KeptArtifact[] | undefined): StoredArtifact[] | undefined {
  return artifacts?.map(({ paths: _, ...stored }) => stored)
}

type Made = StoredArtifact & { readonly file: string }

async function makeArtifact(
  folder: string,
  { name, paths }: JobArtifact,
  packing: string,
  signal: AbortSignal,
): Promise<Made> {
  const globs = compileGlobs(paths)
  const found = await listFiles(folder, globs)
  const missing = globs
    .unmatched(found.map(({ path }) => path))
    .filter((glob) => !hasWildcard(glob) || found.length === 0)
  if (missing.length > 0 || found.length === 0) throw nothing(name, missing)
  const single = singleOf(paths, found)
  if (single === undefined) {
    const packed = await packFiles(folder, found, packing, signal)
    const { sha256, sizeBytes } = packed
    const digest = `sha256:${sha256}`
    const fileName = `${name}.tar.gz`
    return { name, digest, sizeBytes, files: found.length, fileName, file: packing }
  }
  const file = join(folder, single)
  const sizeBytes = lstatSync(file).size
  if (sizeBytes > BLOB_BYTES_MAX) throw tooLarge(name)
  const digest = `sha256:${await hashFile(file)}`
  return { name, digest, sizeBytes, files: 1, fileName: basename(single), file }
}

/** Named by itself, a file is what people want to have; a pattern may match two another day. */
function singleOf(paths: readonly string[], found: readonly Found[]): string | undefined {
  const [only] = found
  if (found.length !== 1 || paths.length !== 1 || only?.kind !== 'file') return undefined
  const [path = ''] = paths
  const isNamed = path.replace(/^(?:\.\/)+/, '') === only.path
  // What cannot be said in a header is packed.
  return isNamed && /^[^\\"\p{Cc}]+$/u.test(basename(only.path)) ? only.path : undefined
}

async function upload(move: Transfer, file: string, about: StoredArtifact): Promise<void> {
  const { digest, sizeBytes } = about
  const { client, signal } = move
  const patiently = <T>(attempt: () => Promise<T>) =>
    persist(attempt, { signal, giveUpMs: OUTAGE_MS_MAX })
  if (await patiently(() => client.hasArtifact(digest, signal))) return
  await patiently(() => {
    const stream = createReadStream(file)
    return client.putArtifact(digest, { stream, sizeBytes }, signal)
  })
}

function nothing(name: string, missing: readonly string[]): Fault {
  return new Fault(
    'runner.artifact-missing',
    `The job made nothing for its artifact ${name}: ${missing.join(', ')} matches no file.`,
    { remedy: 'Correct its `artifacts`, or what it runs.', retry: false },
  )
}

function tooLarge(name: string): Fault {
  return new Fault('blob.too-large', `${name} is larger than ${BLOB_BYTES_MAX} bytes.`, {
    remedy: 'Keep less of it, or several artifacts.',
    retry: false,
  })
}
