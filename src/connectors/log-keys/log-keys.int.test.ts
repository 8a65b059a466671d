import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { chmod, mkdtemp, readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { checkpointText } from '#evidence/log/checkpoint.ts'
import { EMPTY_ROOT } from '#evidence/log/merkle.ts'
import { keyOf, signed, verifiedBy } from '#evidence/log/note.ts'
import { openLogKeys } from './log-keys.ts'

async function folderOf(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'signalbox-keys-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  return folder
}

test('keys and the name are made once, and kept', async (t) => {
  const folder = await folderOf(t)
  const made = await openLogKeys(folder, { mlDsa: false })
  const again = await openLogKeys(folder, { mlDsa: false })
  assert.match(made.origin, /^signalbox\/[0-9a-f]{12}$/)
  assert.equal(again.origin, made.origin)
  assert.deepEqual(again.signers[0]?.publicKey, made.signers[0]?.publicKey)
  assert.equal((await stat(join(folder, 'ed25519.pem'))).mode & 0o777, 0o600)
  await assert.rejects(openLogKeys(folder, { mlDsa: false, origin: 'other.example' }), {
    code: 'audit.other-origin',
  })
})

test('every key in the folder signs, the post-quantum one beside the other', async (t) => {
  const folder = await folderOf(t)
  const { signers, origin } = await openLogKeys(folder, { mlDsa: true, origin: 'log.example' })
  assert.deepEqual((await readdir(folder)).sort(), ['ed25519.pem', 'ml-dsa-44.pem', 'origin'])
  const text = checkpointText({ origin, size: 0, root: EMPTY_ROOT })
  const keys = signers.map(({ type, publicKey }) => keyOf(origin, type, publicKey))
  const signatures = signers.map((signer, i) => {
    const key = keys[i]
    assert.ok(key)
    return signed(key, signer.sign, { text, seconds: 5 })
  })
  const by = verifiedBy({ text, signatures }, keys)
  assert.ok(!('false' in by))
  assert.deepEqual(
    by.map(({ seconds }) => seconds),
    [undefined, 5],
  )
})

test('a key is rotated by one beside it, and then without the old one', async (t) => {
  const folder = await folderOf(t)
  const before = await openLogKeys(folder, { mlDsa: false })
  const { privateKey } = generateKeyPairSync('ed25519')
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' })
  await writeFile(join(folder, '2027.pem'), pem, { mode: 0o600 })
  const both = await openLogKeys(folder, { mlDsa: false })
  assert.equal(both.signers.length, 2)
  await rename(join(folder, 'ed25519.pem'), join(folder, 'retired'))
  const after = await openLogKeys(folder, { mlDsa: false })
  assert.equal(after.origin, before.origin)
  assert.equal(after.signers.length, 1)
  assert.notDeepEqual(after.signers[0]?.publicKey, before.signers[0]?.publicKey)
})

test('a key that others may read, or that is none, is refused', async (t) => {
  const folder = await folderOf(t)
  await openLogKeys(folder, { mlDsa: false })
  await chmod(join(folder, 'ed25519.pem'), 0o644)
  await assert.rejects(openLogKeys(folder, { mlDsa: false }), { code: 'key.exposed' })
  await writeFile(join(folder, 'ed25519.pem'), 'no key')
  await chmod(join(folder, 'ed25519.pem'), 0o600)
  await assert.rejects(openLogKeys(folder, { mlDsa: false }), { code: 'key.unreadable' })
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
  await writeFile(join(folder, 'ed25519.pem'), rsa.export({ type: 'pkcs8', format: 'pem' }))
  await assert.rejects(openLogKeys(folder, { mlDsa: false }), { code: 'key.unreadable' })
})
