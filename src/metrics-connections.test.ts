import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { readConnections, secretOf } from './metrics-connections.ts'

function fileOf(t: TestContext, text: string): string {
  const dir = mkdtempSync(join(tmpdir(), 'sb-metrics-'))
  t.after(() => rmSync(dir, { recursive: true }))
  writeFileSync(join(dir, 'metrics.yaml'), text)
  return join(dir, 'metrics.yaml')
}

describe('the file of connections', () => {
  it('names each with its kind', (t) => {
    const file = fileOf(
      t,
      `prod: { kind: prometheus, url: https://prom.example, token: env:PROM_TOKEN }
dd: { kind: datadog, apiKey: file:/run/dd-api, appKey: file:/run/dd-app }`,
    )
    assert.deepEqual(readConnections(file), {
      prod: {
        kind: 'prometheus',
        url: 'https://prom.example',
        token: 'env:PROM_TOKEN',
        replicaLabels: ['prometheus_replica'],
      },
      dd: {
        kind: 'datadog',
        site: 'https://api.datadoghq.com',
        apiKey: 'file:/run/dd-api',
        appKey: 'file:/run/dd-app',
      },
    })
    assert.deepEqual(readConnections(undefined), {})
  })
  const wrong: readonly (readonly [what: string, text: string])[] = [
    ['a key that is no reference', 'p: { kind: prometheus, url: http://x, token: hunter2 }'],
    ['a user in the address', 'p: { kind: prometheus, url: "http://a:b@x" }'],
    ['an address of another kind', 'p: { kind: prometheus, url: "file:///etc/passwd" }'],
    ['another kind', 'p: { kind: graphite, url: http://x }'],
    ['the router’s name', 'router: { kind: prometheus, url: http://x }'],
    [
      'two ways to sign in',
      'p: { kind: prometheus, url: http://x, token: env:A, basic: { user: b, password: env:C } }',
    ],
    ['no YAML', 'a: [b'],
    ['a bomb of aliases', 'a: &a [x]\nb: *a'],
  ]
  for (const [what, text] of wrong)
    it(`may not have ${what}`, (t) => {
      assert.throws(
        () => readConnections(fileOf(t, text)),
        (error: Error & { code?: string }) => {
          assert.equal(error.code, 'config.metrics')
          assert.doesNotMatch(error.message, /hunter2/)
          return true
        },
      )
    })
  it('has to be there', () =>
    assert.throws(() => readConnections('/nowhere/metrics.yaml'), { code: 'config.metrics' }))
})

describe('a reference', () => {
  it('is read when it is used, and never told', (t) => {
    const file = fileOf(t, 'one\n')
    assert.equal(secretOf(`file:${file}`, {}), 'one')
    writeFileSync(file, 'two')
    assert.equal(secretOf(`file:${file}`, {}), 'two')
    assert.equal(secretOf('env:A', { A: 'x' }), 'x')
    for (const nothing of ['env:B', 'file:/nowhere', `file:${tmpdir()}`])
      assert.throws(() => secretOf(nothing, { B: ' ' }), { code: 'metrics.no-secret' })
  })
})
