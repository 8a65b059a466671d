import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { readBucket } from './audit-bucket.ts'
import { readAuthorities } from './timestamp-authorities.ts'

function fileOf(t: TestContext, text: string): string {
  const dir = mkdtempSync(join(tmpdir(), 'sb-audit-'))
  t.after(() => rmSync(dir, { recursive: true }))
  writeFileSync(join(dir, 'file.yaml'), text)
  return join(dir, 'file.yaml')
}

const BUCKET = `endpoint: https://s3.example.com
bucket: acme-audit
accessKeyId: env:KEY_ID
secretAccessKey: env:KEY
`

describe('the file of the bucket', () => {
  it('names a place, and keys that are read at each use', (t) => {
    const environment = { KEY_ID: 'a', KEY: 'b' }
    const read = readBucket(fileOf(t, BUCKET), environment)
    assert.deepEqual(
      [read.endpoint, read.bucket, read.region, read.prefix, read.style],
      ['https://s3.example.com', 'acme-audit', 'us-east-1', '', 'path'],
    )
    assert.deepEqual(read.key(), { id: 'a', secret: 'b' })
    environment.KEY = 'c'
    assert.equal(read.key().secret, 'c')
    environment.KEY = ''
    assert.throws(() => read.key(), { code: 'audit.bucket-no-secret' })
  })
  it('is refused with its place when a line is wrong', (t) => {
    for (const [line, place] of [
      ['prefix: ../up/', /prefix/],
      ['prefix: no-slash', /prefix/],
      ['style: virtual', /style/],
      ['secret: x', /secret/],
      ['bucket: A_B', /bucket/],
    ] as const) {
      const [name = ''] = line.split(':')
      const kept = BUCKET.replace(new RegExp(`^${name}:.*\n`, 'm'), '')
      const file = fileOf(t, `${kept}${line}\n`)
      assert.throws(() => readBucket(file, {}), { code: 'config.bucket', message: place })
    }
    const bare = fileOf(t, BUCKET.replace('env:KEY_ID', 'AKIA123'))
    assert.throws(() => readBucket(bare, {}), { code: 'config.bucket', message: /accessKeyId/ })
  })
})

describe('the file of timestamp authorities', () => {
  const one = (certificates: string) =>
    `authorities:\n  - { name: ours, url: 'https://tsa.example/', certificates: ${certificates} }\n`
  it('none is none', () => assert.deepEqual(readAuthorities(undefined).authorities, []))
  it('is refused when it asks too often, twice by a name, or brings no certificate', (t) => {
    const pem = fileOf(t, 'no certificate\n')
    for (const [text, why] of [
      [one(pem), /holds no certificate/],
      [one('/nowhere.pem'), /nowhere/],
      [one('tsa.pem'), /authorities\.0\.certificates/],
      [`every: 5s\n${one(pem)}`, /every/],
      [`${one(pem)}${one(pem).split('\n')[1]}\n`, /each name once/],
      ['authorities: []', /authorities/],
    ] as const)
      assert.throws(() => readAuthorities(fileOf(t, text)), {
        code: 'config.timestamps',
        message: why,
      })
  })
})
