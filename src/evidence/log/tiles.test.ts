import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { append, EMPTY_EDGE, treeOf } from './edge.ts'
import { consistencyRanges, hashOfRange, inclusionProof, inclusionRanges } from './merkle.ts'
import { isConsistent, isIncluded, leafHash, rootOf, consistencyProof } from './merkle.ts'
import {
  bundleHolding,
  cutTile,
  entriesIn,
  entryIn,
  parseTilePath,
  subtreesIn,
  type TileName,
  tileHolding,
  tilePath,
  tilesFor,
  tilesOf,
  writeBundle,
} from './tiles.ts'

const entry = (i: number) => Buffer.from(`entry ${i}`)

/** A log kept as its writer keeps it: full tiles by path, and the edge. */
function logOf(size: number, batches: readonly number[]) {
  const files = new Map<string, Buffer>()
  let edge = EMPTY_EDGE
  for (let at = 0, b = 0; at < size; b++) {
    const count = Math.min(size - at, batches[b % batches.length] ?? 1)
    const done = append(
      edge,
      Array.from({ length: count }, (_, i) => entry(at + i)),
    )
    for (const { path, bytes } of done.full) {
      assert.ok(!files.has(path), `${path} was written twice`)
      files.set(path, bytes)
    }
    edge = done.edge
    at += count
  }
  const read = (name: TileName): Buffer => {
    const full = files.get(tilePath({ ...name, width: 256 }))
    if (name.level === 'entries') return full ?? edge.entries
    return cutTile(full ?? edge.levels[name.level] ?? Buffer.alloc(0), name.width)
  }
  return { files, edge, read }
}

test('paths are those of the specification, and each tile has one', () => {
  const of = (index: number, width = 256) => tilePath({ level: 0, index, width })
  assert.equal(of(1_234_067), 'tile/0/x001/x234/067')
  assert.equal(of(0, 17), 'tile/0/000.p/17')
  assert.equal(tilePath({ level: 'entries', index: 1000, width: 1 }), 'tile/entries/x001/000.p/1')
  for (const wrong of [
    'tile/0/x000/001',
    'tile/0/1',
    'tile/00/001',
    'tile/0/001.p/0',
    'tile/0/001.p/256',
    'tile/0/001.p/300',
    'tile/-1/001',
    'tile/0/../001',
    'tile/data/001',
  ])
    assert.equal(parseTilePath(wrong), undefined, wrong)
  const name = fc.record({
    level: fc.oneof(fc.integer({ min: 0, max: 63 }), fc.constant('entries' as const)),
    index: fc.integer({ min: 0, max: 999_999_999_999 }),
    width: fc.integer({ min: 1, max: 256 }),
  })
  fc.assert(
    fc.property(name, (each) => assert.deepEqual(parseTilePath(tilePath(each)), { ...each })),
  )
})

test('a tree of 70,000 has the tiles that the specification counts', () => {
  const counted: Record<string, number> = {}
  for (const { level, width } of tilesOf(70_000)) {
    const of = `${level}${width === 256 ? '' : ` of ${width}`}`
    counted[of] = (counted[of] ?? 0) + 1
  }
  assert.deepEqual(counted, { 0: 273, '0 of 112': 1, 1: 1, '1 of 17': 1, '2 of 1': 1 })
})

test('however a log grew, its tiles, root and proofs are the same', () => {
  const grown = fc.tuple(
    fc.integer({ min: 1, max: 1_500 }),
    fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 5 }),
  )
  fc.assert(
    fc.property(grown, fc.nat(), fc.nat(), ([size, batches], a, b) => {
      const { edge, read } = logOf(size, batches)
      const leaves = Array.from({ length: size }, (_, i) => leafHash(entry(i)))
      const tree = treeOf(edge)
      assert.deepEqual(tree, { size, root: rootOf(leaves) })
      const subtree = subtreesIn(read, size)
      assert.deepEqual(hashOfRange([0, size], subtree), tree.root)
      const index = a % size
      assert.ok(
        isIncluded(leafHash(entry(index)), index, inclusionProof(index, size, subtree), tree),
      )
      const old = b % size
      const before = { size: old, root: rootOf(leaves.slice(0, old)) }
      assert.ok(isConsistent(before, consistencyProof(old, size, subtree), tree))
      const bundle = entriesIn(read(bundleHolding(index, size)))
      assert.deepEqual(bundle?.[index % 256], entry(index))
      const needed = tilesFor(
        [...inclusionRanges(index, size), ...consistencyRanges(old, size)],
        size,
      )
      for (const each of needed)
        assert.deepEqual(tileHolding(Number(each.level), each.index * 256, size), each)
    }),
    { numRuns: 40 },
  )
})

test('a tree across levels: 65,536 entries and some more', () => {
  const size = 66_000
  const { edge, read, files } = logOf(size, [20_000, 7])
  const leaves = Array.from({ length: size }, (_, i) => leafHash(entry(i)))
  assert.deepEqual(treeOf(edge), { size, root: rootOf(leaves) })
  assert.deepEqual(hashOfRange([0, size], subtreesIn(read, size)), rootOf(leaves))
  assert.ok(files.has('tile/1/000'))
})

test('bundles are read back entry by entry, and a cut one is refused', () => {
  const bytes = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 20 })
  fc.assert(
    fc.property(bytes, (entries) => {
      const bundle = writeBundle(entries)
      assert.deepEqual(entriesIn(bundle), entries.map(Buffer.from))
      for (let n = 0; n <= entries.length; n++)
        assert.deepEqual(entryIn(bundle, n), entriesIn(bundle)?.[n])
      assert.equal(entryIn(bundle.subarray(0, -1), entries.length - 1), undefined)
      if (bundle.length > 0)
        assert.equal(entriesIn(Buffer.concat([bundle, Buffer.alloc(1)])), undefined)
    }),
  )
})
