import assert from 'node:assert/strict'
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { createHash, createPublicKey, generateKeyPairSync, sign } from 'node:crypto'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { bundleFromJSON, bundleToJSON } from '@sigstore/bundle'
import { TrustedRoot } from '@sigstore/protobuf-specs'
import { DSSEBundleBuilder } from '@sigstore/sign'
import { Verifier as SigstoreVerifier, toSignedEntity, toTrustMaterial } from '@sigstore/verify'
import fc from 'fast-check'
import { preAuthEncoding } from '#kernel/record.ts'
import { BUNDLE_LENGTH_MAX, PAYLOAD_BYTES_MAX } from './dsse.ts'
import { openSigner, openVerifier } from './local-key.ts'

const IN_TOTO = 'application/vnd.in-toto+json'
const statement = Buffer.from('{"_type":"https://in-toto.io/Statement/v1","subject":[]}')

let root = ''
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'signalbox-key-'))
})
after(() => rm(root, { recursive: true }))

interface Parts {
  mediaType: string
  verificationMaterial: { publicKey: { hint: string } }
  dsseEnvelope: { payload: string; payloadType: string; signatures: { sig: string }[] }
}

async function whyNot(folder: string, bundle: string): Promise<string> {
  const answer = await openVerifier(folder).verify(bundle)
  return answer.ok ? 'accepted' : answer.why
}

describe('local key', () => {
  it('gives back exactly what it signed, for any bytes', async () => {
    const folder = join(root, 'round')
    const signer = await openSigner(folder)
    const verifier = openVerifier(folder)
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ minLength: 1 }),
        fc.string({ minLength: 1 }),
        async (p, t) => {
          const answer = await verifier.verify(await signer.sign(t, p))
          // A lone surrogate has no bytes of its own, so such a type need not survive.
          if (!t.isWellFormed()) return
          assert.ok(answer.ok)
          assert.deepEqual(
            [answer.keyId, answer.payloadType, Buffer.from(answer.payload)],
            [signer.keyId, t, Buffer.from(p)],
          )
        },
      ),
      { numRuns: 50 },
    )
  })

  it('keeps its private key to itself and its name over restarts', async () => {
    const folder = join(root, 'modes')
    const { keyId } = await openSigner(folder)
    assert.equal((await openSigner(folder)).keyId, keyId)
    assert.equal((await stat(join(folder, 'signing-key.pem'))).mode & 0o777, 0o600)
    const spki = createPublicKey(await readFile(join(folder, 'signing-key.pem'))).export({
      type: 'spki',
      format: 'der',
    })
    assert.equal(keyId, `sha256:${createHash('sha256').update(spki).digest('hex')}`)
    assert.deepEqual((await readdir(folder)).sort(), ['signing-key.pem', 'trusted'])
  })

  it('refuses a private key that others may read', async () => {
    const folder = join(root, 'exposed')
    await openSigner(folder)
    await chmod(join(folder, 'signing-key.pem'), 0o644)
    await assert.rejects(openSigner(folder), { code: 'key.exposed', retry: false })
  })

  it('refuses a file that is no P-256 key, and leaves it alone', async () => {
    const { privateKey } = generateKeyPairSync('ed25519')
    const other = privateKey.export({ type: 'pkcs8', format: 'pem' })
    for (const [i, text] of ['', 'garbage', other].entries()) {
      const folder = join(root, `unreadable-${i}`)
      await mkdir(folder)
      await writeFile(join(folder, 'signing-key.pem'), text, { mode: 0o600 })
      await assert.rejects(openSigner(folder), { code: 'key.unreadable' })
      assert.equal(await readFile(join(folder, 'signing-key.pem'), 'utf8'), String(text))
    }
  })

  it('signs neither nothing nor too much', async () => {
    const signer = await openSigner(join(root, 'sizes'))
    for (const size of [0, PAYLOAD_BYTES_MAX + 1])
      await assert.rejects(signer.sign(IN_TOTO, Buffer.alloc(size)), { code: 'key.payload-size' })
    const largest = await signer.sign(IN_TOTO, Buffer.alloc(PAYLOAD_BYTES_MAX))
    assert.equal(await whyNot(join(root, 'sizes'), largest), 'accepted')
  })

  it('says which folder cannot be used', async () => {
    await writeFile(join(root, 'a-file'), '')
    await assert.rejects(openSigner(join(root, 'a-file')), { code: 'key.unusable' })
  })
})

