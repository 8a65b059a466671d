import assert from 'node:assert/strict'
import { createPrivateKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { test } from 'node:test'
import { readCheckpoint, checkpointText, readProof, writeProof } from './checkpoint.ts'
import { EMPTY_ROOT } from './merkle.ts'
import {
  keyOf,
  rawPublicKey,
  readNote,
  readVkey,
  SIGNATURE_TYPE,
  type SignatureType,
  signed,
  type VerifierKey,
  verifiedBy,
  writeNote,
  writeVkey,
} from './note.ts'

// From the documentation of Go's golang.org/x/mod/sumdb/note.
const GO_VKEY = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW'
const GO_NOTE =
  'If you think cryptography is the answer to your problem,\n' +
  "then you don't know what your problem is.\n\n" +
  '— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1' +
  'FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n'
/** Its private key, by the same page: the last 32 bytes are the seed. */
const GO_SEED = Buffer.from('AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz', 'base64').subarray(1)

const read = <T extends object>(answer: T | { readonly why: string }): T => {
  if ('why' in answer) throw new Error(answer.why)
  return answer
}
const signer = (key: KeyObject) => (message: Buffer) => sign(null, message, key)

test('the note of Go’s documentation is verified, and written the same', () => {
  const key = read(readVkey(GO_VKEY))
  assert.equal(writeVkey(key), GO_VKEY)
  const note = read(readNote(GO_NOTE))
  assert.deepEqual(verifiedBy(note, [key]), [{ key, seconds: undefined }])
  assert.equal(writeNote(note), GO_NOTE)
  const head = Buffer.from('302e020100300506032b657004220420', 'hex')
  const seed = createPrivateKey({
    key: Buffer.concat([head, GO_SEED]),
    format: 'der',
    type: 'pkcs8',
  })
  const ours = signed(key, signer(seed), { text: note.text, seconds: 0 })
  assert.equal(writeNote({ text: note.text, signatures: [ours] }), GO_NOTE)
  const changed = { ...note, text: note.text.replace('problem', 'trouble') }
  assert.deepEqual(verifiedBy(changed, [key]), { false: key })
})

const pairs: readonly (readonly [SignatureType, () => { privateKey: KeyObject }])[] = [
  [SIGNATURE_TYPE.ed25519, () => generateKeyPairSync('ed25519')],
  [SIGNATURE_TYPE.cosignature, () => generateKeyPairSync('ed25519')],
  [SIGNATURE_TYPE.mlDsa44, () => generateKeyPairSync('ml-dsa-44')],
]

test('keys of every kind sign a checkpoint, and travel as text', () => {
  const text = checkpointText({ origin: 'log.example', size: 3, root: EMPTY_ROOT })
  for (const [type, make] of pairs) {
    const { privateKey } = make()
    const key = keyOf('signer.example/1', type, rawPublicKey(privateKey))
    assert.deepEqual(readVkey(writeVkey(key)), key)
    const line = signed(key, signer(privateKey), { text, seconds: 1_700_000_000 })
    const note = read(readNote(writeNote({ text, signatures: [line] })))
    const seconds = type === SIGNATURE_TYPE.ed25519 ? undefined : 1_700_000_000
    assert.deepEqual(verifiedBy(note, [key]), [{ key, seconds }])
    const other = checkpointText({ origin: 'log.example', size: 4, root: EMPTY_ROOT })
    assert.deepEqual(verifiedBy({ ...note, text: other }, [key]), { false: key })
    const later = Buffer.from(line.bytes)
    later.writeUInt8((later.at(7) ?? 0) ^ 1, 7)
    assert.deepEqual(verifiedBy({ text, signatures: [{ ...line, bytes: later }] }, [key]), {
      false: key,
    })
  }
})

test('lines of strangers are passed over, and of two lines of one key the first counts', () => {
  const note = read(readNote(GO_NOTE))
  const key = read(readVkey(GO_VKEY))
  const stranger = { name: 'stranger.example', id: '00000000', bytes: Buffer.alloc(64) }
  assert.deepEqual(verifiedBy({ ...note, signatures: [stranger, ...note.signatures] }, [key]), [
    { key, seconds: undefined },
  ])
  assert.deepEqual(verifiedBy({ ...note, signatures: [stranger] }, [key]), [])
})

test('what is no note, no key and no checkpoint says why', () => {
  const why = (answer: object) => ('why' in answer ? answer.why : undefined)
  assert.match(String(why(readNote('text'))), /no signatures/)
  assert.match(String(why(readNote('te\txt\n\n— a AAAAAAAA\n'))), /control/)
  assert.match(String(why(readNote('text\n\n- a AAAAAAAA\n'))), /malformed/)
  assert.match(String(why(readNote('text\n\n— a AAAA\n'))), /malformed/)
  assert.match(String(why(readNote(`t\n\n${'— a AAAAAAAA\n'.repeat(65)}`))), /64/)
  assert.match(String(why(readVkey('a'))), /a key is/)
  assert.match(String(why(readVkey(GO_VKEY.replace('c74f20a3', 'c74f20a4')))), /its bytes are of/)
  assert.match(String(why(readVkey(`a+c74f20a3+${Buffer.from([9]).toString('base64')}`))), /kind/)
  assert.match(String(why(readCheckpoint('a\n01\nb\n\n— a AAAAAAAA\n'))), /origin/)
})

test('a proof is read back as it was written', () => {
  const key: VerifierKey = read(readVkey(GO_VKEY))
  const text = checkpointText({ origin: 'log.example', size: 9, root: EMPTY_ROOT })
  const line = { name: key.name, id: key.id, bytes: Buffer.alloc(64) }
  const written = writeProof(4, [EMPTY_ROOT, EMPTY_ROOT], writeNote({ text, signatures: [line] }))
  const proof = read(readProof(written))
  assert.equal(proof.index, 4)
  assert.deepEqual(proof.hashes, [EMPTY_ROOT, EMPTY_ROOT])
  assert.equal(proof.checkpoint.size, 9)
  assert.ok('why' in readProof(written.replace('index 4', 'index 04')))
  assert.ok('why' in readProof(written.replace('tlog-proof@v1', 'tlog-proof@v2')))
})
