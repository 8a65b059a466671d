/** Files as one tar (POSIX ustar): what every machine can unpack, and no library is needed for. */
export interface TarFile {
  readonly path: string
  readonly bytes: Uint8Array<ArrayBuffer>
}

const BLOCK = 512
/** What ustar has room for: a name, and a folder before it. */
const [NAME_MAX, PREFIX_MAX] = [100, 155]
const encoder = new TextEncoder()

export function tarOf(folder: string, files: readonly TarFile[]): Blob {
  const parts = files.flatMap(({ path, bytes }) => [
    headerOf(`${folder}/${path}`, bytes.length),
    bytes,
    new Uint8Array((BLOCK - (bytes.length % BLOCK)) % BLOCK),
  ])
  return new Blob([...parts, new Uint8Array(2 * BLOCK)], { type: 'application/x-tar' })
}

export function headerOf(path: string, size: number): Uint8Array<ArrayBuffer> {
  const [prefix, name] = split(path)
  const header = new Uint8Array(BLOCK)
  const write = (at: number, text: string) => header.set(encoder.encode(text), at)
  write(0, name)
  write(100, '0000644\0')
  write(108, '0000000\0')
  write(116, '0000000\0')
  write(124, `${size.toString(8).padStart(11, '0')}\0`)
  write(136, '00000000000\0')
  write(156, '0')
  write(257, 'ustar\0')
  write(263, '00')
  write(345, prefix)
  // The sum is taken as if its own field were blanks.
  write(148, '        ')
  const sum = header.reduce((all, byte) => all + byte, 0)
  write(148, `${sum.toString(8).padStart(6, '0')}\0 `)
  return header
}

function split(path: string): readonly [prefix: string, name: string] {
  if (encoder.encode(path).length <= NAME_MAX) return ['', path]
  const at = path.lastIndexOf('/')
  const parts = [path.slice(0, at), path.slice(at + 1)] as const
  const isTooLong =
    encoder.encode(parts[0]).length > PREFIX_MAX || encoder.encode(parts[1]).length > NAME_MAX
  if (isTooLong) throw new Error(`${path} is too long for a tar`)
  return parts
}
