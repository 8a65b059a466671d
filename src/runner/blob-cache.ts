/**
 * Blobs that this runner has seen, on its own disk, so that a job finds the outputs of the job
 * before it without the network. Never trusted: a job runs as the same user and may write here, so
 * every blob is hashed again on its way into a workspace and thrown away when it is not itself.
 * Beside them lie files to be linked to (link-pool.ts), which look after themselves.
 */
import { createHash, hash, randomUUID } from 'node:crypto'
import {
  constants,
  copyFileSync,
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

/** Up to this size a file is read whole; larger ones are streamed. */
export const WHOLE_BYTES_MAX = 1024 * 1024
/** Enough for the outputs of some hundred jobs; the disk of a runner is rarely under 50 GiB. */
const CACHE_BYTES_MAX = 10 * 1024 * 1024 * 1024
/** What nobody wanted for so long, nobody wants. */
const UNUSED_MS_MAX = 30 * 24 * 60 * 60 * 1000
/** Looking at every blob takes a while; once for a tenth of what may be kept is often enough. */
const GROWTHS = 10

export interface BlobCache {
  readonly dir: string
  path(sha256: string): string
  has(sha256: string): boolean
  /** Whether the blob was new here. */
  keep(sha256: string, bytes: Uint8Array): boolean
  keepCopy(sha256: string, file: string): boolean
  /** What arrives, when it is the blob it should be; false when it is not. */
  receive(sha256: string, body: Readable, bytesMax: number): Promise<boolean>
  /** A blob of moderate size; undefined when it is missing or damaged. */
  read(sha256: string): Buffer | undefined
  /** Writes the blob to a new file; false, and no file, when the blob is missing or damaged. */
  copy(sha256: string, target: string, mode: number): Promise<boolean>
  /** Now and then drops what was unused for longest. */
  pruneIfGrown(): void
}

export function openBlobCache(dir: string, bytesMax = CACHE_BYTES_MAX): BlobCache {
  const arriving = join(dir, 'arriving')
  rmSync(arriving, { recursive: true, force: true })
  mkdirSync(arriving, { recursive: true, mode: 0o700 })
  // Nobody knows what was there before, so the first look is not put off.
  let grown = bytesMax
  /** Nobody removes these. */
  const made = new Set<string>()
  const path = (sha256: string) => join(dir, sha256.slice(0, 2), sha256)
  const has = (sha256: string) => existsSync(path(sha256))
  /** Readers see a whole blob or none: it is renamed into place. */
  const place = (sha256: string, write: (draft: string) => void) => {
    if (has(sha256)) return false
    const draft = join(arriving, randomUUID())
    write(draft)
    grown += statSync(draft).size
    const folder = dirname(path(sha256))
    if (!made.has(folder)) mkdirSync(folder, { recursive: true })
    made.add(folder)
    renameSync(draft, path(sha256))
    return true
  }
  return {
    dir,
    path,
    has,
    keep: (sha256, bytes) => place(sha256, (draft) => writeFileSync(draft, bytes, { mode: 0o600 })),
    keepCopy: (sha256, file) =>
      place(sha256, (draft) => copyFileSync(file, draft, constants.COPYFILE_FICLONE)),
    async receive(sha256, body, bytesMax) {
      const draft = join(arriving, randomUUID())
      try {
        if ((await writeHashed(body, draft, 0o600, bytesMax)) !== sha256) return false
        place(sha256, (target) => renameSync(draft, target))
        return true
      } finally {
        rmSync(draft, { force: true })
      }
    },
    read(sha256) {
      try {
        const bytes = readFileSync(path(sha256))
        if (hash('sha256', bytes, 'hex') === sha256) return touched(path(sha256), bytes)
      } catch {
        // Not here, or gone a moment ago.
      }
      rmSync(path(sha256), { force: true })
      return undefined
    },
    async copy(sha256, target, mode) {
      if (!has(sha256)) return false
      const copied = await writeHashed(createReadStream(path(sha256)), target, mode)
      if (copied === sha256) return touched(path(sha256), true)
      rmSync(target)
      rmSync(path(sha256), { force: true })
      return false
    },
    pruneIfGrown() {
      if (grown * GROWTHS < bytesMax) return
      grown = 0
      prune(dir, bytesMax)
    },
  }
}

/** Pruning goes by when a blob was last of use. */
function touched<T>(path: string, value: T): T {
  const now = Date.now() / 1000
  utimesSync(path, now, now)
  return value
}

/** The sha256 of all that was written; fails when there is more than `bytesMax`. */
async function writeHashed(
  from: Readable,
  target: string,
  mode: number,
  bytesMax = Infinity,
): Promise<string> {
  const sum = createHash('sha256')
  let size = 0
  await pipeline(
    from,
    async function* (chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        size += chunk.length
        if (size > bytesMax) throw new RangeError(`more than ${bytesMax} bytes`)
        sum.update(chunk)
        yield chunk
      }
    },
    createWriteStream(target, { mode, flags: 'wx' }),
  )
  return sum.digest('hex')
}

function prune(dir: string, bytesMax: number): void {
  const blobs = readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => {
      const path = join(entry.parentPath, entry.name)
      const { size = 0, mtimeMs = 0 } = statSync(path, { throwIfNoEntry: false }) ?? {}
      return { path, size, mtimeMs }
    })
    .toSorted((a, b) => b.mtimeMs - a.mtimeMs)
  const oldest = Date.now() - UNUSED_MS_MAX
  let kept = 0
  for (const blob of blobs) {
    kept += blob.size
    if (kept > bytesMax || blob.mtimeMs < oldest) rmSync(blob.path, { force: true })
  }
}
