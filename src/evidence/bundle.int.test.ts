import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { createPublicKey, generateKeyPairSync, hash, sign } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { bundleFromJSON } from '@sigstore/bundle'
import { TrustedRoot } from '@sigstore/protobuf-specs'
import { toSignedEntity, toTrustMaterial, Verifier as SigstoreVerifier } from '@sigstore/verify'
import { witnessClient } from '#connectors/witness/client.ts'
import { writeBundle as writeAttestation } from '#connectors/local-key/dsse.ts'
import { preAuthEncoding } from '#kernel/record.ts'
import { VIEWS } from '../app.ts'
import { startWitness } from '../witness/witness.ts'
import { artifactOf, SERVICE, writeChange } from '../../test/support/audited-changes.ts'
import { auditRig, memoryKeys } from '../../test/support/audit-rig.ts'
import { quiet } from '../../test/support/database.ts'
import { type Manifest, PLACES } from './bundle/layout.ts'
import { verifyBundle } from './bundle/verify.ts'
import { keyOf, writeVkey } from './log/note.ts'
import { readPolicy } from './log/policy.ts'
import { prepareBundle } from './queries/bundle-files.ts'
import { ensureEpoch } from './queries/sealing.ts'

type Files = Map<string, Buffer>

const filesOf = (files: Files) => ({
  list: () => [...files.keys()],
  read: (path: string) => files.get(path),
})
const check = (files: Files, trust = {}) => verifyBundle(filesOf(files), trust)

/** A key, what it attests of an artifact, and itself as PEM. */
function attester() {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const spki = publicKey.export({ type: 'spki', format: 'der' })
  const keyId = `sha256:${hash('sha256', spki, 'hex')}`
  const attest = (artifact: string, predicateType: string) => {
    const subject = [{ name: 'a', digest: { sha256: artifact.slice('sha256:'.length) } }]
    const statement = { _type: 'https://in-toto.io/Statement/v1', subject, predicateType }
    const payload = Buffer.from(JSON.stringify(statement))
    const payloadType = 'application/vnd.in-toto+json'
    const signature = sign('sha256', preAuthEncoding(payloadType, payload), privateKey)
    return writeAttestation({ keyId, payloadType, payload, signature })
  }
  return { attest, pem: publicKey.export({ type: 'spki', format: 'pem' }).toString() }
}

async function exported(t: TestContext, changes: number, more: { isWitnessed?: boolean } = {}) {
  const keys = memoryKeys('log.example')
  const [signer] = keys.signers
  assert.ok(signer)
  const vkey = writeVkey(keyOf(keys.origin, signer.type, signer.publicKey))
  let policyText: string | undefined
  if (more.isWitnessed === true) {
    const data = mkdtempSync(join(tmpdir(), 'signalbox-witness-'))
    const flags = { data, host: '127.0.0.1', port: '0', logs: [vkey], log: quiet }
    const witness = await startWitness(flags)
    t.after(async () => {
      await witness.stop()
      rmSync(data, { recursive: true, force: true })
    })
    policyText = `witness w ${witness.vkey} ${witness.url}\nquorum w\n`
  }
  const policy = policyText === undefined ? undefined : readPolicy(policyText)
  assert.ok(policy === undefined || !('why' in policy))
  const witnesses = policy && { policy, client: witnessClient }
  const rig = await auditRig(t, { keys, views: VIEWS, ...(witnesses && { witnesses }) })
  await ensureEpoch(rig.database, keys.origin)
  await rig.write(300)
  const at = Date.now()
  for (let n = 1; n <= changes; n++) await writeChange(rig.engine, n, at)
  await writeChange(rig.engine, 9_999, at - 100 * 24 * 3_600_000)
  await rig.settle()
  const { attest, pem } = attester()
  const attestationsOf = async (artifact: string) =>
    artifact === artifactOf(1)
      ? [
          attest(artifact, 'https://cyclonedx.org/bom'),
          attest(artifact, 'https://slsa.dev/provenance/v1'),
        ]
      : []
  const releaseKeys = async () => [pem]
  const { database, engine, loop } = rig
  const make = async () => {
    const { files } = await prepareBundle(
      { database, reads: engine.reads, now: Date.now() },
      { files: loop.files, keys, releaseKeys, attestationsOf, policyText },
      {
        service: SERVICE,
        environments: ['prod'],
        window: {
          from: new Date(at - 1_000).toISOString(),
          to: new Date(at + 1_000).toISOString(),
        },
      },
    )
    const found: Files = new Map()
    for await (const { path, bytes } of files()) found.set(path, Buffer.from(bytes))
    return found
  }
  return { rig, make, vkey, policyText }
}

