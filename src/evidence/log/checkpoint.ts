/**
 * A checkpoint (C2SP tlog-checkpoint): whose log, how many entries, which root; a signed note. And
 * the proof that an entry is in it, which stands beside it in one file (tlog-proof).
 */
import { HASH_BYTES, isIncluded, leafHash, PROOF_HASHES_MAX, type Tree } from './merkle.ts'
import { base64, type Note, readNote } from './note.ts'

export interface Checkpoint extends Tree {
  readonly origin: string
}

export interface SignedCheckpoint extends Checkpoint {
  readonly note: Note
}

export const checkpointText = ({ origin, size, root }: Checkpoint): string =>
  `${origin}\n${size}\n${root.toString('base64')}\n`

/** Nothing in it is verified yet. */
export function readCheckpoint(text: string): SignedCheckpoint | { readonly why: string } {
  const note = readNote(text)
  if ('why' in note) return note
  const [origin = '', size = '', encoded = ''] = note.text.split('\n')
  const root = base64(encoded)
  if (origin === '' || !isDecimal(size) || root?.length !== HASH_BYTES)
    return { why: 'a checkpoint is an origin, a size and a root, a line each' }
  return { origin, size: Number(size), root, note }
}

export const isDecimal = (text: string): boolean =>
  /^(0|[1-9]\d{0,15})$/.test(text) && Number.isSafeInteger(Number(text))

export function readHashes(lines: readonly string[]): Buffer[] | undefined {
  if (lines.length > PROOF_HASHES_MAX) return undefined
  const hashes = lines.map(base64).filter((each) => each?.length === HASH_BYTES)
  return hashes.length === lines.length ? (hashes as Buffer[]) : undefined
}

export const writeHashes = (hashes: readonly Buffer[]): string =>
  hashes.map((each) => `${each.toString('base64')}\n`).join('')

const PROOF_HEAD = 'c2sp.org/tlog-proof@v1'

export function writeProof(index: number, proof: readonly Buffer[], checkpoint: string): string {
  return `${PROOF_HEAD}\nindex ${index}\n${writeHashes(proof)}\n${checkpoint}`
}

export interface Proof {
  readonly index: number
  readonly hashes: readonly Buffer[]
  readonly checkpoint: SignedCheckpoint
}

export function readProof(text: string): Proof | { readonly why: string } {
  const end = text.indexOf('\n\n')
  const [head, ...rest] = text.slice(0, Math.max(end, 0)).split('\n')
  if (head !== PROOF_HEAD) return { why: `it does not begin with ${PROOF_HEAD}` }
  const [place = '', ...lines] = rest[0]?.startsWith('extra ') === true ? rest.slice(1) : rest
  const index = /^index (\d+)$/.exec(place)?.[1] ?? ''
  const hashes = readHashes(lines)
  if (!isDecimal(index) || hashes === undefined) return { why: 'its index or hashes are malformed' }
  const checkpoint = readCheckpoint(text.slice(end + 2))
  return 'why' in checkpoint ? checkpoint : { index: Number(index), hashes, checkpoint }
}

/** Whether the tree of its checkpoint holds the entry; whose checkpoint it is, nobody asks here. */
export function proves({ index, hashes, checkpoint }: Proof, entry: Uint8Array): boolean {
  return isIncluded(leafHash(entry), index, hashes, checkpoint)
}
