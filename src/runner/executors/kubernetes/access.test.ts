import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { after } from 'node:test'
import { accessFrom } from './access.ts'

const folder = mkdtempSync(join(tmpdir(), 'sb-access-'))
after(() => rmSync(folder, { recursive: true }))
const file = join(folder, 'config')

function config(cluster: object, user: object, context: object = {}) {
  const all = {
    'current-context': 'here',
    contexts: [{ name: 'here', context: { cluster: 'c', user: 'u', ...context } }],
    clusters: [{ name: 'c', cluster: { server: 'https://k.example:6443', ...cluster } }],
    users: [{ name: 'u', user }],
  }
  writeFileSync(file, JSON.stringify(all))
  return accessFrom(file)
}

test('a kubeconfig with a token, and a namespace that a flag may override', () => {
  const access = config({ 'certificate-authority-data': 'Y2E=' }, { token: 't' })
  assert.deepEqual(
    [access.server.host, access.namespace, access.token()],
    ['k.example:6443', 'default', 't'],
  )
  assert.equal(String(access.tls.ca), 'ca')
  assert.equal(accessFrom(file, 'builds').namespace, 'builds')
})

test('files beside it are found, and a token in one is read each time', () => {
  for (const [name, text] of [
    ['token', 'one\n'],
    ['cert', 'c'],
    ['key', 'k'],
  ] as const)
    writeFileSync(join(folder, name), text)
  const user = { tokenFile: 'token', 'client-certificate': 'cert', 'client-key': 'key' }
  const access = config({}, user, { namespace: 'n' })
  assert.equal(access.token(), 'one')
  writeFileSync(join(folder, 'token'), 'two')
  assert.deepEqual([access.token(), access.namespace, String(access.tls.cert)], ['two', 'n', 'c'])
})

test('what cannot be used is said to be so, and why', () => {
  const refused = (work: () => unknown, message: RegExp) =>
    assert.throws(work, { code: 'kubernetes.unknown-access', message })
  refused(() => config({}, { exec: { command: 'x' } }), /a program that is not started/)
  refused(() => config({ 'insecure-skip-tls-verify': true }, {}), /not to look at the certificate/)
  refused(() => config({}, {}, { cluster: 'other' }), /no cluster 'other'/)
  refused(() => accessFrom(join(folder, 'none')), /cannot be read/)
  refused(() => accessFrom('in-cluster'), /no service account/)
  writeFileSync(file, '{}')
  refused(() => accessFrom(file), /current-context/)
})
