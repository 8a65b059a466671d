/**
 * Where lines begin: `<job>.<attempt>.lines` beside the bytes of a log. Entry k says how many line
 * ends the first k+1 blocks hold, so any line is found by bisection and a look into one block,
 * however long the log and however long its lines; an index by every thousandth line would leave a
 * hundred megabytes between two entries of a log that prints few. An entry follows from the log's
 * bytes alone: two processes that write it write the same, and one that is lost is counted again.
 */
import type { FileHandle } from 'node:fs/promises'

/** Some thousand lines as programs print them; a log of 128 MiB has an index of 16 KiB. */
export const BLOCK_BYTES = 64 * 1024
const ENTRY_BYTES = 8
const COUNT_BYTES = 1024 * 1024
const NEWLINE = 10

/** Line ends counted so far, and how far that is. */
export interface Counted {
  readonly bytes: number
  readonly lineEnds: number
}

/** Line ends in the first blocks, by the index; a doubtful entry and what follows are left out. */
export async function entriesOf(index: FileHandle, size: number): Promise<Float64Array> {
  const wanted = Math.floor(size / BLOCK_BYTES)
  const { buffer, bytesRead } = await index.read(Buffer.alloc(wanted * ENTRY_BYTES), 0, null, 0)
  const count = Math.min(wanted, Math.floor(bytesRead / ENTRY_BYTES))
  const entries = new Float64Array(count)
  let before = 0
  for (let k = 0; k < count; k++) {
    // One is added, since a disk that lost power may give back zeros.
    const entry = buffer.readDoubleLE(k * ENTRY_BYTES) - 1
    const isSound = Number.isSafeInteger(entry) && entry >= before && entry - before <= BLOCK_BYTES
    if (!isSound) return entries.slice(0, k)
    entries[k] = before = entry
  }
  return entries
}

/** Counts on over bytes that follow, and says which entries they complete. */
export function countOn(
  from: Counted,
  bytes: Uint8Array,
): { readonly counted: Counted; readonly entries: readonly number[] } {
  const entries: number[] = []
  let lineEnds = from.lineEnds
  for (let at = 0; at < bytes.length;) {
    const toBlockEnd = BLOCK_BYTES - ((from.bytes + at) % BLOCK_BYTES)
    const end = Math.min(bytes.length, at + toBlockEnd)
    lineEnds += lineEndsIn(bytes, at, end)
    if (end === at + toBlockEnd) entries.push(lineEnds)
    at = end
  }
  return { counted: { bytes: from.bytes + bytes.length, lineEnds }, entries }
}

/** A plain loop: its time does not depend on how long lines are, as that of a search would. */
export function lineEndsIn(bytes: Uint8Array, from: number, to: number): number {
  let count = 0
  for (let i = from; i < to; i++) if (bytes[i] === NEWLINE) count++
  return count
}

/** Brings the index up to the size of the log. Bytes are read but those that are handed in. */
export async function indexUpTo(
  files: { readonly log: FileHandle; readonly index: FileHandle },
  known: Counted | undefined,
  size: number,
): Promise<Counted> {
  let counted = known
  if (counted === undefined || counted.bytes > size) {
    const entries = await entriesOf(files.index, size)
    counted = { bytes: entries.length * BLOCK_BYTES, lineEnds: entries.at(-1) ?? 0 }
  }
  const chunk = Buffer.alloc(Math.min(COUNT_BYTES, size - counted.bytes))
  while (counted.bytes < size) {
    const length = Math.min(chunk.length, size - counted.bytes)
    const { bytesRead } = await files.log.read(chunk, 0, length, counted.bytes)
    if (bytesRead === 0) break
    counted = await addTo(files.index, counted, chunk.subarray(0, bytesRead))
  }
  return counted
}

/** Counts bytes that were just written. */
export async function addTo(index: FileHandle, from: Counted, bytes: Uint8Array): Promise<Counted> {
  const { counted, entries } = countOn(from, bytes)
  if (entries.length === 0) return counted
  const data = Buffer.alloc(entries.length * ENTRY_BYTES)
  for (const [k, entry] of entries.entries()) data.writeDoubleLE(entry + 1, k * ENTRY_BYTES)
  const first = Math.floor(from.bytes / BLOCK_BYTES)
  await index.write(data, 0, data.length, first * ENTRY_BYTES)
  return counted
}

/** The last block that may hold the start of this line, by the entries: its number. */
export function blockOf(entries: Float64Array, line: number): number {
  let [low, high] = [0, entries.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    // Line n begins after n line ends: the block whose entry first reaches n holds that end.
    if ((entries[middle] ?? 0) >= line) high = middle
    else low = middle + 1
  }
  return low
}
