/**
 * What a runner does to every byte that a job prints: secrets out, to a file, and on to a server
 * that takes it at once. So the figure is the runner's own, not the network's.
 */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openJobLog } from '../../src/runner/job-log.ts'
import { makeMasker } from '../../src/runner/mask.ts'
import type { Figures } from '../figures.ts'

const CHUNK_BYTES = 64 * 1024
const STREAM_BYTES = 256 * 1024 * 1024
/** As many as a large service has. */
const SECRETS = 40
const KEY_LINES = 50

export async function logFigures(): Promise<Figures> {
  const secrets = Array.from({ length: SECRETS }, () => randomBytes(24).toString('base64'))
  const lines = Array.from({ length: KEY_LINES }, () => randomBytes(48).toString('base64'))
  const chunk = linesWith(secrets[3] ?? '')
  return {
    [`masking, ${SECRETS} secrets`]: perSecond(mask(chunk, secrets)),
    [`masking, a key of ${KEY_LINES} lines`]: perSecond(mask(chunk, [lines.join('\n')])),
    'log ingest, masked': { ...perSecond(await ingest(chunk, secrets)), goal: '>= 50' },
  }
}

const perSecond = (bytesPerMs: number) => ({ value: bytesPerMs / 1000, unit: 'MB/s' })

function mask(chunk: Buffer, secrets: readonly string[]): number {
  const masker = makeMasker(secrets)
  const startedAt = performance.now()
  for (let done = 0; done < STREAM_BYTES; done += chunk.length) masker.write(chunk)
  return STREAM_BYTES / (performance.now() - startedAt)
}

async function ingest(chunk: Buffer, secrets: readonly string[]): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-bench-'))
  const send = (offset: number, bytes: Uint8Array) => Promise.resolve(offset + bytes.length)
  const bytesMax = 2 * STREAM_BYTES
  const log = openJobLog(join(folder, 'log'), { send, bytesMax, secrets })
  try {
    const startedAt = performance.now()
    for (let done = 0; done < STREAM_BYTES; done += chunk.length) log.write(chunk)
    const { logBytes } = await log.finish()
    return logBytes / (performance.now() - startedAt)
  } finally {
    log.close()
    rmSync(folder, { recursive: true })
  }
}

/** What a build prints, with one secret in every chunk. */
function linesWith(secret: string): Buffer {
  const line = (i: number) =>
    `12:00:${i % 60} [info] compiled src/app/${randomBytes(6).toString('hex')}.ts in ${i} ms\n`
  const text = Array.from({ length: 2000 }, (_, i) => line(i)).join('')
  return Buffer.from(`token ${secret}\n${text}`).subarray(0, CHUNK_BYTES)
}
