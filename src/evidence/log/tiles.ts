/**
 * The tree as files, by C2SP's tlog-tiles: 256 hashes a tile, 256 entries a bundle, each at a path
 * that says what it is. A full tile never changes, so any cache or bucket can hold it.
 */
import { EMPTY_ROOT, HASH_BYTES, nodeHash, type Range, subtreesOf, type Subtree } from './merkle.ts'

/** Of a tile in hashes, of a bundle in entries. */
export const TILE_WIDTH = 256
const TILE_HEIGHT = 8
/** An entry's length is written in two bytes. */
export const ENTRY_BYTES_MAX = 65_535
/** 256^6 entries are more than a JavaScript number counts. */
const LEVELS_MAX = 6

export interface TileName {
  readonly level: number | 'entries'
  readonly index: number
  /** Below 256: partial. */
  readonly width: number
}

export function tilePath({ level, index, width }: TileName): string {
  let number = String(index % 1000).padStart(3, '0')
  for (let rest = Math.floor(index / 1000); rest > 0; rest = Math.floor(rest / 1000))
    number = `x${String(rest % 1000).padStart(3, '0')}/${number}`
  return `tile/${level}/${number}${width < TILE_WIDTH ? `.p/${width}` : ''}`
}

const PATH = /^tile\/(entries|0|[1-9]\d?)\/((?:x\d{3}\/){0,4}\d{3})(?:\.p\/([1-9]\d{0,2}))?$/

/** Undefined: no tile is called so. Each has one name: `x000/001` is none. */
export function parseTilePath(path: string): TileName | undefined {
  const [, level = '', number = '', width = '256'] = PATH.exec(path) ?? []
  if (level === '' || Number(width) > TILE_WIDTH) return undefined
  const name = {
    level: level === 'entries' ? ('entries' as const) : Number(level),
    index: Number(number.replaceAll(/[x/]/g, '')),
    width: Number(width),
  }
  return tilePath(name) === path ? name : undefined
}

/** How many hashes a level holds in a tree of that size. */
export const widthOf = (level: number, size: number): number =>
  Math.floor(size / TILE_WIDTH ** level)

/** The tile with that hash in it, as a tree of `size` has it. */
export function tileHolding(level: number, position: number, size: number): TileName {
  const index = Math.floor(position / TILE_WIDTH)
  return {
    level,
    index,
    width: Math.min(TILE_WIDTH, widthOf(level, size) - index * TILE_WIDTH),
  }
}

/** The bundle with that entry in it. */
export const bundleHolding = (index: number, size: number): TileName => ({
  ...tileHolding(0, index, size),
  level: 'entries',
})

/** Every tile of hashes from which those of the ranges can be made. */
export function tilesFor(ranges: readonly Range[], size: number): TileName[] {
  const needed = new Map<string, TileName>()
  for (const [height, index] of ranges.flatMap(subtreesOf)) {
    const [level, count] = levelOf(height)
    const tile = tileHolding(level, index * count, size)
    needed.set(tilePath(tile), tile)
  }
  return [...needed.values()]
}

/** Subtrees from tiles, which `read` answers by the names that `tilesFor` gave. */
export function subtreesIn(read: (tile: TileName) => Buffer, size: number): Subtree {
  return (height, index) => {
    const [level, count] = levelOf(height)
    const tile = tileHolding(level, index * count, size)
    const from = (index * count) % TILE_WIDTH
    let row = hashesIn(read(tile)).slice(from, from + count)
    while (row.length > 1)
      row = Array.from({ length: row.length / 2 }, (_, i) =>
        nodeHash(row[2 * i] ?? EMPTY_ROOT, row[2 * i + 1] ?? EMPTY_ROOT),
      )
    return row[0] ?? EMPTY_ROOT
  }
}

/** A subtree of any height is so many hashes, side by side, of the level below it. */
const levelOf = (height: number): [level: number, count: number] => [
  Math.floor(height / TILE_HEIGHT),
  2 ** (height % TILE_HEIGHT),
]

export function hashesIn(tile: Buffer): Buffer[] {
  return Array.from({ length: Math.floor(tile.length / HASH_BYTES) }, (_, i) =>
    tile.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES),
  )
}

/** The part of a tile that a smaller tree had of it. */
export const cutTile = (tile: Buffer, width: number): Buffer => tile.subarray(0, width * HASH_BYTES)

export function writeBundle(entries: readonly Uint8Array[]): Buffer {
  const bytes = Buffer.allocUnsafe(entries.reduce((sum, { length }) => sum + 2 + length, 0))
  let at = 0
  for (const entry of entries) {
    at = bytes.writeUInt16BE(entry.length, at)
    bytes.set(entry, at)
    at += entry.length
  }
  return bytes
}

/** Undefined: it ends in the middle of an entry. */
export function entriesIn(bundle: Buffer): Buffer[] | undefined {
  const entries: Buffer[] = []
  for (let at = 0; at < bundle.length;) {
    if (at + 2 > bundle.length) return undefined
    const end = at + 2 + bundle.readUInt16BE(at)
    if (end > bundle.length) return undefined
    entries.push(bundle.subarray(at + 2, end))
    at = end
  }
  return entries
}

/** One of them; the others are stepped over. Undefined: there are fewer, or it is cut. */
export function entryIn(bundle: Buffer, n: number): Buffer | undefined {
  let at = 0
  for (let before = 0; before < n && at + 2 <= bundle.length; before++)
    at += 2 + bundle.readUInt16BE(at)
  if (at + 2 > bundle.length) return undefined
  const end = at + 2 + bundle.readUInt16BE(at)
  return end > bundle.length ? undefined : bundle.subarray(at + 2, end)
}

/** All tiles of hashes of a tree, level by level. */
export function* tilesOf(size: number): Generator<TileName> {
  for (let level = 0; level <= LEVELS_MAX && widthOf(level, size) > 0; level++)
    for (let at = 0; at < widthOf(level, size); at += TILE_WIDTH) yield tileHolding(level, at, size)
}
