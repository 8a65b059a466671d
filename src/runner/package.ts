/**
 * `uses: package`: the files of a service as one tar.gz that comes out the same, byte for byte,
 * whenever and wherever it is made from the same files. So a digest can be checked by building
 * again, and a release that changes nothing is seen to change nothing.
 */
import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream, lstatSync } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { Fault } from '#kernel/fault.ts'
import { BLOB_BYTES_MAX } from '../pipelines/protocol.ts'
import type { Found } from './files.ts'
import { linkInside } from './store-files.ts'
import { TAR_END, type TarEntry, tarHeader, tarPadding } from './tar.ts'

/** Above 6 gzip takes twice the time for a percent. Part of the digest: keep it. */
const GZIP_LEVEL = 6

export interface Packed {
  readonly sha256: string
  readonly sizeBytes: number
}

/** Writes the archive to a new file. Throws Fault `runner.link-leaves`, `runner.file-changed`. */
export async function packFiles(
  root: string,
  found: readonly Found[],
  target: string,
  signal: AbortSignal,
): Promise<Packed> {
  const sum = createHash('sha256')
  let sizeBytes = 0
  await pipeline(
    () => archive(root, found),
    createGzip({ level: GZIP_LEVEL }),
    async function* (chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        sizeBytes += chunk.length
        if (sizeBytes > BLOB_BYTES_MAX) throw tooLarge()
        sum.update(chunk)
        yield chunk
      }
    },
    createWriteStream(target, { flags: 'wx' }),
    { signal },
  )
  return { sha256: sum.digest('hex'), sizeBytes }
}

async function* archive(root: string, found: readonly Found[]): AsyncGenerator<Buffer> {
  for (const { path, kind } of found) {
    if (kind === 'link') {
      const link = linkInside(root, '', path)
      yield tarHeader({ path, mode: 0o777, sizeBytes: 0, link })
      continue
    }
    const { size, mode } = lstatSync(join(root, path))
    const entry: TarEntry = { path, mode: (mode & 0o100) === 0 ? 0o644 : 0o755, sizeBytes: size }
    yield tarHeader(entry)
    yield* contentOf(join(root, path), size)
    yield tarPadding(size)
  }
  yield TAR_END
}

/** Exactly the bytes that the header promised. */
async function* contentOf(file: string, sizeBytes: number): AsyncGenerator<Buffer> {
  let left = sizeBytes
  for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
    left -= chunk.length
    if (left < 0) break
    yield chunk
  }
  if (left !== 0)
    throw new Fault('runner.file-changed', `${file} changed while it was read.`, {
      remedy: 'See what still writes to the workspace when the job has ended.',
      retry: false,
    })
}

function tooLarge(): Fault {
  return new Fault('blob.too-large', `The artifact is larger than ${BLOB_BYTES_MAX} bytes.`, {
    remedy: 'Include less: node_modules and build caches are the usual weight.',
    retry: false,
  })
}
