/**
 * The log inside a bundle: who signed its checkpoint, whether it continues the one before, whether
 * the tiles are that tree, and whether the entries of the range are in it without a gap.
 */
import { isDecimal, readCheckpoint, readHashes, type SignedCheckpoint } from '../log/checkpoint.ts'
import { type Header, readHeader } from '../log/entry.ts'
import { hashOfRange, isConsistent, leafHash, rootOf, subtreesOf } from '../log/merkle.ts'
import { readVkey, type VerifierKey, verifiedBy } from '../log/note.ts'
import { isQuorum, readPolicy } from '../log/policy.ts'
import {
  bundleHolding,
  entriesIn,
  hashesIn,
  subtreesIn,
  TILE_WIDTH,
  type TileName,
  tileHolding,
  tilePath,
} from '../log/tiles.ts'
import { type BundleFiles, type Manifest, PLACES } from './layout.ts'

export interface Problem {
  readonly where: string
  readonly why: string
}

export interface Trust {
  /** From somewhere else than the bundle; left out: what the bundle brings is believed. */
  readonly vkeys?: readonly string[] | undefined
  readonly policy?: string | undefined
  /** Certificates of timestamp authorities, as PEM. */
  readonly tsa?: string | undefined
}

export interface VerifiedLog {
  readonly checkpoint: SignedCheckpoint | undefined
  readonly keys: readonly VerifierKey[]
  readonly witnesses: readonly string[]
  /** By index, those of the range. */
  readonly headers: ReadonlyMap<number, Header>
  readonly entries: ReadonlyMap<number, Buffer>
  readonly problems: readonly Problem[]
}

export function verifyLog(files: BundleFiles, manifest: Manifest, trust: Trust): VerifiedLog {
  const problems: Problem[] = []
  const say = (where: string, why: string) => void problems.push({ where, why })
  const nothing = { checkpoint: undefined, keys: [], witnesses: [], problems }
  const none = { ...nothing, headers: new Map(), entries: new Map() }
  const keys = keysOf(files, trust, say)
  const checkpoint = signedBy(files, PLACES.checkpoint, keys, say)
  if (checkpoint === undefined) return none
  if (checkpoint.origin !== manifest.origin || checkpoint.size !== manifest.size)
    say(PLACES.manifest, `It speaks of another log than ${PLACES.checkpoint}.`)
  const witnesses = cosignedBy(files, checkpoint, trust, say)
  if (files.read(PLACES.previous) !== undefined) {
    const before = signedBy(files, PLACES.previous, keys, say)
    if (before !== undefined) continues(files, { before, now: checkpoint }, PLACES.consistency, say)
  }
  const read = readerOf(files, say)
  const tree = hashOfRange([0, checkpoint.size], subtreesIn(read, checkpoint.size))
  if (!tree.equals(checkpoint.root)) say('log/tile', 'The tiles are of another tree than signed.')
  const entries = entriesOf(read, files, checkpoint.size, manifest.range, say)
  const headers = new Map<number, Header>()
  for (const [index, entry] of entries) {
    const header = readHeader(entry)
    if (header === undefined) say(`entry ${index}`, 'It is no entry of a Signalbox log.')
    else headers.set(index, header)
  }
  return { checkpoint, keys, witnesses, headers, entries, problems }
}

export type Say = (where: string, why: string) => void

function keysOf(files: BundleFiles, trust: Trust, say: Say): VerifierKey[] {
  const lines = trust.vkeys ?? files.read(PLACES.logKeys)?.toString().trim().split('\n') ?? []
  return lines.flatMap((line) => {
    const key = readVkey(line.trim())
    if (!('why' in key)) return [key]
    say(PLACES.logKeys, `${key.why}.`)
    return []
  })
}

export function signedBy(
  files: BundleFiles,
  path: string,
  keys: readonly VerifierKey[],
  say: Say,
): SignedCheckpoint | undefined {
  const no = (why: string): undefined => {
    say(path, why)
    return undefined
  }
  const text = files.read(path)
  if (text === undefined) return no('It is missing.')
  const checkpoint = readCheckpoint(text.toString())
  if ('why' in checkpoint) return no(`${checkpoint.why}.`)
  const by = verifiedBy(checkpoint.note, keys)
  const isSigned = !('false' in by) && by.some(({ key }) => key.name === checkpoint.origin)
  return isSigned ? checkpoint : no('No key of this log has signed it.')
}

