/**
 * The output of one process on disk, bounded. The process writes to the file itself (a pipe would
 * break with the agent), so the bound is kept by looking: what is over is cut, the end is kept.
 * Lines written during the cut are lost, which is the price of needing no process in between.
 */
import {
  closeSync,
  fstatSync,
  openSync,
  readSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { appendFileSync, rmSync } from 'node:fs'

/** A megabyte is some ten thousand lines: enough to read what led to a crash. */
export const OUTPUT_BYTES_MAX = 1_048_576
/** Kept in the file beside when the bound is reached. */
export const OUTPUT_BYTES_KEPT = 262_144
/** What a status carries. */
export const TAIL_BYTES_MAX = 4096

export interface Output {
  readonly path: string
  /** Cuts the file when it outgrew its bound; cheap otherwise. */
  bound(): void
  /** The last whole lines, at most 4 KiB. */
  tail(): string
  /** A line of the agent's own, for a process that could not speak. */
  note(line: string): void
  remove(): void
}

export function openOutput(path: string): Output {
  const previous = `${path}.1`
  return {
    path,
    bound() {
      if (sizeOf(path) <= OUTPUT_BYTES_MAX) return
      writeFileSync(previous, lastBytes(path, OUTPUT_BYTES_KEPT), { mode: 0o600 })
      truncateSync(path, 0)
    },
    tail() {
      const now = lastBytes(path, TAIL_BYTES_MAX)
      const before = lastBytes(previous, TAIL_BYTES_MAX - now.length)
      return wholeLines(Buffer.concat([before, now]))
    },
    note(line) {
      try {
        appendFileSync(path, `signalbox: ${line}\n`, { mode: 0o600 })
      } catch {
        // A full disk: the note is lost, the instance is not.
      }
    },
    remove() {
      rmSync(path, { force: true })
      rmSync(previous, { force: true })
    },
  }
}

/** A cut in the middle of a line, or of a character, is no line. */
function wholeLines(bytes: Buffer): string {
  const newline = bytes.indexOf(10)
  // One endless line has no other beginning than where it was cut.
  const isCut = bytes.length === TAIL_BYTES_MAX && newline >= 0 && newline < bytes.length - 1
  const cut = isCut ? newline + 1 : 0
  return bytes.subarray(cut).toString('utf8').slice(-TAIL_BYTES_MAX)
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}

function lastBytes(path: string, bytesMax: number): Buffer {
  if (bytesMax <= 0 || sizeOf(path) === 0) return Buffer.alloc(0)
  const file = openSync(path, 'r')
  try {
    const { size } = fstatSync(file)
    const bytes = Buffer.alloc(Math.min(size, bytesMax))
    const read = readSync(file, bytes, 0, bytes.length, size - bytes.length)
    return bytes.subarray(0, read)
  } finally {
    closeSync(file)
  }
}
