import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import type { JobSpec } from '../pipelines/events.ts'
import type { LeasedJob } from '../pipelines/protocol.ts'
import { mountedSecrets, mountSecrets, parseSecretRules, readSecrets } from './secrets.ts'

const environment = { CI_TOKEN: 'hunter22', OTHER: 'other-value', SIGNALBOX_TOKEN: 'sbx_token' }
const asked = (secrets: Record<string, string>, isFork?: true) =>
  ({ job: { secrets } as Partial<JobSpec>, isFork }) as LeasedJob
const read = (allowed: string, secrets: Record<string, string>, isFork?: true) =>
  readSecrets(asked(secrets, isFork), { allowed: parseSecretRules(allowed), environment })

function makeFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'secrets-'))
  t.after(() => rmSync(folder, { recursive: true }))
  return folder
}

test('what is allowed is read from the environment of the runner', () => {
  assert.deepEqual(read('env:CI_*', { TOKEN: 'env:CI_TOKEN' }), { TOKEN: 'hunter22' })
  assert.throws(() => read('env:CI_*', { TOKEN: 'env:OTHER' }), { code: 'secret.not-allowed' })
  assert.throws(() => read('env:CI_*', { TOKEN: 'env:CI_GONE' }), { code: 'secret.missing' })
  assert.throws(() => read('', { TOKEN: 'env:CI_TOKEN' }), { code: 'secret.not-allowed' })
})

test('no rule opens the token of the runner itself', () => {
  const steal = { TOKEN: 'env:SIGNALBOX_TOKEN' }
  assert.throws(() => read('env:SIGNALBOX_TOKEN', steal), { code: 'secret.not-allowed' })
  assert.throws(() => read('env:S*', steal), { code: 'secret.not-allowed' })
})

test('a file is read where its folder is allowed, and a link does not lead out', (t) => {
  const folder = makeFolder(t)
  mkdirSync(join(folder, 'open'))
  writeFileSync(join(folder, 'open', 'key'), 'hunter22\n')
  writeFileSync(join(folder, 'closed'), 'hunter23\n')
  symlinkSync('../closed', join(folder, 'open', 'way-out'))
  const rules = `file:${folder}/open/*`
  const at = (path: string) => ({ KEY: `file:${folder}/${path}` })
  assert.deepEqual(read(rules, at('open/key')), { KEY: 'hunter22' })
  for (const path of ['closed', 'open/../closed', 'open/way-out', 'nowhere'])
    assert.throws(() => read(rules, at(path)), { code: 'secret.not-allowed' }, path)
  assert.throws(() => read(rules, at('open/gone')), { code: 'secret.missing' })
  assert.throws(() => read('file:/*', { KEY: 'file:key' }), { code: 'secret.not-allowed' })
})

test('a change from a fork gets none, whatever it asks for', () => {
  assert.deepEqual(read('env:CI_*', { TOKEN: 'env:CI_TOKEN' }, true), {})
})

test('what no runner can read, and a rule that says nothing, are refused', () => {
  assert.throws(() => read('env:CI_*', { KEY: 'vault:ci/x#y' }), { code: 'secret.not-allowed' })
  for (const rule of ['CI_TOKEN', 'env:', 'file:relative', 'vault:x', 'env:A B'])
    assert.throws(() => parseSecretRules(rule), { code: 'runner.bad-secret-rule' }, rule)
  assert.deepEqual(parseSecretRules(' env:A , file:/b/* ,'), ['env:A', 'file:/b/*'])
})

test('as files they are for the job alone, and found again', (t) => {
  const root = makeFolder(t)
  const variables = mountSecrets(root, { KEY: 'hunter22' })
  assert.deepEqual(variables, { KEY: 'hunter22', SIGNALBOX_SECRETS: join(root, 'secrets') })
  assert.equal(statSync(join(root, 'secrets', 'KEY')).mode & 0o777, 0o600)
  assert.deepEqual(mountedSecrets(root), ['hunter22'])
  assert.deepEqual(mountSecrets(makeFolder(t), {}), {})
})
