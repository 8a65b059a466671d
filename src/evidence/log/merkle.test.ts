import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  consistencyProof,
  EMPTY_ROOT,
  inclusionProof,
  isConsistent,
  isIncluded,
  leafHash,
  nodeHash,
  rootOf,
  type Subtree,
} from './merkle.ts'

// The inputs and roots of the Certificate Transparency project's reference tests
// (github.com/google/certificate-transparency, merkle_tree_test.cc), which Go's and sigstore's
// libraries test against as well.
const INPUTS = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
].map((hex) => Buffer.from(hex, 'hex'))
const ROOTS = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
]

/** As RFC 6962 defines it, word for word: slow, and nothing of ours. */
function naiveRoot(leaves: readonly Buffer[]): Buffer {
  if (leaves.length === 0) return EMPTY_ROOT
  if (leaves.length === 1) return leaves[0] ?? EMPTY_ROOT
  let k = 1
  while (k * 2 < leaves.length) k *= 2
  return nodeHash(naiveRoot(leaves.slice(0, k)), naiveRoot(leaves.slice(k)))
}

const leaves = (n: number) => Array.from({ length: n }, (_, i) => leafHash(Buffer.from(`e${i}`)))
const subtree =
  (of: readonly Buffer[]): Subtree =>
  (height, index) =>
    naiveRoot(of.slice(index * 2 ** height, (index + 1) * 2 ** height))
const treeOf = (of: readonly Buffer[]) => ({ size: of.length, root: naiveRoot(of) })

test('the roots are those of the reference vectors', () => {
  for (const [n, root] of ROOTS.entries())
    assert.equal(rootOf(INPUTS.slice(0, n).map(leafHash)).toString('hex'), root)
})

const place = fc
  .integer({ min: 1, max: 600 })
  .chain((size) => fc.tuple(fc.constant(size), fc.integer({ min: 0, max: size - 1 })))

test('every entry of a tree is proven to be in it, and no other entry or place is', () => {
  fc.assert(
    fc.property(place, ([size, index]) => {
      const all = leaves(size)
      const tree = treeOf(all)
      const leaf = all[index] ?? EMPTY_ROOT
      const proof = inclusionProof(index, size, subtree(all))
      assert.ok(isIncluded(leaf, index, proof, tree))
      assert.ok(!isIncluded(leafHash(Buffer.from('other')), index, proof, tree))
      if (size > 1) assert.ok(!isIncluded(leaf, (index + 1) % size, proof, tree))
      for (const i of proof.keys()) {
        const forged = proof.map((hash, j) => (i === j ? leafHash(hash) : hash))
        assert.ok(!isIncluded(leaf, index, forged, tree))
      }
      assert.ok(!isIncluded(leaf, index, [...proof, EMPTY_ROOT], tree))
    }),
    { numRuns: 60 },
  )
})

test('a tree is proven to continue an earlier one, and no rewritten tree is', () => {
  fc.assert(
    fc.property(place, ([size, old]) => {
      const all = leaves(size)
      const before = treeOf(all.slice(0, old))
      const proof = consistencyProof(old, size, subtree(all))
      assert.ok(isConsistent(before, proof, treeOf(all)))
      if (old === 0) return
      const rewritten = all.map((leaf, i) => (i === old - 1 ? leafHash(leaf) : leaf))
      const forged = consistencyProof(old, size, subtree(rewritten))
      assert.ok(!isConsistent(before, forged, treeOf(rewritten)))
      assert.ok(!isConsistent(before, proof, treeOf(rewritten)))
      assert.ok(!isConsistent(treeOf(all), proof, before))
    }),
    { numRuns: 60 },
  )
})

// The library does not export it: it is asked where it lies.
const sigstore = createRequire(import.meta.resolve('@sigstore/verify'))
const { verifyMerkleInclusion } = sigstore('./tlog/merkle.js') as {
  verifyMerkleInclusion(
    entry: {
      readonly canonicalizedBody: Buffer
      readonly inclusionProof: { readonly logIndex: string; readonly hashes: readonly Buffer[] }
    },
    checkpoint: { readonly logSize: bigint; readonly logHash: Buffer },
  ): void
}

test('sigstore’s verifier accepts every proof of ours, and no forged one', () => {
  for (const size of [1, 2, 3, 7, 8, 9, 33, 255, 256, 257]) {
    const all = leaves(size)
    const checkpoint = { logSize: BigInt(size), logHash: naiveRoot(all) }
    for (let index = 0; index < size; index += Math.ceil(size / 20)) {
      const hashes = inclusionProof(index, size, subtree(all))
      const ask = (body: string) =>
        verifyMerkleInclusion(
          {
            canonicalizedBody: Buffer.from(body),
            inclusionProof: { logIndex: String(index), hashes },
          },
          checkpoint,
        )
      ask(`e${index}`)
      assert.throws(() => ask('forged'))
    }
  }
})
