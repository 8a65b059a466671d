/**
 * The Merkle tree of RFC 6962: how an entry and a pair become a hash, and what proves that an entry
 * is in a tree or that one tree continues another. A proof is worth what its reader checks, so the
 * checking half uses nothing of the making half.
 */
import { hash } from 'node:crypto'

export const HASH_BYTES = 32
/** A tree of 2^52 entries has no deeper path; what is longer is no proof. */
export const PROOF_HASHES_MAX = 63

const sha256 = (bytes: Uint8Array): Buffer => hash('sha256', bytes, 'buffer')

/** The root of a tree without entries. */
export const EMPTY_ROOT: Buffer = sha256(Buffer.alloc(0))

// Hashed thousands of times a batch: one buffer for all, since nothing keeps it.
const leaf = Buffer.alloc(1 + 65_535)

export function leafHash(entry: Uint8Array): Buffer {
  if (entry.length >= leaf.length) return sha256(Buffer.concat([Buffer.from([0]), entry]))
  leaf.set(entry, 1)
  return sha256(leaf.subarray(0, entry.length + 1))
}

const pair = Buffer.alloc(1 + 2 * HASH_BYTES)
pair[0] = 1

export function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  pair.set(left, 1)
  pair.set(right, 1 + HASH_BYTES)
  return sha256(pair)
}

/** The root over leaf hashes. */
export function rootOf(leaves: readonly Buffer[]): Buffer {
  return hashOfRange([0, leaves.length], (height, index) => {
    const width = 2 ** height
    const part = leaves.slice(index * width, (index + 1) * width)
    return part.length === 1 ? (part[0] ?? EMPTY_ROOT) : halves(part)
  })
}

function halves(leaves: readonly Buffer[]): Buffer {
  let row = leaves
  while (row.length > 1)
    row = Array.from({ length: row.length / 2 }, (_, i) =>
      nodeHash(row[2 * i] ?? EMPTY_ROOT, row[2 * i + 1] ?? EMPTY_ROOT),
    )
  return row[0] ?? EMPTY_ROOT
}

/** Entries from the first up to the second, which is not among them. */
export type Range = readonly [from: number, to: number]
/** The hash over a whole subtree: 2^height entries, the index-th of that height. */
export type Subtree = (height: number, index: number) => Buffer

/** The largest power of two below `n`, which is at least 2. */
function split(n: number): number {
  let k = 1
  while (k * 2 < n) k *= 2
  return k
}

/** The whole subtrees that a range is made of, from left to right. */
export function subtreesOf([from, to]: Range): (readonly [height: number, index: number])[] {
  if (to <= from) return []
  const n = to - from
  const height = Math.log2(n)
  if (Number.isInteger(height) && from % n === 0) return [[height, from / n]]
  const k = split(n)
  return [...subtreesOf([from, from + k]), ...subtreesOf([from + k, to])]
}

export function hashOfRange(range: Range, subtree: Subtree): Buffer {
  const parts = subtreesOf(range).map(([height, index]) => subtree(height, index))
  return (
    parts.reduceRight<Buffer | undefined>(
      (right, left) => (right === undefined ? left : nodeHash(left, right)),
      undefined,
    ) ?? EMPTY_ROOT
  )
}

/** What an inclusion proof is the hashes of, from the entry's neighbour up. */
export function inclusionRanges(index: number, size: number): Range[] {
  const ranges: Range[] = []
  let [from, to] = [0, size]
  while (to - from > 1) {
    const middle = from + split(to - from)
    if (index < middle) {
      ranges.push([middle, to])
      to = middle
    } else {
      ranges.push([from, middle])
      from = middle
    }
  }
  return ranges.reverse()
}

/** What a proof is the hashes of that the tree of `size` continues that of `old`. */
export function consistencyRanges(old: number, size: number): Range[] {
  if (old <= 0 || old >= size) return []
  const ranges: Range[] = []
  let [from, to] = [0, size]
  while (old !== to) {
    const middle = from + split(to - from)
    if (old <= middle) {
      ranges.push([middle, to])
      to = middle
    } else {
      ranges.push([from, middle])
      from = middle
    }
  }
  // Whole: the reader knows it already, since it is the old root.
  if (from > 0) ranges.push([from, to])
  return ranges.reverse()
}

export const inclusionProof = (index: number, size: number, subtree: Subtree): Buffer[] =>
  inclusionRanges(index, size).map((range) => hashOfRange(range, subtree))

export const consistencyProof = (old: number, size: number, subtree: Subtree): Buffer[] =>
  consistencyRanges(old, size).map((range) => hashOfRange(range, subtree))

export interface Tree {
  readonly size: number
  readonly root: Buffer
}

/** RFC 9162, 2.1.3.2. */
export function isIncluded(
  leaf: Buffer,
  index: number,
  proof: readonly Buffer[],
  { size, root }: Tree,
): boolean {
  if (!Number.isSafeInteger(index) || index < 0 || index >= size) return false
  let [fn, sn, r] = [index, size - 1, leaf]
  for (const p of proof) {
    if (sn === 0 || p.length !== HASH_BYTES) return false
    if (fn % 2 === 1 || fn === sn) {
      r = nodeHash(p, r)
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [half(fn), half(sn)]
    } else r = nodeHash(r, p)
    ;[fn, sn] = [half(fn), half(sn)]
  }
  return sn === 0 && r.equals(root)
}

/** RFC 9162, 2.1.4.2. */
export function isConsistent(old: Tree, proof: readonly Buffer[], now: Tree): boolean {
  if (old.size > now.size || old.size < 0) return false
  if (old.size === now.size) return proof.length === 0 && old.root.equals(now.root)
  if (old.size === 0) return proof.length === 0 && old.root.equals(EMPTY_ROOT)
  const isWhole = Number.isInteger(Math.log2(old.size))
  const [first, ...rest] = isWhole ? [old.root, ...proof] : proof
  if (first === undefined || proof.some(({ length }) => length !== HASH_BYTES)) return false
  let [fn, sn] = [old.size - 1, now.size - 1]
  while (fn % 2 === 1) [fn, sn] = [half(fn), half(sn)]
  let [fr, sr] = [first, first]
  for (const c of rest) {
    if (sn === 0) return false
    if (fn % 2 === 1 || fn === sn) {
      fr = nodeHash(c, fr)
      sr = nodeHash(c, sr)
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [half(fn), half(sn)]
    } else sr = nodeHash(sr, c)
    ;[fn, sn] = [half(fn), half(sn)]
  }
  return sn === 0 && fr.equals(old.root) && sr.equals(now.root)
}

// Shifts end at 2^31; trees do not.
const half = (n: number) => Math.floor(n / 2)
