import assert from 'node:assert/strict'
import { createPublicKey } from 'node:crypto'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it, type TestContext } from 'node:test'
import { bundleFromJSON } from '@sigstore/bundle'
import { TrustedRoot } from '@sigstore/protobuf-specs'
import { toSignedEntity, toTrustMaterial, Verifier as SigstoreVerifier } from '@sigstore/verify'
import { openSigner, openVerifier } from '#connectors/local-key/local-key.ts'
import { openOciLayout } from '#connectors/oci-layout/oci-layout.ts'
import { governanceRig } from '../../../test/support/governance-rig.ts'
import { quiet } from '../../../test/support/database.ts'
import { serve } from '../../../test/support/routes.ts'
import { packArtifact } from '../../../test/support/tarball.ts'
import { provenanceOf } from '../provenance.ts'
import { artifactNamed } from '../queries.ts'
import type { Routes } from '#engine/routing.ts'
import { routes } from '../routes.ts'
import { scanRoutes } from '../routes/scans.ts'
import { encodeStatement, IN_TOTO } from '../statement.ts'
import { attester } from './afterwards.ts'
import { builtOf } from './built-of.ts'
import { BUNDLE_TYPE } from './attest.ts'

const turn = { fence: 1, signal: new AbortController().signal }
const SHA = 'a'.repeat(40)

async function room(t: TestContext) {
  const root = await mkdtemp(join(tmpdir(), 'signalbox-attest-'))
  t.after(() => rm(root, { recursive: true, force: true }))
  const signer = await openSigner(join(root, 'keys'))
  const verifier = openVerifier(join(root, 'keys'))
  const registry = await openOciLayout(join(root, 'registry'))
  const rig = await governanceRig(t)
  const { engine } = rig
  const now = () => 9_000
  const loop = attester({ engine, registry, signer, log: quiet, now })
  engine.use([loop])
  const { path, digest: layer } = packArtifact(root, [{ path: 'a', body: Buffer.from('1') }])
  const { size: sizeBytes } = await stat(path)
  const { digest } = await registry.push({
    name: 'shop',
    layer: { digest: layer, path, sizeBytes },
    annotations: {},
  })
  /** All that is due, twice over: the second time nothing is left to do. */
  const attest = async () => {
    const due = await engine.database.query<{ key: string }>('test.due', 'select key from due')
    for (const { key } of [...due, ...due]) await loop.reconcile(key, turn)
    return due.length
  }
  const publicKey = createPublicKey(await readFile(join(root, 'keys', 'signing-key.pem')))
  const trust = toTrustMaterial(TrustedRoot.fromJSON({}), () => ({
    publicKey,
    validFor: () => true,
  }))
  const none = { tlogThreshold: 0, ctlogThreshold: 0, timestampThreshold: 0 }
  const sigstore = new SigstoreVerifier(trust, none)
  /** Predicates by the last word of their type, each verified by code that is not ours. */
  const told = async () => {
    const found: Record<string, Record<string, unknown>> = {}
    for (const { body } of await registry.referrers(digest, BUNDLE_TYPE)) {
      const bundle = bundleFromJSON(JSON.parse(Buffer.from(body).toString()))
      sigstore.verify(toSignedEntity(bundle))
      const payload = 'dsseEnvelope' in bundle.content ? bundle.content.dsseEnvelope.payload : ''
      const { subject, predicateType, predicate } = JSON.parse(Buffer.from(payload).toString())
      assert.equal(`sha256:${subject[0].digest.sha256}`, digest)
      const name = predicateType.split('/').slice(-2).join('/')
      assert.ok(!(name in found), `${name} twice`)
      found[name] = predicate
    }
    return found
  }
  return { rig, engine, registry, signer, verifier, now, digest, attest, told }
}

it('what became of an artifact is told beside it, once, in words that others verify', async (t) => {
  const { rig, digest, attest, told, engine, registry, signer, verifier } = await room(t)
  await rig.artifact(digest, 'shop', SHA, [])
  const source = { service: 'shop', repository: '/repository', branch: 'main', sha: SHA }
  const provenance = provenanceOf({
    ...{ artifact: { name: 'shop', digest }, ...source, run: `run_${SHA}` },
    ...{ pipeline: 'signalbox.yaml', startedAt: 1, finishedAt: 2 },
  })
  const body = Buffer.from(await signer.sign(IN_TOTO, encodeStatement(provenance)))
  const annotations = {}
  await registry.attach({ subject: digest, artifactType: BUNDLE_TYPE, body, annotations })
  assert.deepEqual(await builtOf({ registry, verifier }, digest), [SHA])
  await rig.say('artifact', digest, {
    type: 'artifact.completed',
    ...{ digest, ...source, run: `run_${SHA}` },
  })
  const shipped = { id: '1', version: '1.2.0', sha: SHA, at: 5_000, artifact: digest }
  await rig.release(shipped)
  await rig.deploy(shipped)
  assert.equal(await attest(), 4)
  const found = await told()
  assert.deepEqual(Object.keys(found).toSorted(), [
    'deployment/v1',
    'promotion/v1',
    'provenance/v1',
    'release/v0.1',
    'verification_summary/v1',
  ])
  assert.deepEqual(found['release/v0.1'], { purl: 'pkg:generic/shop@1.2.0', releaseId: 'rel_1' })
  assert.deepEqual(found['deployment/v1'], {
    creationTime: '1970-01-01T00:00:04.990Z',
    decisionDetails: {
      evidence: [{ name: 'dep_1' }, { name: 'prm_1' }],
      policy: [{ name: '1/production' }],
    },
    scopes: {
      'signalbox.dev/service/v1': 'shop',
      'signalbox.dev/environment/v1': 'prod',
    },
  })
  assert.equal(found['promotion/v1']?.['dstRef'], 'prod/shop')
  assert.equal(found['verification_summary/v1']?.['verificationResult'], 'PASSED')
  const row = await artifactNamed(engine.reads, digest)
  assert.equal(row?.attestations.length, 4)
  await attest()
  assert.equal(Object.keys(await told()).length, 5)
})

it('a scan is signed for whoever may say so, and not twice', async (t) => {
  const { rig, engine, registry, signer, verifier, now, digest, told } = await room(t)
  await rig.artifact(digest, 'shop', SHA, [])
  const needs = { registry, verifier, referencesTo: async () => [] }
  const both: Routes = (app, context) => {
    routes(needs)(app, context)
    scanRoutes({ registry, signer })(app, context)
  }
  const as = serve(t, both, { engine, now })
  const report = { SchemaVersion: 2, Results: [{ Vulnerabilities: [{ VulnerabilityID: 'C-1' }] }] }
  const path = `/artifacts/${digest}/scans`
  const denied = await as('vi', 'viewer')('POST', path, { report })
  assert.equal((denied.json as { code: string }).code, 'access.denied')
  for (let times = 0; times < 2; times++)
    assert.equal((await as('ci', 'developer')('POST', path, { report })).status, 201)
  const { 'vulns/v0.2': vulns } = await told()
  assert.deepEqual((vulns?.['scanner'] as { result: unknown } | undefined)?.result, [
    { id: 'C-1', severity: [] },
  ])
  const bad = await as('ci', 'developer')('POST', path, { report: { hello: 1 } })
  assert.equal((bad.json as { code: string }).code, 'artifact.scan-unread')
  const { json } = await as('vi', 'viewer')('GET', `/artifacts/${digest}/attestations`)
  const [shown] = (json as { attestations: { kind: string; isTrusted: boolean }[] }).attestations
  assert.deepEqual([shown?.kind, shown?.isTrusted], ['vulns', true])
})