describe('a bundle that cannot be trusted', () => {
  let folder = ''
  let good = ''
  before(async () => {
    folder = join(root, 'tampered')
    good = await (await openSigner(folder)).sign(IN_TOTO, statement)
  })

  const stranger = 'sha256:'.padEnd(71, '0')
  const mutations: [string, (parts: Parts) => unknown, RegExp][] = [
    ['payload', (p) => (p.dsseEnvelope.payload = btoa('{"a":1}')), /signature is not by key/],
    ['payload type', (p) => (p.dsseEnvelope.payloadType = 'text/plain'), /signature is not by key/],
    ['key hint', (p) => (p.verificationMaterial.publicKey.hint = stranger), /is not trusted here/],
    [
      'hint that is a path',
      (p) => (p.verificationMaterial.publicKey.hint = '../signing-key'),
      /names no key of ours/,
    ],
    [
      'no signature',
      (p) => (p.dsseEnvelope.signatures = []),
      /malformed at dsseEnvelope.signatures/,
    ],
    ['empty signature', (p) => (p.dsseEnvelope.signatures = [{ sig: '' }]), /signatures.0.sig/],
    [
      'second signature',
      (p) => p.dsseEnvelope.signatures.push({ sig: 'AAAA' }),
      /malformed at dsseEnvelope.signatures/,
    ],
    ['loose base64', (p) => (p.dsseEnvelope.payload += '\n'), /payload: not base64/],
    ['media type', (p) => (p.mediaType = 'application/json'), /malformed at mediaType/],
  ]
  for (const [what, mutate, why] of mutations)
    it(`is refused for its ${what}`, async () => {
      const parts: Parts = JSON.parse(good)
      mutate(parts)
      assert.match(await whyNot(folder, JSON.stringify(parts)), why)
    })

  it('is refused when it is garbage, deep or huge', async () => {
    assert.match(await whyNot(folder, ''), /not JSON/)
    assert.match(await whyNot(folder, '\u0000{'), /not JSON/)
    assert.match(await whyNot(folder, 'null'), /malformed/)
    assert.match(await whyNot(folder, `${'['.repeat(100_000)}${']'.repeat(100_000)}`), /bundle is/)
    assert.match(await whyNot(folder, ' '.repeat(BUNDLE_LENGTH_MAX + 1)), /longer than/)
  })

  it('is refused whatever bit of payload or signature is turned', async () => {
    const parts: Parts = JSON.parse(good)
    const flip = (text: string, at: number) => {
      const bytes = Buffer.from(text, 'base64')
      const index = at % (bytes.length * 8)
      bytes[index >> 3] = (bytes[index >> 3] ?? 0) ^ (1 << (index & 7))
      return bytes.toString('base64')
    }
    const sig = parts.dsseEnvelope.signatures[0]?.sig ?? ''
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.boolean(), async (at, inPayload) => {
        const envelope = inPayload
          ? { payload: flip(parts.dsseEnvelope.payload, at) }
          : { signatures: [{ sig: flip(sig, at) }] }
        const dsseEnvelope = { ...parts.dsseEnvelope, ...envelope }
        const why = await whyNot(folder, JSON.stringify({ ...parts, dsseEnvelope }))
        assert.notEqual(why, 'accepted')
      }),
    )
  })

  it('is refused as soon as its key is no longer trusted', async () => {
    const leaving = join(root, 'leaving')
    const signer = await openSigner(leaving)
    const bundle = await signer.sign(IN_TOTO, statement)
    assert.equal(await whyNot(leaving, bundle), 'accepted')
    await rm(join(leaving, 'trusted', `${signer.keyId.slice(7)}.pem`))
    assert.match(await whyNot(leaving, bundle), /is not trusted here/)
  })

  it('is refused when the file of its key holds another key', async () => {
    const swapped = join(root, 'swapped')
    const signer = await openSigner(swapped)
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    await writeFile(
      join(swapped, 'trusted', `${signer.keyId.slice(7)}.pem`),
      publicKey.export({ type: 'spki', format: 'pem' }),
    )
    const parts: Parts = JSON.parse(await signer.sign(IN_TOTO, statement))
    const forged = sign('sha256', preAuthEncoding(IN_TOTO, statement), privateKey)
    parts.dsseEnvelope.signatures = [{ sig: forged.toString('base64') }]
    assert.match(await whyNot(swapped, JSON.stringify(parts)), /holds another key/)
  })
})

