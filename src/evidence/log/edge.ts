/**
 * Appending to the tree: from its right edge, at most 255 hashes a level, and new entries come the
 * tiles that are full now, the new edge and the new root. Nothing else of the tree is needed.
 */
import { EMPTY_ROOT, hashOfRange, leafHash, rootOf, type Tree } from './merkle.ts'
import { TILE_WIDTH, type TileName, hashesIn, tilePath, widthOf, writeBundle } from './tiles.ts'

export interface Edge {
  readonly size: number
  /** A level each: the hashes of its partial tile, one after another. */
  readonly levels: readonly Buffer[]
  /** The partial bundle, as it is served. */
  readonly entries: Buffer
}

export const EMPTY_EDGE: Edge = { size: 0, levels: [], entries: Buffer.alloc(0) }

export interface Full {
  readonly path: string
  readonly bytes: Buffer
}

export interface Appended {
  readonly edge: Edge
  readonly root: Buffer
  readonly full: readonly Full[]
}

export function append(edge: Edge, entries: readonly Buffer[]): Appended {
  const levels = edge.levels.map((level) => [...hashesIn(level)])
  const full: Full[] = []
  const keep = (name: Omit<TileName, 'width'>, bytes: Buffer) =>
    void full.push({ path: tilePath({ ...name, width: TILE_WIDTH }), bytes })
  let size = edge.size
  let bundle: Buffer[] = [edge.entries]
  const add = (level: number, hash: Buffer): void => {
    const row = (levels[level] ??= [])
    row.push(hash)
    if (row.length < TILE_WIDTH) return
    levels[level] = []
    keep({ level, index: widthOf(level + 1, size) - 1 }, Buffer.concat(row))
    add(level + 1, rootOf(row))
  }
  for (const entry of entries) {
    size++
    bundle.push(writeBundle([entry]))
    if (size % TILE_WIDTH === 0) {
      keep({ level: 'entries', index: size / TILE_WIDTH - 1 }, Buffer.concat(bundle))
      bundle = []
    }
    add(0, leafHash(entry))
  }
  const next = {
    size,
    levels: levels.map((level) => Buffer.concat(level)),
    entries: Buffer.concat(bundle),
  }
  return { edge: next, root: treeOf(next).root, full }
}

/** The root, from the edge alone. */
export function treeOf({ size, levels }: Edge): Tree {
  if (size === 0) return { size, root: EMPTY_ROOT }
  const rows = levels.map(hashesIn)
  const root = hashOfRange([0, size], (height, index) => {
    const level = Math.floor(height / 8)
    const count = 2 ** (height % 8)
    const from = (index * count) % TILE_WIDTH
    return rootOf((rows[level] ?? []).slice(from, from + count))
  })
  return { size, root }
}
