import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Fault } from '#kernel/fault.ts'
import { auditRig, memoryStore } from '../../../test/support/audit-rig.ts'
import { until } from '../../../test/support/until.ts'
import { readCheckpoint } from '../log/checkpoint.ts'
import { readHead } from '../queries/sealing.ts'

const MINUTE_MS = 60_000

test('what is written is sealed while the store of its files hangs', async (t) => {
  const store = memoryStore()
  const { put } = store
  const hangs = Promise.withResolvers<void>()
  store.put = async (path, bytes) => {
    await hangs.promise
    return put(path, bytes)
  }
  const { loop, write, head, database, verify } = await auditRig(t, { store })
  await loop.start()
  t.after(() => hangs.resolve())
  t.after(() => loop.stop())
  await write(300)
  const size = async () => ((await readHead(database))?.size ?? 0) >= 300
  await until('300 entries are sealed', size, MINUTE_MS)
  await write(20)
  const more = async () => ((await readHead(database))?.size ?? 0) >= 320
  await until('20 more are', more, MINUTE_MS)
  assert.ok(!store.files.has('tile/0/000'))
  assert.deepEqual((await verify()).mismatches, [])
  hangs.resolve()
  await until('the tiles are there', () => store.files.has('tile/0/000'), MINUTE_MS)
  await until(
    'the newest checkpoint is',
    async () => {
      const read = readCheckpoint(store.files.get('checkpoint')?.toString() ?? '')
      return !('why' in read) && read.size === (await head()).size
    },
    MINUTE_MS,
  )
})

test('nothing is signed before it is known what was published', async (t) => {
  const store = memoryStore()
  const { get } = store
  let isAway = true
  store.get = async (path) => {
    if (isAway) throw new Fault('audit.bucket-unreachable', 'It is away.', { remedy: 'Wait.' })
    return get(path)
  }
  const { loop, write, head } = await auditRig(t, { store })
  await loop.start()
  t.after(() => loop.stop())
  await write(3)
  await assert.rejects(loop.round(), { code: 'audit.bucket-unreachable' })
  assert.equal((await head()).size, 0)
  isAway = false
  await until('it is sealed', async () => (await head()).size >= 3, MINUTE_MS)
})
