import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { openLogFolder } from './log-folder.ts'

test('a file of the log is written once; the checkpoint alone changes', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'signalbox-log-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const store = await openLogFolder(folder)
  const path = 'e2/tile/entries/x001/x234/067'
  assert.equal(await store.get(path), undefined)
  await store.put(path, Buffer.from('a'))
  await store.put(path, Buffer.from('a'))
  await assert.rejects(store.put(path, Buffer.from('b')), { code: 'audit.forked' })
  assert.equal((await store.get(path))?.toString(), 'a')
  await store.replace('checkpoint', Buffer.from('1'))
  await store.replace('checkpoint', Buffer.from('2'))
  assert.equal((await store.get('checkpoint'))?.toString(), '2')
  for (const outside of ['../keys/x', 'tile/../../x', '/etc/passwd', '.writing/x', ''])
    await assert.rejects(async () => store.get(outside), /no path of a log/)
})
