import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readManifests } from '#engine/manifest.ts'
import { applyNeeds } from './manifest-kinds.ts'

const schemas = Object.fromEntries(applyNeeds.kinds.map(({ kind, schema }) => [kind, schema]))
const kindNamed = (name: string) =>
  applyNeeds.kinds.find(({ kind }) => kind === name) ?? assert.fail(name)

function window(spec: string) {
  const text = `apiVersion: signalbox.dev/v1
kind: Window
metadata: { name: office-hours }
spec: { start: 2026-01-05T09:00, duration: 8h, mode: allow, ${spec} }
`
  const { manifests, problems } = readManifests('w.yaml', text, schemas)
  assert.deepEqual(problems, [])
  const [manifest] = manifests
  return manifest ?? assert.fail('nothing was read')
}

describe('a Window', () => {
  const check = (spec: string) => {
    const manifest = window(spec)
    const [problem] = kindNamed('Window').check?.(manifest.value) ?? []
    return problem && { ...problem, at: manifest.place(problem.path) }
  }
  it('that is well has no problems', () =>
    assert.equal(check('zone: UTC, rule: FREQ=DAILY, scope: { tiers: [0] }'), undefined))
  it('that is not says so at the field', () => {
    const zone = check('zone: Europe/Berln, rule: FREQ=DAILY, scope: { tiers: [0] }')
    assert.match(zone?.remedy ?? '', /mean Europe\/Berlin/)
    assert.deepEqual(zone?.path, ['spec', 'zone'])
    assert.deepEqual([zone?.at.line, zone?.at.column], [4, 67])
    const scope = check('zone: UTC, rule: FREQ=DAILY, scope: {}')
    assert.deepEqual(scope?.path, ['spec', 'scope'])
  })
  it('refers to the environments and services of its scope, but for *', () => {
    const scope = `scope: { environments: [prod, '*'], services: [shop] }`
    const { value } = window(`zone: UTC, rule: FREQ=DAILY, ${scope}`)
    assert.deepEqual(
      kindNamed('Window')
        .references(value)
        .map(({ kind, name }) => `${kind} ${name}`),
      ['Environment prod', 'Service shop'],
    )
  })
})
