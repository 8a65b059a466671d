import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { connectionsOf, secretsOf } from './connections.ts'

function fileOf(t: TestContext, text: string): string {
  const dir = mkdtempSync(join(tmpdir(), 'sb-connections-'))
  t.after(() => rmSync(dir, { recursive: true }))
  writeFileSync(join(dir, 'connections.yaml'), text)
  return join(dir, 'connections.yaml')
}

describe('the file of connections', () => {
  it('names each with its kind, its secrets and how it is read', (t) => {
    const file = fileOf(
      t,
      `github:
  kind: github
  secret: [env:NEW, file:/run/old]
  services: { acme/shop: checkout }
  backfill: { token: env:TOKEN, repositories: [acme/shop] }
jira: { kind: generic, secret: env:JIRA, signature: atlassian }
other: { kind: generic, secret: env:OTHER, signature: { header: x-sig, encoding: base64 } }`,
    )
    assert.deepEqual(connectionsOf(file), {
      github: {
        kind: 'github',
        secret: ['env:NEW', 'file:/run/old'],
        services: { 'acme/shop': 'checkout' },
        backfill: {
          url: 'https://api.github.com',
          token: 'env:TOKEN',
          repositories: ['acme/shop'],
        },
      },
      jira: { kind: 'generic', secret: ['env:JIRA'], signature: 'atlassian' },
      other: {
        kind: 'generic',
        secret: ['env:OTHER'],
        signature: { header: 'x-sig', prefix: '', algorithm: 'sha256', encoding: 'base64' },
      },
    })
    assert.deepEqual(connectionsOf(undefined), {})
  })

  it('names who is told what happens here, with secrets by reference', (t) => {
    const file = fileOf(
      t,
      `bus: { kind: cdevents-out, url: https://bus.example/in, token: env:BUS }
other: { kind: cdevents-out, url: http://127.0.0.1:1, secret: env:S, source: /ci, timeout: 3 }`,
    )
    assert.deepEqual(connectionsOf(file), {
      bus: { kind: 'cdevents-out', url: 'https://bus.example/in', token: 'env:BUS', timeout: 10 },
      other: {
        kind: 'cdevents-out',
        url: 'http://127.0.0.1:1',
        secret: ['env:S'],
        source: '/ci',
        timeout: 3,
      },
    })
  })

  const wrong: readonly (readonly [what: string, text: string])[] = [
    ['a secret that is no reference', 'g: { kind: github, secret: hunter2 }'],
    ['no secret', 'g: { kind: github }'],
    ['a kind that nobody knows', 'g: { kind: gitea, secret: env:A }'],
    ['a key that nobody knows', 'g: { kind: github, secret: env:A, servces: {} }'],
    ['a name that is no address', 'G H: { kind: github, secret: env:A }'],
    ['a generic one that says not how it signs', 'g: { kind: generic, secret: env:A }'],
    ['a sink without an address', 'g: { kind: cdevents-out }'],
    ['a token in the open', 'g: { kind: cdevents-out, url: "https://a.example", token: hunter2 }'],
    ['a user in an address', 'g: { kind: cdevents-out, url: "https://u:p@a.example" }'],
    ['a sink that may hang', 'g: { kind: cdevents-out, url: "https://a.example", timeout: 600 }'],
    ['an alias', 'g: &a { kind: github, secret: env:A }\nh: *a'],
    ['no YAML', 'g: ['],
  ]
  for (const [what, text] of wrong)
    it(`is refused with ${what}`, (t) => {
      assert.throws(() => connectionsOf(fileOf(t, text)), { code: 'config.connections' })
    })
  it('is refused when it is not there', () => {
    assert.throws(() => connectionsOf('/nowhere/connections.yaml'), { code: 'config.connections' })
  })
})

it('of several secrets those count that are there, and one must be', () => {
  assert.deepEqual(secretsOf(['env:NEW', 'env:OLD'], { OLD: ' old\n', NEW: '' }), ['old'])
  assert.throws(() => secretsOf(['env:NEW'], {}), { code: 'connection.no-secret' })
})
