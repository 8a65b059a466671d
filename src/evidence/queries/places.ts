/** Where many events stand in the log: one look at each bundle that holds one. */
import type { Database } from '#engine/sql.ts'
import { isAfter } from '#engine/store.ts'
import { TILE_WIDTH } from '../log/tiles.ts'
import { bundleStarts, sourcesOf } from './log-reads.ts'
import type { Head, Place } from './sealing.ts'

export type PlaceOf = (event: Place) => Promise<number | undefined>

const BUNDLES_MAX = 64

export async function placesIn(database: Database, head: Head): Promise<PlaceOf> {
  const starts = await bundleStarts(database, head)
  const first = head.size - head.sources.length
  const edge = new Map(head.sources.map(({ pos }, i) => [pos, first + i]))
  const read = new Map<number, Promise<ReadonlyMap<number, number>>>()
  const indexes = async (n: number) => {
    const { positions } = await sourcesOf(database, head, n)
    return new Map(positions.map((pos, i) => [pos, n * TILE_WIDTH + i]))
  }
  return async (event) => {
    const inEdge = edge.get(event.pos)
    if (inEdge !== undefined) return inEdge
    const n = lastBefore(starts, event)
    if (n === undefined) return undefined
    let known = read.get(n)
    if (known === undefined) {
      if (read.size >= BUNDLES_MAX) read.clear()
      known = indexes(n)
      read.set(n, known)
    }
    return (await known).get(event.pos)
  }
}

function lastBefore(
  starts: readonly (Place & { readonly n: number })[],
  event: Place,
): number | undefined {
  let [low, high] = [0, starts.length]
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    const start = starts[middle]
    if (start !== undefined && isAfter(start, event)) high = middle
    else low = middle + 1
  }
  return starts[low - 1]?.n
}
