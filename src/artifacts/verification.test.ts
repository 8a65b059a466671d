import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { PREDICATE } from './events.ts'
import { BUILDER_ID, provenanceOf } from './provenance.ts'
import { sbomStatementOf } from './sbom-statement.ts'
import { IN_TOTO, type Statement, encodeStatement, makeStatement } from './statement.ts'
import { type Attestation, type Claim, type Demands, judgeAttestations } from './verification.ts'

const digest = `sha256:${'a'.repeat(64)}`
const sha = 'b'.repeat(40)
const repository = 'https://git.example/payments'
const artifact = { name: 'payments', digest }
const facts = {
  artifact,
  repository,
  branch: 'main',
  sha,
  run: 'run_1',
  pipeline: 'signalbox.yaml',
  startedAt: 0,
  finishedAt: 60_000,
}
const provenance = provenanceOf(facts)
const sbom = sbomStatementOf(artifact, { specVersion: '1.6', components: [] })
const all: Demands = { required: ['provenance', 'sbom'] }

const signed = (statement: Statement): Attestation => ({
  ok: true,
  payloadType: IN_TOTO,
  payload: encodeStatement(statement),
})
const claim = (...statements: Attestation[]): Claim => ({
  digest,
  service: 'payments',
  repository,
  sha,
  statements,
})
function codes(what: Claim, demands: Demands = all): readonly string[] {
  const judged = judgeAttestations(what, demands)
  return judged.ok ? [] : judged.problems.map(({ code }) => code)
}
const elsewhere = (change: Partial<typeof facts>) => signed(provenanceOf({ ...facts, ...change }))

describe('an artifact', () => {
  it('may be released when provenance and SBOM are signed and speak of it', () =>
    assert.deepEqual(judgeAttestations(claim(signed(provenance), signed(sbom)), all), { ok: true }))

  it('owes only what is required', () => {
    assert.deepEqual(codes(claim(), { required: [] }), [])
    assert.deepEqual(codes(claim(signed(sbom)), { required: ['sbom'] }), [])
    assert.deepEqual(codes(claim(signed(provenance)), { required: ['provenance'] }), [])
  })

  it('is refused without attestations', () =>
    assert.deepEqual(codes(claim()), ['artifact.provenance-missing', 'artifact.sbom-missing']))

  it('is refused when one attestation cannot be trusted, whatever the others say', () => {
    const untrusted: Attestation = { ok: false, why: 'the key is not trusted here' }
    assert.deepEqual(codes(claim(signed(provenance), signed(sbom), untrusted)), [
      'artifact.signature-invalid',
    ])
  })

  it('is refused when what is signed is no statement', () => {
    const payload = encodeStatement(provenance)
    // Half a character inside a string: lenient readers would see a name that nobody signed.
    const halved = payload.with(Buffer.from(payload).indexOf('payments'), 0xe2)
    const bad: Attestation[] = [
      { ok: true, payloadType: 'text/plain', payload },
      { ok: true, payloadType: IN_TOTO, payload: halved },
      { ok: true, payloadType: IN_TOTO, payload: new Uint8Array([0xff, 0xfe]) },
      { ok: true, payloadType: IN_TOTO, payload: payload.subarray(1) },
      signed({ ...provenance, subject: [] }),
    ]
    for (const one of bad)
      assert.deepEqual(codes(claim(one, signed(provenance), signed(sbom))), [
        'artifact.statement-invalid',
      ])
  })

  it('is refused when it comes from elsewhere', () => {
    const judge = (one: Attestation) => codes(claim(one, signed(sbom)))
    const mismatch = ['artifact.provenance-mismatch']
    assert.deepEqual(judge(elsewhere({ repository: 'https://git.example/other' })), mismatch)
    assert.deepEqual(judge(elsewhere({ sha: 'c'.repeat(40) })), mismatch)
    const builder = structuredClone(provenance)
    builder.predicate['runDetails'] = { builder: { id: 'https://elsewhere.example/' } }
    assert.deepEqual(judge(signed(builder)), mismatch)
    assert.deepEqual(judge(signed({ ...provenance, predicate: {} })), mismatch)
    const untyped = structuredClone(provenance)
    untyped.predicate['buildDefinition'] = {
      ...Object(provenance.predicate['buildDefinition']),
      buildType: 'other',
    }
    assert.deepEqual(judge(signed(untyped)), mismatch)
  })

  it('is not vouched for by a commit named for another repository', () => {
    const forged = structuredClone(provenance)
    const definition = Object(forged.predicate['buildDefinition'])
    definition.resolvedDependencies[0].uri = 'git+https://git.example/other@refs/heads/main'
    assert.deepEqual(codes(claim(signed(forged), signed(sbom))), ['artifact.provenance-mismatch'])
  })

  it('may have been built twice: one provenance that fits is enough', () => {
    const other = elsewhere({ sha: 'c'.repeat(40) })
    assert.deepEqual(codes(claim(other, signed(provenance), signed(sbom))), [])
  })

  it('tells the nearest difference of several', () => {
    const far = elsewhere({ sha: 'c'.repeat(40), repository: '/srv/other' })
    const near = elsewhere({ sha: 'd'.repeat(40) })
    const judged = judgeAttestations(claim(far, near, signed(sbom)), all)
    assert.ok(!judged.ok)
    assert.deepEqual(
      judged.problems.map(({ message }) => message),
      [`It was built from commit ${'d'.repeat(40)}, not ${sha}.`],
    )
  })

  it('may come from any commit when none is named, and from other builders when they are', () => {
    const { sha: _, ...anyCommit } = claim(elsewhere({ sha: 'c'.repeat(40) }), signed(sbom))
    assert.deepEqual(codes(anyCommit), [])
    const builders = ['https://elsewhere.example/']
    assert.deepEqual(codes(claim(signed(provenance), signed(sbom)), { ...all, builders }), [
      'artifact.provenance-mismatch',
    ])
    assert.deepEqual(
      codes(claim(signed(provenance), signed(sbom)), { ...all, builders: [BUILDER_ID] }),
      [],
    )
  })

  it('has no SBOM in an empty document', () => {
    const hollow = signed(sbomStatementOf(artifact, {}))
    assert.deepEqual(codes(claim(signed(provenance), hollow)), ['artifact.sbom-missing'])
  })
})