describe('others agree', () => {
  it('sigstore verifies what we sign', async () => {
    const folder = join(root, 'sigstore-reads')
    const signer = await openSigner(folder)
    const publicKey = createPublicKey(await readFile(join(folder, 'signing-key.pem')))
    const trust = toTrustMaterial(TrustedRoot.fromJSON({}), (hint) => {
      assert.equal(hint, signer.keyId)
      return { publicKey, validFor: () => true }
    })
    const none = { tlogThreshold: 0, ctlogThreshold: 0, timestampThreshold: 0 }
    const verifier = new SigstoreVerifier(trust, none)
    // Lengths in the encoding are bytes, which only a type beyond ASCII tells from characters.
    const strange: Parts = JSON.parse(await signer.sign('text/plain; x=\u00fc\u20ac', statement))
    verifier.verify(toSignedEntity(bundleFromJSON(strange)))
    const bundle: Parts = JSON.parse(await signer.sign(IN_TOTO, statement))
    verifier.verify(toSignedEntity(bundleFromJSON(bundle)))
    bundle.dsseEnvelope.payload = btoa('{"a":1}')
    assert.throws(() => verifier.verify(toSignedEntity(bundleFromJSON(bundle))))
  })

  it('we verify what sigstore signs with our key', async () => {
    const folder = join(root, 'sigstore-writes')
    const { keyId } = await openSigner(folder)
    const pem = await readFile(join(folder, 'signing-key.pem'), 'utf8')
    const theirs = new DSSEBundleBuilder({
      witnesses: [],
      signer: {
        sign: async (data) => ({
          signature: sign('sha256', data, pem),
          key: { $case: 'publicKey', publicKey: '', hint: keyId },
        }),
      },
    })
    const bundle = await theirs.create({ type: IN_TOTO, data: statement })
    assert.equal(await whyNot(folder, JSON.stringify(bundleToJSON(bundle))), 'accepted')
  })

  it('openssl verifies the signature over the encoding that DSSE describes', async (t) => {
    const folder = join(root, 'openssl')
    const signer = await openSigner(folder)
    const parts: Parts = JSON.parse(await signer.sign(IN_TOTO, statement))
    // Written out by hand: 28 is the length of the type.
    const encoded = `DSSEv1 28 ${IN_TOTO} ${statement.length} ${statement.toString()}`
    const at = (name: string) => join(folder, name)
    await writeFile(at('encoded'), encoded)
    const sig = parts.dsseEnvelope.signatures[0]?.sig ?? ''
    await writeFile(at('signature'), Buffer.from(sig, 'base64'))
    const key = at(`trusted/${signer.keyId.slice(7)}.pem`)
    const argv = ['dgst', '-sha256', '-verify', key, '-signature', at('signature'), at('encoded')]
    try {
      assert.match(execFileSync('openssl', argv, { encoding: 'utf8' }), /Verified OK/)
    } catch (error) {
      if (!(error instanceof Error) || !('code' in error) || error.code !== 'ENOENT') throw error
      t.skip('OPENSSL IS NOT INSTALLED: the independent check of signatures did not run')
    }
  })
})

describe('several processes that start at once', () => {
  const started: ChildProcess[] = []
  after(() => {
    for (const one of started) one.kill('SIGKILL')
  })

  it('end with one key', async () => {
    const folder = join(root, 'race')
    const script = `
      const { openSigner } = await import(${JSON.stringify(import.meta.resolve('./local-key.ts'))})
      process.stdout.write('ready\\n')
      await new Promise((go) => process.stdin.once('data', go))
      process.stdout.write((await openSigner(${JSON.stringify(folder)})).keyId)
      process.exit()`
    const children = Array.from({ length: 4 }, () =>
      spawn(process.execPath, ['--input-type=module', '-e', script], {
        stdio: ['pipe', 'pipe', 'inherit'],
      }),
    )
    started.push(...children)
    await Promise.all(children.map((child) => once(child.stdout, 'data')))
    const said = children.map(async (child) => {
      child.stdin.write('go')
      return (await child.stdout.toArray()).join('')
    })
    const keys = new Set(await Promise.all(said))
    assert.equal(keys.size, 1)
    const [key = ''] = keys
    assert.match(key, /^sha256:[0-9a-f]{64}$/)
    assert.deepEqual(await readdir(join(folder, 'trusted')), [`${key.slice(7)}.pem`])
    assert.deepEqual((await readdir(folder)).sort(), ['signing-key.pem', 'trusted'])
  })
})
