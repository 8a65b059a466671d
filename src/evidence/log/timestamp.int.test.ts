import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { timestampAuthority } from '../../../test/support/timestamp-authority.ts'
import { TAG, writeDer } from './der.ts'
import { readReply, writeRequest } from './timestamp.ts'
import { certificatesIn, verifyTimestamp } from './timestamp-trust.ts'

const skip = spawnSync('openssl', ['version']).status === 0 ? false : 'openssl is not installed'
const DATA = Buffer.from('log.example\n7\n…\n')
const NONCE = Buffer.from('00ff02', 'hex')

test('a question is what openssl reads as one', { skip }, async (t) => {
  const { folder } = await timestampAuthority(t)
  writeFileSync(join(folder, 'q'), writeRequest(DATA, NONCE))
  const args = ['ts', '-query', '-in', 'q', '-text']
  const said = execFileSync('openssl', args, { cwd: folder, encoding: 'utf8' })
  assert.match(said, /Hash Algorithm: sha256/)
  assert.match(said, /Nonce: 0x0100FF02/i)
  assert.match(said, /Certificate required: yes/)
})

for (const of of [
  { key: 'ec', digest: 'sha256', hashedBy: 'sha256' },
  { key: 'rsa', digest: 'sha512', hashedBy: 'sha1' },
  { key: 'rsa', digest: 'sha256', hashedBy: 'sha256' },
] as const)
  test(`an answer signed by ${of.key} over ${of.digest}: openssl agrees`, { skip }, async (t) => {
    const authority = await timestampAuthority(t, of)
    const before = Math.floor(Date.now() / 1000) * 1000
    const reply = authority.reply(writeRequest(DATA, NONCE))
    const trusted = certificatesIn(authority.certificates) ?? []
    const seen = verifyTimestamp(reply, DATA, trusted)
    assert.ok(!('why' in seen), JSON.stringify(seen))
    assert.ok(seen.at >= before && seen.at <= Date.now())
    assert.equal(seen.by, 'CN=test tsa')
    writeFileSync(join(authority.folder, 'data'), DATA)
    const args = ['ts', '-verify', '-in', 'r', '-data', 'data', '-CAfile', 'ca.pem']
    assert.equal(spawnSync('openssl', args, { cwd: authority.folder }).status, 0)
    // Its own certificate is as good as one above it.
    const own = certificatesIn(readFileSync(join(authority.folder, 'tsa.pem'), 'utf8')) ?? []
    assert.deepEqual(verifyTimestamp(reply, DATA, own), seen)
  })

test('what is not to be believed says why', { skip }, async (t) => {
  const authority = await timestampAuthority(t)
  const reply = authority.reply(writeRequest(DATA, NONCE))
  const trusted = certificatesIn(authority.certificates) ?? []
  const why = (...args: Parameters<typeof verifyTimestamp>) => {
    const seen = verifyTimestamp(...args)
    return 'why' in seen ? seen.why : 'believed'
  }
  assert.match(why(reply, Buffer.from('other'), trusted), /other bytes/)
  assert.match(why(reply, DATA, []), /vouches/)
  const stranger = await timestampAuthority(t)
  assert.match(why(reply, DATA, certificatesIn(stranger.certificates) ?? []), /vouches/)
  assert.match(why(Buffer.from('30053003020102', 'hex'), DATA, trusted), /rejection/)
  for (const junk of [Buffer.alloc(0), Buffer.from('3080'), Buffer.alloc(70_000), DATA])
    assert.notEqual(why(junk, DATA, trusted), 'believed')
})

test('whoever may sign other things may not sign timestamps', { skip }, async (t) => {
  const authority = await timestampAuthority(t)
  const read = readReply(authority.reply(writeRequest(DATA, NONCE)))
  assert.ok(!('why' in read))
  const trusted = certificatesIn(authority.certificates) ?? []
  const { folder, certify } = authority
  writeFileSync(join(folder, 'statement'), read.statement)
  for (const [usage, expected] of [
    ['stamping', 'believed'],
    ['plain', 'its signer is not let to sign timestamps'],
  ] as const) {
    certify(usage, usage)
    const signing = ['-signer', `${usage}.pem`, '-inkey', `${usage}.key`, '-nodetach', '-cades']
    const about = ['-econtent_type', '1.2.840.113549.1.9.16.1.4', '-binary', '-outform', 'DER']
    const token = execFileSync(
      'openssl',
      ['cms', '-sign', '-in', 'statement', ...signing, ...about],
      {
        cwd: folder,
      },
    )
    const granted = writeDer(TAG.sequence, writeDer(TAG.integer, Buffer.from([0])))
    const seen = verifyTimestamp(writeDer(TAG.sequence, granted, token), DATA, trusted)
    assert.equal('why' in seen ? seen.why : 'believed', expected)
  }
})

test('not one bit of an answer may be another', { skip }, async (t) => {
  const authority = await timestampAuthority(t)
  const reply = authority.reply(writeRequest(DATA, NONCE))
  const trusted = certificatesIn(authority.certificates) ?? []
  const read = readReply(reply)
  assert.ok(!('why' in read))
  for (const part of [read.statement, read.signer.attributes.subarray(4), read.signer.signature]) {
    const from = reply.indexOf(part)
    assert.ok(from > 0)
    for (let at = from; at < from + part.length; at++) {
      const other = Buffer.from(reply)
      other.writeUInt8(other.readUInt8(at) ^ 1, at)
      assert.ok('why' in verifyTimestamp(other, DATA, trusted), `byte ${at}`)
    }
  }
  for (let length = 0; length < reply.length; length += 7)
    assert.ok('why' in verifyTimestamp(reply.subarray(0, length), DATA, trusted))
})
