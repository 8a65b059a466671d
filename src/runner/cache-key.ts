/**
 * The name under which the outputs of a job are kept: a hash over all that it can see and is meant
 * to depend on. Two jobs with one key would do the same, so the second need not run. A key cannot
 * see everything (the network, the clock, tools of the machine): caching is asked for by `inputs`.
 */
import { hash } from 'node:crypto'
import { lstatSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import type { LeasedJob } from '../pipelines/protocol.ts'
import { WHOLE_BYTES_MAX } from './blob-cache.ts'
import { type Found, makeTurns } from './files.ts'
import { hashFile } from './transfer.ts'

/** Raised when the meaning of a manifest or of a job changes: all older keys are then forgotten. */
const SCHEMA = 2

export interface InputFile {
  readonly path: string
  readonly mode: number
  /** sha256 of the content, or the target of a link. */
  readonly content: string
}

/** Hashes the files that a job declares as its inputs. */
export async function readInputs(root: string, found: readonly Found[]): Promise<InputFile[]> {
  const takeTurns = makeTurns()
  const files: InputFile[] = []
  for (const { path, kind } of found) {
    await takeTurns()
    const file = join(root, path)
    if (kind === 'link') {
      files.push({ path, mode: 0, content: `-> ${readlinkSync(file)}` })
      continue
    }
    const { mode, size } = lstatSync(file)
    const isLarge = size > WHOLE_BYTES_MAX
    const content = isLarge ? await hashFile(file) : hash('sha256', readFileSync(file), 'hex')
    // Of the mode only what git keeps: the rest depends on the umask of the machine.
    files.push({ path, mode: (mode & 0o100) === 0 ? 0o644 : 0o755, content })
  }
  return files
}

/** 64 hex digits. */
export function cacheKey(leased: LeasedJob, inputs: readonly InputFile[]): string {
  const { job, directory, needs } = leased
  const [node = ''] = process.versions.node.split('.')
  const parts = {
    schema: SCHEMA,
    service: leased.service,
    job: job.name,
    run: job.run,
    // What a secret is called and where it is; never what it is.
    secrets: Object.entries(job.secrets ?? {}).toSorted(([a], [b]) => (a < b ? -1 : 1)),
    network: job.network ?? 'full',
    image: job.image,
    env: Object.entries(job.env).toSorted(([a], [b]) => (a < b ? -1 : 1)),
    machine: [process.platform, process.arch, node],
    directory,
    // What is kept depends on what was asked to be kept, and what is reported on where to look.
    outputs: job.outputs,
    results: job.results,
    junit: [...job.junit, ...(job.gotest ?? [])],
    needs: needs.map((need) => [need.job, need.outputs]),
    inputs: inputs.map((file) => [file.path, file.mode, file.content]),
  }
  return hash('sha256', JSON.stringify(parts), 'hex')
}
