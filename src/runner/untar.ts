/**
 * Reads a tar stream into a folder. Written here, beside the writer, for two reasons: every path is
 * checked before anything is made, and starting a tar for each job costs more than most sources
 * do. Knows what git archive, GNU tar and bsdtar write for files, folders and symlinks; refuses
 * the rest.
 */
import { closeSync, openSync, symlinkSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { Fault } from '#kernel/fault.ts'
import { isPlainPath } from '../pipelines/protocol/outputs.ts'
import { makeFolder, makeTurns, placeFor } from './files.ts'

const BLOCK_BYTES = 512
/** A pax header holds a path or two. */
const HEADER_BYTES_MAX = 64 * 1024
/** A checkout larger than this belongs into a registry. */
const SOURCE_BYTES_MAX = 4 * 1024 * 1024 * 1024

/**
 * Throws Fault `runner.source-unreadable` for what is no tar, ends early, or would write elsewhere;
 * and what the stream fails with.
 */
export async function unpackTar(stream: Readable, root: string): Promise<void> {
  const source = makeSource(stream)
  const folders = new Set([root])
  let named: { path?: string; link?: string } = {}
  for (;;) {
    const header = await source.take(BLOCK_BYTES)
    if (header.every((byte) => byte === 0)) break
    const entry = readHeader(header)
    switch (entry.type) {
      case 'x':
        named = { ...named, ...readPax(await source.take(entry.sizeBytes)) }
        continue
      case 'L':
        named.path = untilNul(await source.take(entry.sizeBytes))
        continue
      case 'K':
        named.link = untilNul(await source.take(entry.sizeBytes))
        continue
      case 'g':
        // git's note of the commit.
        await source.take(entry.sizeBytes)
        continue
    }
    const path = plain(named.path ?? entry.path)
    if (path !== '')
      await make({ ...entry, path, link: named.link ?? entry.link }, source, root, folders)
    named = {}
  }
  await source.drain()
}

interface Header {
  readonly type: string
  readonly path: string
  readonly link: string
  readonly mode: number
  readonly sizeBytes: number
}

async function make(
  entry: Header,
  source: ReturnType<typeof makeSource>,
  root: string,
  folders: Set<string>,
): Promise<void> {
  const { type, path, link, mode, sizeBytes } = entry
  if (type === '5') {
    makeFolder(join(root, path), folders)
    return
  }
  if (type === '2') {
    symlinkSync(link, placeFor(root, path, folders))
    return
  }
  if (type !== '0' && type !== '\0') throw unreadable(`${path} is of the unknown kind '${type}'`)
  const fd = openSync(placeFor(root, path, folders), 'wx', (mode & 0o100) === 0 ? 0o644 : 0o755)
  try {
    await source.each(sizeBytes, (bytes) => writeAll(fd, bytes))
  } finally {
    closeSync(fd)
  }
}

function writeAll(fd: number, bytes: Buffer): void {
  for (let done = 0; done < bytes.length;) done += writeSync(fd, bytes, done)
}

function readHeader(block: Buffer): Header {
  const field = (at: number, length: number) => untilNul(block.subarray(at, at + length))
  const octal = (at: number, length: number) => {
    const text = field(at, length).trim()
    if (!/^[0-7]*$/.test(text)) throw unreadable('it is no tar archive')
    return Number.parseInt(text || '0', 8)
  }
  const sum = block.reduce((total, byte, i) => total + (i >= 148 && i < 156 ? 32 : byte), 0)
  if (octal(148, 8) !== sum) throw unreadable('it is no tar archive')
  const prefix = field(257, 5) === 'ustar' && block[262] === 0 ? field(345, 155) : ''
  const name = field(0, 100)
  return {
    type: String.fromCharCode(block[156] ?? 0),
    path: prefix === '' ? name : `${prefix}/${name}`,
    link: field(157, 100),
    mode: octal(100, 8),
    sizeBytes: octal(124, 12),
  }
}

/** Records of `<length> <key>=<value>\n`, where the length counts the whole record. */
function readPax(bytes: Buffer): { path?: string; link?: string } {
  const named: { path?: string; link?: string } = {}
  for (let at = 0; at < bytes.length;) {
    const space = bytes.indexOf(' ', at)
    const length = Number(bytes.toString('ascii', at, space))
    if (space < 0 || !(length > space - at)) throw unreadable('an extended header is broken')
    const record = bytes.toString('utf8', space + 1, at + length - 1)
    const [key = ''] = record.split('=', 1)
    if (key === 'path') named.path = record.slice(key.length + 1)
    if (key === 'linkpath') named.link = record.slice(key.length + 1)
    at += length
  }
  return named
}

function untilNul(bytes: Buffer): string {
  const end = bytes.indexOf(0)
  return bytes.toString('utf8', 0, end < 0 ? bytes.length : end)
}

/** Without the `./` in front and the `/` behind; empty for the root itself. */
function plain(path: string): string {
  const bare = path.replace(/^(\.\/)+/, '').replace(/\/+$/, '')
  if (bare === '' || bare === '.') return ''
  if (!isPlainPath(bare)) throw unreadable(`the path '${path.slice(0, 200)}' leads out of it`)
  return bare
}

/** Bytes in the measures that tar asks for, from a stream that cuts them anywhere. */
function makeSource(stream: Readable) {
  const chunks = (stream as AsyncIterable<Buffer>)[Symbol.asyncIterator]()
  const takeTurns = makeTurns()
  let rest: Buffer = Buffer.alloc(0)
  let readBytes = 0
  const each = async (sizeBytes: number, act: (bytes: Buffer) => void) => {
    await takeTurns()
    for (let left = sizeBytes + padding(sizeBytes), wanted = sizeBytes; left > 0;) {
      if (rest.length === 0) {
        const next = await chunks.next()
        if (next.done === true) throw unreadable('it ends early')
        rest = next.value
        readBytes += rest.length
        if (readBytes > SOURCE_BYTES_MAX) throw unreadable(`it exceeds ${SOURCE_BYTES_MAX} bytes`)
      }
      const piece = rest.subarray(0, left)
      rest = rest.subarray(piece.length)
      left -= piece.length
      if (wanted > 0) act(piece.subarray(0, wanted))
      wanted -= piece.length
    }
  }
  const take = async (sizeBytes: number) => {
    if (sizeBytes > HEADER_BYTES_MAX) throw unreadable('an extended header is too large')
    const pieces: Buffer[] = []
    await each(sizeBytes, (bytes) => pieces.push(bytes))
    return Buffer.concat(pieces)
  }
  return {
    each,
    take,
    /** What follows the end is padding; the stream wants to be read all the same. */
    async drain() {
      while ((await chunks.next()).done !== true);
    },
  }
}

function padding(sizeBytes: number): number {
  return (BLOCK_BYTES - (sizeBytes % BLOCK_BYTES)) % BLOCK_BYTES
}

function unreadable(why: string): Fault {
  return new Fault('runner.source-unreadable', `The source cannot be unpacked: ${why}.`, {
    remedy: 'See what the repository holds at this commit.',
    retry: false,
  })
}
