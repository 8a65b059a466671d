/**
 * The files of a job on their way into its pod, and back. They travel as archives over the API of
 * the cluster: a pod that has no account, no token and perhaps no network can do nothing but its
 * job. What comes back is what changed; what is gone there goes here too, so that no output has a
 * file that the job removed.
 */
import {
  closeSync,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  rmSync,
} from 'node:fs'
import { join, relative } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { Fault } from '#kernel/fault.ts'
import { makeTurns } from '../../files.ts'
import { TAR_END, TAR_NAME_BYTES_MAX, tarBlock, tarPadding } from '../../tar.ts'
import { unpackTar } from '../../untar.ts'
import type { Cluster } from './api.ts'
import { CONTAINER } from './job-manifest.ts'
import { bringBack, listAll, receive } from './pod-scripts.ts'

/** Of the field of a header: 11 octal digits. */
const FILE_BYTES_MAX = 8 ** 11 - 1
const CHUNK_BYTES = 256 * 1024
/** Names of some 200,000 files. */
const LIST_BYTES_MAX = 64 * 1024 * 1024

const TYPES = { file: '0', link: '2', folder: '5' } as const

export interface PodAt {
  readonly cluster: Cluster
  readonly pod: string
}
interface Entry {
  /** In the pod, without the `/` at its beginning. */
  readonly path: string
  readonly kind: 'file' | 'folder' | 'link'
  readonly mode: number
  readonly sizeBytes: number
  readonly changedAt: number
  readonly link?: string
  readonly content: string | Buffer
}

/** All of a folder, to the same place there, and some small files besides. */
export async function sendFiles(
  at: PodAt,
  folder: string,
  more: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<void> {
  const entries = [...(await entriesOf(folder)), ...Object.entries(more).map(smallFile)]
  const headers = entries.map(headerOf)
  const sizeBytes = entries.reduce(
    (sum, entry, i) => sum + (headers[i]?.length ?? 0) + padded(entry.sizeBytes),
    TAR_END.length,
  )
  const stdin = Readable.from(archive(entries, headers), { objectMode: false })
  const said: Buffer[] = []
  const exitCode = await at.cluster.exec({
    ...{ pod: at.pod, container: CONTAINER, argv: sh(receive(sizeBytes)), stdin, signal },
    onError: (piece) => void said.push(piece),
  })
  if (exitCode !== 0) throw notMoved('into', said)
}

/** Makes the folder here what it is there. */
export async function fetchFiles(at: PodAt, folder: string): Promise<void> {
  removeOthers(folder, await namesIn(at, folder))
  const stream = new PassThrough()
  const said: Buffer[] = []
  const exec = at.cluster.exec({
    ...{ pod: at.pod, container: CONTAINER, argv: sh(bringBack(folder)) },
    onOutput: (piece) => written(stream, piece),
    onError: (piece) => void said.push(piece),
  })
  const sent = exec.then(
    (exitCode) => {
      if (exitCode === 0) stream.end()
      else stream.destroy(notMoved('out of', said))
    },
    (error: unknown) => void stream.destroy(error instanceof Error ? error : undefined),
  )
  await Promise.all([unpackTar(stream, folder), sent])
}

export const sh = (script: string): string[] => ['/bin/sh', '-c', script]

function written(stream: PassThrough, piece: Buffer): void | Promise<void> {
  if (stream.destroyed || stream.write(Buffer.from(piece))) return
  return new Promise((resolve) => {
    stream.once('drain', resolve)
    stream.once('close', resolve)
  })
}

async function namesIn(at: PodAt, folder: string): Promise<ReadonlySet<string>> {
  const pieces: Buffer[] = []
  let sizeBytes = 0
  const exitCode = await at.cluster.exec({
    ...{ pod: at.pod, container: CONTAINER, argv: sh(listAll(folder)) },
    onOutput(piece) {
      sizeBytes += piece.length
      if (sizeBytes <= LIST_BYTES_MAX) pieces.push(Buffer.from(piece))
    },
  })
  if (exitCode !== 0) throw notMoved('out of', [])
  if (sizeBytes > LIST_BYTES_MAX) throw notMoved('out of', [Buffer.from('too many files')])
  const names = Buffer.concat(pieces).toString('utf8').split('\0')
  return new Set(names.map((name) => name.replace(/^\.\//, '')))
}

function removeOthers(root: string, kept: ReadonlySet<string>): void {
  for (const path of filesBelow(root)) if (!kept.has(relative(root, path))) rmSync(path)
}

function* filesBelow(root: string): Generator<string> {
  const folders = [root]
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop())
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) folders.push(path)
      else yield path
    }
}

async function entriesOf(root: string): Promise<Entry[]> {
  const takeTurns = makeTurns()
  const entries: Entry[] = []
  const folders = [root]
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    await takeTurns()
    for (const { name } of readdirSync(folder, { withFileTypes: true })) {
      const file = join(folder, name)
      const facts = lstatSync(file)
      const about = { path: file.slice(1), mode: facts.mode & 0o777, changedAt: facts.mtimeMs }
      if (facts.isDirectory()) {
        folders.push(file)
        entries.push({ ...about, kind: 'folder', sizeBytes: 0, content: file })
      } else if (facts.isSymbolicLink()) {
        const link = readlinkSync(file)
        entries.push({ ...about, kind: 'link', sizeBytes: 0, link, content: file })
      } else if (facts.isFile())
        entries.push({ ...about, kind: 'file', sizeBytes: facts.size, content: file })
    }
  }
  return entries
}

