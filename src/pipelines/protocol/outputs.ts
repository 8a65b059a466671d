/**
 * The outputs of a job as a list of files, so that the next job, or the same job another day, can
 * have them back. Every file is a piece of a blob: small ones share a blob, since a node_modules of
 * 30,000 files would otherwise be 30,000 requests, and as many files on the server. The list holds
 * nothing that varies between equal runs (no times, no owners): its digest is part of cache keys.
 */
import { z } from 'zod'
import { digest, jobResults, storedArtifact, testTotals } from '../protocol.ts'

/** 200,000 files of 300 bytes each: what a runner stores of a job. */
export const MANIFEST_BYTES_MAX = 64 * 1024 * 1024

/** Whether a path names something below its root, in one way only. */
export function isPlainPath(path: string): boolean {
  const names = path.split('/')
  return !path.includes('\0') && names.every((name) => name !== '' && name !== '.' && name !== '..')
}

const path = z.string().min(1).max(4096).refine(isPlainPath, 'leaves the folder it is relative to')
const sha256 = z.string().regex(/^[0-9a-f]{64}$/)
const file = z.object({
  path,
  /** What a job may hand on of the mode is whether a file can be run. */
  mode: z.literal([0o755, 0o644]),
  /** sha256 of the blob, in hex, and where in it the file lies. */
  blob: sha256,
  offset: z.int().min(0),
  size: z.int().min(0),
  /** Of the file itself; absent in lists of earlier versions. */
  sha256: sha256.optional(),
})
const link = z.object({ path, link: z.string().min(1).max(4096) })

export const outputsList = z.object({
  version: z.literal(1),
  files: z.array(z.union([file, link])),
})
export type FileEntry = z.infer<typeof file>
export type LinkEntry = z.infer<typeof link>
export type Entry = FileEntry | LinkEntry

/** What a cache key names: outputs, what is kept for people, what the tests said at the time. */
export const cacheManifest = z.object({
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

/** Each once. */
export function blobsIn(files: readonly Entry[]): ReadonlySet<string> {
  return new Set(files.flatMap((entry) => ('blob' in entry ? [`sha256:${entry.blob}`] : [])))
}
