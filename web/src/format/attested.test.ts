import assert from 'node:assert/strict'
import { it } from 'node:test'
import { artifact } from '../fixtures.ts'
import { attestedInWords } from './attested.ts'

const provenance = {
  predicateType: 'https://slsa.dev/provenance/v1',
  digest: 'sha256:a1',
  keyId: 'k1',
}

it('is good only when nothing is missing and nothing was refused', () => {
  assert.equal(attestedInWords(artifact()).tone, 'good')
  assert.equal(attestedInWords(artifact({ trouble: 'tampered' })).tone, 'bad')
})
it('names what is missing: still to come while it is made, and bad afterwards', () => {
  const some = artifact({ attestations: [provenance] })
  assert.deepEqual(attestedInWords(some), { text: 'SBOM missing', tone: 'bad' })
  assert.equal(attestedInWords({ ...some, complete: false }).tone, 'open')
})
it('says of what lies elsewhere that it was reported, whatever else is missing', () => {
  const elsewhere = { name: 'shop', uri: null }
  const some = artifact({ complete: false, attestations: [provenance], elsewhere })
  assert.deepEqual(attestedInWords(some), { text: 'reported: provenance', tone: 'open' })
})
it('is not good when what is found now is not to be trusted, whatever was written down', () => {
  const found = { attestations: [], origin: null, parts: null, partsCut: false, scan: null }
  const judgement = { ok: false, problems: [] } as const
  assert.equal(attestedInWords(artifact(), { ...found, judgement }).tone, 'bad')
})
