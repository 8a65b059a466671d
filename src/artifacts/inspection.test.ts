import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { inspect, type Kept } from './inspection.ts'
import { provenanceOf } from './provenance.ts'
import { sbomStatementOf } from './sbom-statement.ts'
import { encodeStatement, IN_TOTO, type Statement } from './statement.ts'

const digest = `sha256:${'a'.repeat(64)}`
const claim = {
  digest,
  service: 'shop',
  repository: 'https://git.example/shop',
  sha: 'b'.repeat(40),
}
const artifact = { name: 'shop', digest }
const provenance = provenanceOf({
  artifact,
  repository: claim.repository,
  branch: 'main',
  sha: claim.sha,
  run: 'run_1',
  pipeline: 'signalbox.yaml',
  startedAt: 0,
  finishedAt: 1,
})
const components = [
  { name: 'react', version: '19', type: 'library', licenses: [{ license: { id: 'MIT' } }] },
  { version: 'nameless' },
  'nonsense',
]
const sbom = sbomStatementOf(artifact, { specVersion: '1.6', components })
const signed = (statement: Statement): Kept => ({
  digest: 'sha256:1',
  attestation: { ok: true, keyId: 'k', payloadType: IN_TOTO, payload: encodeStatement(statement) },
})

describe('what lies beside an artifact', () => {
  it('is shown with where it comes from and its parts', () => {
    const { judgement, origin, parts, attestations } = inspect(claim, [
      signed(provenance),
      signed(sbom),
    ])
    assert.equal(judgement.ok, true)
    assert.equal(origin?.sha, claim.sha)
    assert.deepEqual(parts, [{ name: 'react', version: '19', kind: 'library', licences: ['MIT'] }])
    assert.deepEqual(
      attestations.map(({ kind, isTrusted, keyId }) => [kind, isTrusted, keyId]),
      [
        ['provenance', true, 'k'],
        ['sbom', true, 'k'],
      ],
    )
  })
  it('says nothing that nobody signed', () => {
    const untrusted: Kept = { digest, attestation: { ok: false, why: 'the key is not known' } }
    const found = inspect(claim, [untrusted])
    assert.deepEqual([found.origin, found.parts, found.judgement.ok], [null, null, false])
    assert.equal(found.attestations[0]?.why, 'the key is not known')
  })
  it('believes nothing that was said of another artifact', () => {
    const other = sbomStatementOf(
      { name: 'shop', digest: `sha256:${'c'.repeat(64)}` },
      {
        specVersion: '1.6',
        components,
      },
    )
    const found = inspect(claim, [signed(other)])
    assert.equal(found.parts, null)
    assert.equal(found.attestations[0]?.isTrusted, false)
  })
  it('bounds what others wrote', () => {
    const many = Array.from({ length: 2_001 }, (_, i) => ({ name: `${i}`.repeat(300) }))
    const found = inspect(claim, [
      signed(sbomStatementOf(artifact, { specVersion: '1.6', components: many })),
    ])
    assert.equal(found.parts?.length, 2_000)
    assert.equal(found.partsCut, true)
    assert.ok((found.parts?.[5]?.name.length ?? 0) <= 200)
  })
})