/** As an insider would hand it out: with sums that are right. */
function summed(files: Files): Files {
  const sums = [...files]
    .filter(([path]) => path !== PLACES.sums)
    .map(([path, bytes]) => `${hash('sha256', bytes, 'hex')}  ${path}\n`)
  return new Map([...files, [PLACES.sums, Buffer.from(sums.sort().join(''))]])
}

test('a bundle is believed as it is, and names what its changes lack', async (t) => {
  const { make, vkey } = await exported(t, 5)
  const files = await make()
  const report = check(files, { vkeys: [vkey] })
  assert.deepEqual(report.problems, [])
  assert.equal(report.changes, 5)
  assert.equal(report.attestations, 2)
  const lacks = (change: string) =>
    report.missing.filter((each) => each.change === change).map(({ what }) => what)
  assert.deepEqual(lacks('dep_1'), ['tests', 'scan', 'change-record'])
  assert.deepEqual(lacks('dep_2'), ['tests', 'sbom', 'provenance', 'scan'])
  assert.equal(files.get(PLACES.population)?.toString().trim().split('\n').length, 6)
})

test('whatever is changed or taken out of a bundle is named', async (t) => {
  const { make, vkey } = await exported(t, 3)
  const files = await make()
  const trust = { vkeys: [vkey] }
  for (const path of files.keys()) {
    const without = new Map(files)
    without.delete(path)
    const named = check(without, trust).problems.map(({ where }) => where)
    assert.ok(
      named.some((where) => where === path),
      `${path} is gone, and ${named.join()} said`,
    )
    const other = Buffer.from(files.get(path) ?? '')
    other.writeUInt8((other.at(-2) ?? 0) ^ 1, other.length - 2)
    assert.notDeepEqual(check(new Map([...files, [path, other]]), trust).problems, [], path)
  }
  const added = new Map([...files, ['changes/dep_9/record.json', Buffer.from('{}')]])
  assert.ok(check(added, trust).problems.length > 0)
})

test('an insider who makes the sums right is caught by the log itself', async (t) => {
  const { make, vkey, policyText } = await exported(t, 3, { isWitnessed: true })
  const files = await make()
  const trust = { vkeys: [vkey], policy: policyText }
  assert.deepEqual(check(files, trust).problems, [])
  assert.deepEqual(check(files, trust).witnesses, ['w'])
  const edited = (path: string, from: string, to: string) => {
    const text = files.get(path)?.toString() ?? ''
    assert.ok(text.includes(from))
    return summed(new Map([...files, [path, Buffer.from(text.replace(from, to))]]))
  }
  const why = (forged: Files) =>
    check(forged, trust)
      .problems.map((each) => each.why)
      .join(' ')
  // Another approver; one change fewer; one that failed and is said to have succeeded.
  assert.match(
    why(edited('changes/dep_1/record.json', '"by":"ben"', '"by":"eve"')),
    /else than was/,
  )
  const fewer = summed(new Map([...files].filter(([path]) => !path.startsWith('changes/dep_2/'))))
  assert.match(why(fewer), /no record/)
  const population = files.get(PLACES.population)?.toString() ?? ''
  const row = population.split('\n').find((line) => line.includes('dep_2')) ?? ''
  assert.match(why(edited(PLACES.population, `${row}\n`, '')), /counts 3 changes/)

  // A range that ends before the last change, with a population that agrees.
  const manifest = JSON.parse(files.get(PLACES.manifest)?.toString() ?? '') as Manifest
  const short = { ...manifest, range: { from: 0, to: 256 }, changes: 0 }
  const heading = population.split('\n')[0] ?? ''
  const kept = [...files].filter(([path]) => !path.startsWith('changes/'))
  const cut = summed(
    new Map([
      ...kept,
      [PLACES.manifest, Buffer.from(JSON.stringify(short))],
      [PLACES.population, Buffer.from(`${heading}\n`)],
    ]),
  )
  assert.match(why(cut), /ends before its window/)

  // With the signing key as well: a log of his own, signed, without anybody who saw it.
  const other = await exported(t, 2)
  const forged = await other.make()
  const own = check(forged, { vkeys: [other.vkey] })
  assert.deepEqual(own.problems, [])
  assert.match(
    check(forged, { vkeys: [other.vkey], policy: policyText })
      .problems.map((each) => each.why)
      .join(),
    /Too few witnesses/,
  )
  assert.match(
    check(forged, trust)
      .problems.map((each) => each.why)
      .join(),
    /No key of this log/,
  )
})