describe('whatever is attested', () => {
  const hex = fc.string({
    unit: fc.constantFrom(...Array.from('0123456789abcdef')),
    minLength: 64,
    maxLength: 64,
  })

  it('a changed subject digest is refused', () =>
    fc.assert(
      fc.property(hex, fc.boolean(), (other, inProvenance) => {
        fc.pre(`sha256:${other}` !== digest)
        const move = (s: Statement) =>
          signed({ ...s, subject: [{ name: 'payments', digest: { sha256: other } }] })
        const pair = inProvenance
          ? [move(provenance), signed(sbom)]
          : [signed(provenance), move(sbom)]
        assert.ok(codes(claim(...pair)).includes('artifact.subject-mismatch'))
      }),
    ))

  it('only the exact digest under its own name counts', () => {
    for (const said of [
      {},
      { sha256: '' },
      { sha256: digest },
      { sha256: 'A'.repeat(64) },
      { sha512: 'a'.repeat(64) },
    ]) {
      const off = signed({ ...provenance, subject: [{ name: 'payments', digest: said }] })
      assert.ok(codes(claim(off, signed(sbom))).includes('artifact.subject-mismatch'))
    }
  })

  it('the order does not matter', () =>
    fc.assert(
      fc.property(
        fc.shuffledSubarray([
          signed(provenance),
          signed(sbom),
          elsewhere({ sha: 'c'.repeat(40) }),
          signed(makeStatement(artifact, 'https://example.com/other', {})),
          { ok: false, why: 'no' } as const,
        ]),
        (statements) => {
          const forward = codes(claim(...statements))
          assert.deepEqual(codes(claim(...statements.toReversed())), forward)
        },
      ),
    ))

  it('no other predicate stands in for what is required', () =>
    fc.assert(
      fc.property(fc.webUrl(), fc.dictionary(fc.string(), fc.jsonValue()), (type, predicate) => {
        fc.pre(type !== PREDICATE.provenance && type !== PREDICATE.sbom)
        assert.deepEqual(codes(claim(signed(makeStatement(artifact, type, predicate)))), [
          'artifact.provenance-missing',
          'artifact.sbom-missing',
        ])
      }),
    ))
})
