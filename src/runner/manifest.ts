/**
 * The outputs of a job as a list of files, so that the next job, or the same job another day, can
 * have them back. Every file is a piece of a blob: small ones share a blob, since a node_modules of
 * 30,000 files would otherwise be 30,000 requests, and as many files on the server. The list holds
 * nothing that varies between equal runs (no times, no owners): its digest is part of cache keys.
 */
import { z } from 'zod'
import { Fault } from '#kernel/fault.ts'
import { digest, jobResults, storedArtifact, testTotals } from '../pipelines/protocol.ts'
import { isPlainPath } from './files.ts'

/** 200,000 files of 200 bytes each: what listFiles allows. */
export const MANIFEST_BYTES_MAX = 64 * 1024 * 1024

const path = z.string().min(1).max(4096).refine(isPlainPath, 'leaves the folder it is relative to')
const file = z.object({
  path,
  /** What a job may hand on of the mode is whether a file can be run. */
  mode: z.literal([0o755, 0o644]),
  /** sha256 of the blob, in hex, and where in it the file lies. */
  blob: z.string().regex(/^[0-9a-f]{64}$/),
  offset: z.int().min(0),
  size: z.int().min(0),
})
const link = z.object({ path, link: z.string().min(1).max(4096) })
const manifest = z.object({ version: z.literal(1), files: z.array(z.union([file, link])) })

export type FileEntry = z.infer<typeof file>
export type LinkEntry = z.infer<typeof link>
export type Entry = FileEntry | LinkEntry

/** What a cache key names: the outputs, and what the tests said when they were made. */
const cacheManifest = z.object({
  version: z.literal(1),
  outputs: digest.optional(),
  tests: testTotals.optional(),
  results: jobResults.optional(),
  artifacts: z
    .array(storedArtifact.extend({ paths: z.array(z.string()).readonly() }))
    .readonly()
    .optional(),
})
export type CacheManifest = Omit<z.infer<typeof cacheManifest>, 'version'>

export function writeManifest(files: readonly Entry[]): Buffer {
  return Buffer.from(JSON.stringify({ version: 1, files }))
}

/**
 * Throws Fault `runner.manifest-unreadable`, also when a file would lie inside another entry: that
 * is how a link in a list leads the files after it out of the workspace.
 */
export function readManifest(bytes: Buffer): Entry[] {
  const { files } = parse(manifest, bytes)
  const paths = new Set(files.map((entry) => entry.path))
  const isNested = (entry: Entry) => {
    for (let end = entry.path.indexOf('/'); end > 0; end = entry.path.indexOf('/', end + 1))
      if (paths.has(entry.path.slice(0, end))) return true
    return false
  }
  if (paths.size !== files.length || files.some(isNested))
    throw manifestUnreadable('two entries share a path')
  return files
}

export function writeCacheManifest(value: CacheManifest): Buffer {
  return Buffer.from(JSON.stringify({ version: 1, ...value }))
}

export function readCacheManifest(bytes: Buffer): CacheManifest {
  const { version: _, ...kept } = parse(cacheManifest, bytes)
  return kept
}

export function manifestUnreadable(why: string, cause?: unknown): Fault {
  const message = `A list of outputs cannot be read: ${why.slice(0, 200)}`
  return new Fault('runner.manifest-unreadable', message, {
    remedy: 'Run the pipeline again without its cache; update this runner if it is the older one.',
    retry: false,
    cause,
  })
}

function parse<T>(schema: z.ZodType<T>, bytes: Buffer): T {
  try {
    return schema.parse(JSON.parse(bytes.toString('utf8')))
  } catch (cause) {
    const why = cause instanceof z.ZodError ? z.prettifyError(cause) : String(cause)
    throw manifestUnreadable(why, cause)
  }
}