function smallFile([path, text]: readonly [string, string]): Entry {
  const content = Buffer.from(text)
  const about = { mode: 0o600, changedAt: 0, sizeBytes: content.length }
  return { path: path.slice(1), kind: 'file', ...about, content }
}

async function* archive(
  entries: readonly Entry[],
  headers: readonly Buffer[],
): AsyncGenerator<Buffer> {
  const takeTurns = makeTurns()
  for (const [i, entry] of entries.entries()) {
    await takeTurns()
    yield headers[i] ?? Buffer.alloc(0)
    if (entry.kind !== 'file') continue
    if (typeof entry.content === 'string') yield* piecesOf(entry.content, entry.sizeBytes)
    else yield entry.content
    yield tarPadding(entry.sizeBytes)
  }
  yield TAR_END
}

/** As many bytes as were promised: a file that shrank meanwhile spoils the archive. */
function* piecesOf(file: string, sizeBytes: number): Generator<Buffer> {
  const fd = openSync(file, 'r')
  try {
    for (let done = 0; done < sizeBytes;) {
      const piece = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, sizeBytes - done))
      const read = readSync(fd, piece, 0, piece.length, done)
      if (read === 0) throw notMoved('into', [Buffer.from(`${file} changes under its eyes`)])
      done += read
      yield piece.subarray(0, read)
    }
  } finally {
    closeSync(fd)
  }
}

/** As GNU tar writes it: of what goes beyond the old form, busybox knows nothing else. */
function headerOf(entry: Entry): Buffer {
  const path = entry.kind === 'folder' ? `${entry.path}/` : entry.path
  if (entry.sizeBytes > FILE_BYTES_MAX)
    throw notMoved('into', [Buffer.from(`${path} is too large`)])
  return Buffer.concat([
    ...longName(path, 'L'),
    ...(entry.link === undefined ? [] : longName(entry.link, 'K')),
    tarBlock({ ...entry, path }, TYPES[entry.kind], 'gnu'),
  ])
}

function longName(name: string, type: 'L' | 'K'): Buffer[] {
  const bytes = Buffer.from(`${name}\0`)
  if (bytes.length <= TAR_NAME_BYTES_MAX) return []
  const about = { path: '././@LongLink', mode: 0o644, sizeBytes: bytes.length, changedAt: 0 }
  return [tarBlock(about, type, 'gnu'), bytes, tarPadding(bytes.length)]
}

const padded = (sizeBytes: number) => sizeBytes + tarPadding(sizeBytes).length

function notMoved(where: 'into' | 'out of', said: readonly Buffer[]): Fault {
  const why = Buffer.concat(said).toString('utf8').trim().slice(-500)
  return new Fault(
    'kubernetes.files-not-moved',
    `The files of the job cannot be moved ${where} its pod: ${why === '' ? 'no reason' : why}.`,
    { remedy: 'See whether its image has `tar`, `find`, `head` and `tail`, and room for them.' },
  )
}
