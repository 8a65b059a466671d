import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readManifests } from '#engine/manifest.ts'
import { declareFreeze, freezeBody, freezeManifest, type FreezeManifest } from './commands.ts'

const text = (spec: string) => `apiVersion: signalbox.dev/v1
kind: Freeze
metadata: { name: year-end }
spec: { environments: [prod], services: ['*'], reason: the office is empty, ${spec} }
`
const read = (spec: string) => readManifests('freeze.yaml', text(spec), { Freeze: freezeManifest })

describe('a freeze manifest', () => {
  it('is the wish for a freeze, its instants in milliseconds', () => {
    const spec = `startsAt: '2026-12-24T00:00:00+01:00', endsAt: '2027-01-02T00:00:00Z'`
    const { manifests, problems } = read(spec)
    assert.deepEqual(problems, [])
    const asked = { at: 1, by: 'ana' }
    assert.deepEqual(declareFreeze(manifests[0]?.value as FreezeManifest, asked), {
      type: 'freeze.declare',
      at: 1,
      by: 'ana',
      freeze: 'year-end',
      environments: ['prod'],
      services: ['*'],
      reason: 'the office is empty',
      startsAt: Date.UTC(2026, 11, 23, 23),
      endsAt: Date.UTC(2027, 0, 2),
      urgency: 'planned',
    })
  })
  for (const [what, spec, said] of [
    ['a misspelt field', `endsAt: 1, startAt: 1`, /mean startsAt/],
    ['an end without a zone', `endsAt: '2027-01-02T00:00:00'`, /schemas\/freeze\.json/],
    ['no end', `startsAt: 1`, /schemas\/freeze\.json/],
  ] as const)
    it(`refuses ${what}`, () => {
      const { problems } = read(spec)
      assert.match(problems.map(({ remedy }) => remedy).join(), said)
    })
})

describe('the body of a freeze', () => {
  it('takes milliseconds as well', () => {
    const body = { name: 'x', environments: ['*'], services: ['*'], reason: '', endsAt: 5 }
    assert.equal(freezeBody.parse(body).endsAt, 5)
  })
})
