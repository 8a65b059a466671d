import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readManifests } from '#engine/manifest.ts'
import { policyDocument, policyManifest, waiverBody } from './commands.ts'

const policyText = (rows: string) => `apiVersion: signalbox.dev/v1
kind: Policy
metadata: { name: default, description: quick rows }
spec:
  rows:
    ${rows}
`
const read = (rows: string) =>
  readManifests('policy.yaml', policyText(rows), { Policy: policyManifest })

describe('a policy manifest', () => {
  it('speaks of durations and percentages, and becomes numbers', () => {
    const { manifests, problems } = read(
      `'1/production': { steps: [{ weight: 10%, bake: 3s }, { weight: 50, bake: 1m }], bake: 3s,
        analysis: { tick: 1s, requestsMin: 50 }, approvals: { count: 1, expires: 24h } }`,
    )
    assert.deepEqual(problems, [])
    const document = policyDocument(manifests[0]?.value as Parameters<typeof policyDocument>[0])
    assert.deepEqual(JSON.parse(JSON.stringify(document)), {
      name: 'default',
      description: 'quick rows',
      rows: {
        '1/production': {
          steps: [
            { weight: 10, bakeMs: 3000 },
            { weight: 50, bakeMs: 60_000 },
          ],
          bakeMs: 3000,
          analysis: { tickMs: 1000, requestsMin: 50 },
          approvals: { count: 1, expiresMs: 86_400_000 },
        },
      },
    })
  })
  const refused: readonly (readonly [string, string, RegExp])[] = [
    ['a misspelt field', `'*/staging': { bakes: 3s }`, /Did you mean bake\?/],
    ['a misspelt field further in', `'*/staging': { approvals: { counts: 1 } }`, /mean count\?/],
    ['a row of a tier there is not', `'4/production': { bake: 3s }`, /schemas\/policy/],
    ['a duration without a unit', `'*/staging': { bake: '3' }`, /schemas\/policy/],
    ['a bake of a month', `'*/staging': { bake: 31d }`, /schemas\/policy/],
    [
      'a weight of everything',
      `'*/staging': { steps: [{ weight: 100%, bake: 1s }] }`,
      /schemas\/policy/,
    ],
  ]
  for (const [what, rows, remedy] of refused)
    it(`refuses ${what}, and says where`, () => {
      const { problems } = read(rows)
      assert.equal(problems.length, 1)
      assert.match(problems[0]?.remedy ?? '', remedy)
      assert.equal(problems[0]?.line, 6)
    })
})

describe('a wish for a waiver', () => {
  const wish = { check: 'secret-scan', subject: 'sha256:aa', reason: 'a false alarm' }
  it('lasts a week when it does not say', () =>
    assert.equal(waiverBody.parse(wish).expiresIn, 7 * 86_400_000))
  it('may name service and version, to be told what to name instead', () =>
    assert.equal(waiverBody.parse({ ...wish, subject: undefined, service: 'x' }).subject, ''))
})