test("attestations of a bundle hold by sigstore's own code, with the key in it", async (t) => {
  const { make } = await exported(t, 1)
  const files = await make()
  const pem = files.get('keys/release.pub.pem')?.toString() ?? ''
  const trust = toTrustMaterial(TrustedRoot.fromJSON({}), () => ({
    publicKey: createPublicKey(pem),
    validFor: () => true,
  }))
  const none = { tlogThreshold: 0, ctlogThreshold: 0, timestampThreshold: 0 }
  const verifier = new SigstoreVerifier(trust, none)
  const attested = [...files].filter(([path]) => path.endsWith('.sigstore.json'))
  assert.equal(attested.length, 2)
  for (const [path, text] of attested) {
    const bundle = JSON.parse(text.toString()) as { dsseEnvelope: { payload: string } }
    verifier.verify(toSignedEntity(bundleFromJSON(bundle)))
    const payload = Buffer.from(bundle.dsseEnvelope.payload, 'base64').toString()
    const forged = Buffer.from(payload.replace('"a"', '"b"')).toString('base64')
    const other = { ...bundle, dsseEnvelope: { ...bundle.dsseEnvelope, payload: forged } }
    assert.throws(() => verifier.verify(toSignedEntity(bundleFromJSON(other))), path)
  }
  if (spawnSync('cosign', ['version']).status !== 0) {
    t.diagnostic('SKIPPED: cosign is not installed')
    return
  }
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-cosign-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  writeFileSync(join(folder, 'key.pem'), pem)
  for (const [, text] of attested) {
    writeFileSync(join(folder, 'bundle.json'), text)
    const said = spawnSync(
      'cosign',
      [
        ...['verify-blob-attestation', '--key', 'key.pem', '--insecure-ignore-tlog'],
        ...['--bundle', 'bundle.json', '--check-claims=false'],
      ],
      { cwd: folder, encoding: 'utf8' },
    )
    assert.equal(said.status, 0, said.stderr)
  }
})

test('openssl and Go, which know nothing of us, verify it too', async (t) => {
  const { make } = await exported(t, 12)
  const files = await make()
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-bundle-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  for (const [path, bytes] of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), bytes)
  }
  const hasOpenssl = spawnSync('openssl', ['version']).status === 0
  const hasGo =
    spawnSync('go', ['version']).status === 0 &&
    existsSync('/usr/share/gocode/src/golang.org/x/mod/sumdb/tlog')
  if (!hasOpenssl) return t.skip('openssl is not installed')
  const said = execFileSync('sh', ['verify.sh'], { cwd: folder, encoding: 'utf8' })
  assert.match(said, /1\. sums OK\n2\. signature OK/)
  if (!hasGo) {
    t.diagnostic('SKIPPED: go, or golang-golang-x-mod-dev, is not installed')
    return undefined
  }
  assert.match(said, /changes counted again: 12\n/)
  assert.match(said, /3\. log OK/)
  const entries = [...files.keys()].find((path) => path.startsWith('log/tile/entries/')) ?? ''
  const tampered = Buffer.from(files.get(entries) ?? '')
  tampered.writeUInt8(tampered.readUInt8(40) ^ 1, 40)
  writeFileSync(join(folder, entries), tampered)
  writeFileSync(
    join(folder, PLACES.sums),
    summed(new Map([...files, [entries, tampered]])).get(PLACES.sums) ?? '',
  )
  const refused = spawnSync('sh', ['verify.sh'], { cwd: folder, encoding: 'utf8' })
  assert.notEqual(refused.status, 0)
  assert.match(refused.stdout, /FAILED/)
  return undefined
})
