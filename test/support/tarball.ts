/** Makes tar archives byte by byte, honest and hostile ones alike. */
import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'

export interface TarItem {
  readonly path: string
  readonly body?: string | Buffer
  /** The header's letter: `0` file, `1` hard link, `2` symbolic link, `5` directory, `x` pax. */
  readonly type?: string
  readonly target?: string
  readonly mode?: number
  /** What the header claims, when it lies. */
  readonly size?: number
}

export function tar(items: readonly TarItem[]): Buffer {
  return Buffer.concat([...items.map(entry), Buffer.alloc(1024)])
}

/** `27 path=…\n`, its own length included. */
export function pax(records: Readonly<Record<string, string>>): TarItem {
  const lines = Object.entries(records).map(([key, value]) => {
    const rest = Buffer.byteLength(` ${key}=${value}\n`)
    const digits = String(rest + String(rest).length).length
    return `${rest + digits} ${key}=${value}\n`
  })
  return { path: 'pax', type: 'x', body: lines.join('') }
}

/** A tar.gz in the folder, with the digest it is known by. */
export function packArtifact(dir: string, items: readonly TarItem[] | Buffer) {
  const bytes = Buffer.isBuffer(items) ? items : gzipSync(tar(items))
  const hex = createHash('sha256').update(bytes).digest('hex')
  const path = join(dir, `${hex}.tar.gz`)
  writeFileSync(path, bytes)
  return { digest: `sha256:${hex}`, path }
}

function entry({ path, body = '', type = '0', target = '', mode = 0o644, size }: TarItem): Buffer {
  const bytes = Buffer.from(body)
  const header = Buffer.alloc(512)
  header.write(path, 0, 100)
  header.write(mode.toString(8).padStart(7, '0'), 100)
  header.write((size ?? bytes.length).toString(8).padStart(11, '0'), 124)
  header.write(type, 156)
  header.write(target, 157, 100)
  header.write('ustar\u000000', 257)
  header.fill(' ', 148, 156)
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return Buffer.concat([header, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)])
}
