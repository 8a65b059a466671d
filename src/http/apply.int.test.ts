import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { services } from '#catalog/queries.ts'
import { ask, place } from '../../test/support/server.ts'

const environment = (name: string, kind = 'production') => `apiVersion: signalbox.dev/v1
kind: Environment
metadata: {name: ${name}}
spec: {kind: ${kind}, ports: {from: 5000, to: 5100}}
`
const service = (name: string, path = 'prod', more = '') => `apiVersion: signalbox.dev/v1
kind: Service
metadata: {name: ${name}, owner: web, tier: 1}
spec:
  source: {repository: /r.git}
  template: paved-road/node-service@1
  path: [${path}]
  deploy: {run: {argv: [node], health: /healthz}}
${more}`

async function open(t: TestContext) {
  const at = await place(t)
  const token = await at.token('root', 'admin')
  const apply = (texts: readonly string[], more: object = {}, headers = {}) =>
    ask(`${at.url}/api/v1/manifests`, token, {
      body: { files: texts.map((text, i) => ({ path: `f${i}.yaml`, text })), ...more },
      headers,
    })
  const known = async () => (await services(at.engine.reads)).map(({ name }) => name)
  return { at, apply, known }
}

const problemsOf = (json: Record<string, unknown>) =>
  (json['problems'] as { code: string; file: string; line: number; remedy: string }[]).map(
    ({ code, file, line, remedy }) => [code, file, line, remedy],
  )

describe('manifests', () => {
  it('are applied at once, in any order, and again without a change', async (t) => {
    const { apply } = await open(t)
    const texts = [service('shop'), environment('prod')]
    const changes = (json: Record<string, unknown>) =>
      (json['applied'] as { kind: string; change: string }[]).map((one) => [one.kind, one.change])
    const first = await apply(texts, {}, { 'idempotency-key': 'k' })
    assert.deepEqual(changes(first.json), [
      ['Service', 'created'],
      ['Environment', 'created'],
    ])
    assert.deepEqual((await apply(texts, {}, { 'idempotency-key': 'k' })).json, first.json)
    assert.deepEqual(changes((await apply(texts)).json), [
      ['Service', 'unchanged'],
      ['Environment', 'unchanged'],
    ])
    const moved = await apply([service('shop', 'prod', '  links: {runbook: r.md}\n')])
    assert.deepEqual(changes(moved.json), [['Service', 'changed']])
  })

  it('that refer to nothing are placed, and nothing of them is applied', async (t) => {
    const { apply, known } = await open(t)
    const { status, json } = await apply([`${environment('prod')}---\n${service('shop', 'prdo')}`])
    assert.deepEqual([status, json['code']], [422, 'manifest.invalid'])
    assert.deepEqual(problemsOf(json), [
      ['manifest.dangling-reference', 'f0.yaml', 12, 'Did you mean prod?'],
    ])
    assert.deepEqual(await known(), [])
  })

  it('that stand there twice, or are mistaken, are all named at once', async (t) => {
    const { apply, known } = await open(t)
    const bad = environment('test').replace('ports', 'prots')
    const { json } = await apply([environment('prod'), environment('prod'), bad])
    assert.deepEqual(
      problemsOf(json).map(([code, file]) => [code, file]),
      [
        ['manifest.duplicate', 'f1.yaml'],
        ['manifest.wrong-value', 'f2.yaml'],
        ['manifest.unknown-key', 'f2.yaml'],
      ],
    )
    assert.deepEqual(await known(), [])
  })

  it('of which one is refused leave nothing behind', async (t) => {
    const { apply, known } = await open(t)
    await apply([environment('prod')])
    const other = await apply([service('shop'), environment('prod', 'staging')])
    assert.deepEqual([other.status, other.json['code']], [409, 'environment.other-kind'])
    assert.deepEqual(await known(), [])
  })

  it('are only looked at when that was asked for', async (t) => {
    const { apply, known } = await open(t)
    const { status, json } = await apply([environment('prod'), service('shop')], { dryRun: true })
    assert.deepEqual([status, json['checked']], [200, 2])
    assert.deepEqual(await known(), [])
  })

  it('are not applied by who may not', async (t) => {
    const { at, known } = await open(t)
    const token = await at.token('dev', 'developer')
    const files = [{ path: 'a', text: `${environment('prod')}---\n${service('shop')}` }]
    const { status } = await ask(`${at.url}/api/v1/manifests`, token, { body: { files } })
    assert.equal(status, 403)
    assert.deepEqual(await known(), [])
  })
})
