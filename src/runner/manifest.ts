/** Lists of outputs, written and read by a runner: what they are is said in protocol/outputs.ts. */
import { z } from 'zod'
import { Fault } from '#kernel/fault.ts'
import {
  type CacheManifest,
  cacheManifest,
  type Entry,
  outputsList,
} from '../pipelines/protocol/outputs.ts'

export function writeManifest(files: readonly Entry[]): Buffer {
  return Buffer.from(JSON.stringify({ version: 1, files }))
}

/**
 * Throws Fault `runner.manifest-unreadable`, also when a file would lie inside another entry: that
 * is how a link in a list leads the files after it out of the workspace.
 */
export function readManifest(bytes: Buffer): Entry[] {
  const { files } = parse(outputsList, bytes)
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
