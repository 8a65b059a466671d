/**
 * Reads a tar stream entry by entry: ustar, pax and GNU long names, which is what tar, npm, git and
 * bsdtar write. Only files, directories and links come out; anything else in an artifact (a device,
 * a sparse file) is refused by name. What is done with the entries is unpack.ts's business.
 */
import { Fault } from '#kernel/fault.ts'

export interface TarEntry {
  readonly path: string
  readonly type: 'file' | 'directory' | 'symlink' | 'hardlink'
  readonly executable: boolean
  readonly size: number
  /** Where a link leads, as written. */
  readonly target: string
  /** The file's bytes; what is not read is skipped. */
  readonly body: AsyncIterable<Buffer>
}

const BLOCK = 512
/** Long names and pax records: PATH_MAX is 4096, a megabyte of them is an attack. */
const META_BYTES_MAX = 65_536
const TYPES: Readonly<Record<string, TarEntry['type']>> = {
  '\0': 'file',
  '0': 'file',
  '7': 'file',
  '1': 'hardlink',
  '2': 'symlink',
  '5': 'directory',
}

/** Throws Fault `target.artifact-unreadable`, or what the source throws. */
export async function* readTar(source: AsyncIterable<Buffer>): AsyncGenerator<TarEntry> {
  const bytes = new ByteReader(source)
  let about: Record<string, string> = {}
  for (let header = await bytes.take(BLOCK); !isEnd(header); header = await bytes.take(BLOCK)) {
    checkSum(header)
    const type = String.fromCharCode(header[156] ?? 0)
    const size = about['size'] === undefined ? number(header, 124, 12) : Number(about['size'])
    if (!Number.isSafeInteger(size) || size < 0) throw unreadable('an entry has no valid size')
    if ('xgLK'.includes(type)) {
      about = { ...about, ...(await readMeta(bytes, type, size)) }
      continue
    }
    const entry = entryOf(header, type, size, about)
    about = {}
    const rest = { left: entry.size }
    yield { ...entry, body: bytes.pass(rest) }
    await bytes.skip(rest.left + ((BLOCK - (entry.size % BLOCK)) % BLOCK))
  }
}

export function unreadable(why: string, cause?: unknown): Fault {
  return new Fault('target.artifact-unreadable', `The artifact cannot be unpacked: ${why}.`, {
    remedy: 'Package the release anew as a tar.gz of plain files and links inside its own folder.',
    retry: false,
    cause,
  })
}

function entryOf(header: Buffer, letter: string, size: number, about: Record<string, string>) {
  const prefix = header.toString('latin1', 257, 262) === 'ustar' ? text(header, 345, 155) : ''
  const short = text(header, 0, 100)
  const path = about['path'] ?? (prefix === '' ? short : `${prefix}/${short}`)
  // The oldest tars name a directory by its slash alone.
  const type = letter === '\0' && path.endsWith('/') ? 'directory' : TYPES[letter]
  if (!type) throw unreadable(`${path} is neither a file, a directory nor a link`)
  return {
    path,
    type,
    executable: (number(header, 100, 8) & 0o100) !== 0,
    size: type === 'file' ? size : 0,
    target: about['linkpath'] ?? text(header, 157, 100),
  }
}

/**
 * pax records of the next entry (`x`), GNU long name (`L`) and long link (`K`); `g` says nothing.
 */
async function readMeta(
  bytes: ByteReader,
  type: string,
  size: number,
): Promise<Record<string, string>> {
  if (size > META_BYTES_MAX) throw unreadable('a header is larger than 64 KiB')
  const padded = await bytes.take(size + ((BLOCK - (size % BLOCK)) % BLOCK))
  const body = padded.subarray(0, size)
  if (type === 'L') return { path: text(body, 0, size) }
  if (type === 'K') return { linkpath: text(body, 0, size) }
  return type === 'x' ? paxRecords(body) : {}
}

/** `27 path=some/where/else\n`, the length counting itself. */
function paxRecords(body: Buffer): Record<string, string> {
  const records: Record<string, string> = {}
  for (let at = 0; at < body.length;) {
    const blank = body.indexOf(32, at)
    const length = blank < 0 ? 0 : Number(body.toString('latin1', at, blank))
    const end = at + length
    if (!Number.isInteger(length) || end <= blank || end > body.length)
      throw unreadable('a pax header is malformed')
    const record = body.toString('utf8', blank + 1, end - 1)
    const equals = record.indexOf('=')
    const key = record.slice(0, equals)
    if (['path', 'linkpath', 'size'].includes(key)) records[key] = record.slice(equals + 1)
    at = end
  }
  return records
}

/** Two empty blocks end a tar; one is enough to know, and so is the end of the bytes. */
function isEnd(header: Buffer): boolean {
  return header.every((byte) => byte === 0)
}

function checkSum(header: Buffer): void {
  const sum = header.reduce((total, byte, i) => total + (i >= 148 && i < 156 ? 32 : byte), 0)
  if (sum !== number(header, 148, 8)) throw unreadable('it is not a tar archive')
}

function text(bytes: Buffer, start: number, length: number): string {
  const field = bytes.subarray(start, start + length)
  const end = field.indexOf(0)
  return field.toString('utf8', 0, end < 0 ? length : end)
}

/** Octal text, or big-endian bytes when the first bit is set. */
function number(bytes: Buffer, start: number, length: number): number {
  const field = bytes.subarray(start, start + length)
  if (((field[0] ?? 0) & 0x80) === 0)
    return Number.parseInt(text(bytes, start, length).trim() || '0', 8)
  return field.subarray(1).reduce((total, byte) => total * 256 + byte, (field[0] ?? 0) & 0x7f)
}

/** Exact reads over a stream of chunks, holding one chunk at a time. */
class ByteReader {
  readonly #source: AsyncIterator<Buffer>
  #held: Buffer = Buffer.alloc(0)

  constructor(source: AsyncIterable<Buffer>) {
    this.#source = source[Symbol.asyncIterator]()
  }

  /** Exactly so many bytes, or none at the end of the stream. */
  async take(length: number): Promise<Buffer> {
    const parts: Buffer[] = []
    let missing = length
    while (missing > 0) {
      const part = await this.#some(missing)
      if (!part) break
      parts.push(part)
      missing -= part.length
    }
    if (missing > 0 && missing < length) throw unreadable('it ends in the middle')
    return Buffer.concat(parts)
  }

  async *pass(rest: { left: number }): AsyncGenerator<Buffer> {
    while (rest.left > 0) {
      const part = await this.#some(rest.left)
      if (!part) throw unreadable('it ends in the middle')
      rest.left -= part.length
      yield part
    }
  }

  async skip(length: number): Promise<void> {
    const rest = { left: length }
    for await (const part of this.pass(rest)) void part
  }

  async #some(lengthMax: number): Promise<Buffer | undefined> {
    while (this.#held.length === 0) {
      const next = await this.#source.next()
      if (next.done) return undefined
      this.#held = next.value
    }
    const part = this.#held.subarray(0, lengthMax)
    this.#held = this.#held.subarray(lengthMax)
    return part
  }
}
