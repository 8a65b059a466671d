/**
 * Writes tar archives in which nothing varies: no times, owners or groups, one form for every entry
 * and paths in the caller's order. Written here because system tars differ in just these points.
 * POSIX ustar, with a pax header where a path does not fit or is not ASCII.
 */
const BLOCK_BYTES = 512
export const TAR_NAME_BYTES_MAX = 100

export interface TarEntry {
  readonly path: string
  readonly mode: number
  readonly sizeBytes: number
  /** Target, when the entry is a symlink. */
  readonly link?: string
}

/** Two empty blocks end an archive. */
export const TAR_END = Buffer.alloc(BLOCK_BYTES * 2)

/** The bytes before the content of an entry. */
export function tarHeader(entry: TarEntry): Buffer {
  const records: string[] = []
  if (!fits(entry.path)) records.push(paxRecord('path', entry.path))
  if (entry.link !== undefined && !fits(entry.link)) records.push(paxRecord('linkpath', entry.link))
  const header = tarBlock(entry, entry.link === undefined ? '0' : '2')
  if (records.length === 0) return header
  const pax = Buffer.from(records.join(''))
  const before = tarBlock({ path: 'pax', mode: 0o644, sizeBytes: pax.length }, 'x')
  return Buffer.concat([before, pax, tarPadding(pax.length), header])
}

/** The bytes after the content of an entry. */
export function tarPadding(sizeBytes: number): Buffer {
  return Buffer.alloc((BLOCK_BYTES - (sizeBytes % BLOCK_BYTES)) % BLOCK_BYTES)
}

function fits(text: string): boolean {
  return Buffer.byteLength(text) <= TAR_NAME_BYTES_MAX && /^[ -~]*$/.test(text)
}

/** `<length> <key>=<value>\n`, where the length counts its own digits. */
function paxRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`
  const bytes = Buffer.byteLength(rest)
  let length = bytes + String(bytes).length
  if (length !== bytes + String(length).length) length = bytes + String(length).length
  return `${length}${rest}`
}

/** POSIX, or what GNU wrote before it and every small tar reads. */
const MAGIC = { posix: 'ustar\x0000', gnu: 'ustar  \0' } as const

/** One header as it stands; `changedAt` in milliseconds. */
export function tarBlock(
  entry: TarEntry & { readonly changedAt?: number },
  type: '0' | '2' | '5' | 'x' | 'L' | 'K',
  magic: keyof typeof MAGIC = 'posix',
): Buffer {
  const header = Buffer.alloc(BLOCK_BYTES)
  const octal = (value: number, at: number, width: number) =>
    header.write(value.toString(8).padStart(width - 1, '0'), at, 'ascii')
  header.write(entry.path, 0, TAR_NAME_BYTES_MAX)
  octal(entry.mode, 100, 8)
  octal(0, 108, 8)
  octal(0, 116, 8)
  octal(entry.sizeBytes, 124, 12)
  octal(Math.max(0, Math.floor((entry.changedAt ?? 0) / 1000)), 136, 12)
  header.write('        ', 148)
  header.write(type, 156)
  if (entry.link !== undefined) header.write(entry.link, 157, TAR_NAME_BYTES_MAX)
  header.write(MAGIC[magic], 257)
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return header
}