function cosignedBy(
  files: BundleFiles,
  checkpoint: SignedCheckpoint,
  trust: Trust,
  say: Say,
): readonly string[] {
  const text = trust.policy ?? files.read(PLACES.policy)?.toString()
  if (text === undefined) return []
  const policy = readPolicy(text)
  if ('why' in policy) {
    say(PLACES.policy, `${policy.why}.`)
    return []
  }
  const by = verifiedBy(
    checkpoint.note,
    policy.witnesses.map(({ key }) => key),
  )
  if ('false' in by) {
    say(PLACES.checkpoint, `The signature of witness ${by.false.name} does not hold.`)
    return []
  }
  const ids = new Set(by.map(({ key }) => key.id))
  const names = policy.witnesses.filter(({ key }) => ids.has(key.id)).map(({ name }) => name)
  if (!isQuorum(policy.quorum, new Set(names)))
    say(PLACES.checkpoint, 'Too few witnesses cosigned it: the log may have been rewritten.')
  return names
}

/** Whether one tree continues the other, by the proof that lies there. */
export function continues(
  files: BundleFiles,
  { before, now }: { readonly before: SignedCheckpoint; readonly now: SignedCheckpoint },
  place: string,
  say: Say,
): void {
  const lines = files.read(place)?.toString().trim().split('\n') ?? []
  const old = /^old (\d+)$/.exec(lines[0] ?? '')?.[1] ?? ''
  const proof = readHashes(lines.slice(1))
  if (!isDecimal(old) || Number(old) !== before.size || proof === undefined)
    say(place, 'It is no proof from the checkpoint before.')
  else if (!isConsistent(before, proof, now))
    say(place, 'The log does not continue the checkpoint before: it was rewritten.')
}

type Read = (tile: TileName) => Buffer

function readerOf(files: BundleFiles, say: Say): Read {
  const read = new Map<string, Buffer>()
  return (name) => {
    const path = `log/${tilePath(name)}`
    const known = read.get(path)
    if (known !== undefined) return known
    const bytes = files.read(path)
    if (bytes?.length !== name.width * 32) say(path, bytes ? 'It is cut.' : 'It is missing.')
    const tile = bytes?.length === name.width * 32 ? bytes : Buffer.alloc(name.width * 32)
    read.set(path, tile)
    return tile
  }
}

function entriesOf(
  read: Read,
  files: BundleFiles,
  size: number,
  { from, to }: Manifest['range'],
  say: Say,
): Map<number, Buffer> {
  const found = new Map<number, Buffer>()
  if (to > size || from > to) say(PLACES.manifest, 'Its range is not in its log.')
  for (
    let at = Math.floor(from / TILE_WIDTH) * TILE_WIDTH;
    at < Math.min(to, size);
    at += TILE_WIDTH
  ) {
    const name = bundleHolding(at, size)
    const path = `log/${tilePath(name)}`
    const bytes = files.read(path)
    const entries = bytes && entriesIn(bytes)
    if (entries?.length !== name.width) {
      say(path, bytes === undefined ? 'It is missing.' : 'It is cut.')
      continue
    }
    const tile = tileHolding(0, at, size)
    const hashes = hashesIn(read(tile))
    if (!isInTree(read, tile, size)) say(path, 'Its tile is not in the tree that was signed.')
    for (const [i, entry] of entries.entries())
      if (hashes[i]?.equals(leafHash(entry)) === true) found.set(at + i, entry)
      else say(`entry ${at + i}`, 'It is not the entry that was sealed there.')
  }
  return found
}

/** Full tiles hash into the one above; partial ones are compared with the root by themselves. */
function isInTree(read: Read, tile: TileName, size: number): boolean {
  let [name, level] = [tile, 0]
  while (name.width === TILE_WIDTH) {
    const above = tileHolding(++level, name.index, size)
    const hash = hashesIn(read(above))[name.index % TILE_WIDTH]
    if (hash?.equals(rootOf(hashesIn(read(name)))) !== true) return false
    name = above
  }
  return true
}

/** Tiles that a bundle needs, so that its root and its range can be checked: their names. */
export function tilesOfBundle(size: number, { from, to }: Manifest['range']): TileName[] {
  const needed = new Map<string, TileName>()
  const add = (name: TileName) => void needed.set(tilePath(name), name)
  for (const [height, index] of subtreesOf([0, size])) {
    const level = Math.floor(height / 8)
    add(tileHolding(level, index * 2 ** (height % 8), size))
  }
  for (let at = Math.floor(from / TILE_WIDTH) * TILE_WIDTH; at < to; at += TILE_WIDTH) {
    add(bundleHolding(at, size))
    let name = tileHolding(0, at, size)
    add(name)
    for (let level = 1; name.width === TILE_WIDTH; level++) {
      name = tileHolding(level, name.index, size)
      add(name)
    }
  }
  return [...needed.values()]
}
