import assert from 'node:assert/strict'
import { test } from 'node:test'
import { logStoreContract } from '../../../test/contracts/log-store.contract.ts'
import { bucketAt, fakeBucket } from '../../../test/support/fake-bucket.ts'
import { REAL_BUCKET } from '../../../test/support/surroundings.ts'
import { logBucket } from './log-bucket.ts'

const now = () => Date.now()

logStoreContract({
  name: 'a bucket',
  skip: false,
  open: async (t) => logBucket(bucketAt((await fakeBucket(t)).endpoint), now),
})

logStoreContract({
  name: 'a bucket of a real store',
  skip: REAL_BUCKET === undefined ? 'SIGNALBOX_TEST_S3 names none' : false,
  open: async () => {
    const url = new URL(REAL_BUCKET ?? '')
    const asked = (name: string) => url.searchParams.get(name) ?? ''
    const prefix = `test-${Date.now()}-${Math.floor(Math.random() * 1e9)}/`
    const key = () => ({ id: asked('id'), secret: asked('secret') })
    const bucket = url.pathname.slice(1)
    const place = { endpoint: url.origin, bucket, region: asked('region'), prefix, key }
    return logBucket({ ...place, style: 'path' }, now)
  },
})

test('a store that writes over what should stay is refused', async (t) => {
  const fake = await fakeBucket(t)
  fake.forgetConditions()
  const store = logBucket(bucketAt(fake.endpoint), now)
  const put = async () => store.put('tile/0/000', Buffer.from('a'))
  await assert.rejects(put, { code: 'audit.bucket-unfit' })
  await assert.rejects(put, { code: 'audit.bucket-unfit' })
  assert.ok(!fake.objects.has('/log/box/tile/0/000'))
})

test('a store in trouble is asked again; one that says no is not', async (t) => {
  const fake = await fakeBucket(t)
  const store = logBucket(bucketAt(fake.endpoint), now)
  fake.fail(503, 2)
  await store.put('tile/0/000', Buffer.from('a'))
  assert.equal(fake.objects.get('/log/box/tile/0/000')?.toString(), 'a')
  fake.fail(500, 3)
  await assert.rejects(store.get('tile/0/000'), { code: 'audit.bucket-unreachable' })
  const before = fake.requests.length
  await assert.rejects(logBucket(bucketAt(fake.endpoint, 'other'), now).get('checkpoint'), {
    code: 'audit.bucket-refused',
    message: /SignatureDoesNotMatch/,
  })
  assert.equal(fake.requests.length, before + 1)
  await assert.rejects(
    logBucket({ ...bucketAt(fake.endpoint), bucket: 'none' }, now).get('checkpoint'),
    {
      code: 'audit.bucket-refused',
    },
  )
})
