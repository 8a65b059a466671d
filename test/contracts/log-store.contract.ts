/** What every place for the files of an audit log keeps: a folder, a bucket. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { LogStore } from '#evidence/ports.ts'

export interface LogStores {
  readonly name: string
  /** Why it cannot be tried here. */
  readonly skip: string | false
  open(t: TestContext): Promise<LogStore>
}

export function logStoreContract({ name, skip, open }: LogStores): void {
  const law = (what: string, run: (store: LogStore) => Promise<void>) =>
    void test(`${name}: ${what}`, { skip }, async (t) => run(await open(t)))

  law('a file is written once; the same bytes again are no mistake', async (store) => {
    const path = 'e2/tile/entries/x001/x234/067'
    assert.equal(await store.get(path), undefined)
    await store.put(path, Buffer.from('a'))
    await store.put(path, Buffer.from('a'))
    await assert.rejects(store.put(path, Buffer.from('b')), { code: 'audit.forked' })
    assert.equal((await store.get(path))?.toString(), 'a')
  })
  law('the checkpoint alone is replaced', async (store) => {
    await store.replace('checkpoint', Buffer.from('1'))
    await store.replace('checkpoint', Buffer.from('2'))
    assert.equal((await store.get('checkpoint'))?.toString(), '2')
  })
  law('all bytes come back, also none and many', async (store) => {
    const bytes = Buffer.from(Array.from({ length: 100_000 }, (_, i) => (i * 31) % 256))
    await store.put('tile/0/000.p/7', bytes)
    assert.ok((await store.get('tile/0/000.p/7'))?.equals(bytes))
    await store.put('tile/0/001', Buffer.alloc(0))
    assert.equal((await store.get('tile/0/001'))?.length, 0)
  })
  law('of writers that race with different bytes one is heard', async (store) => {
    const writes = ['a', 'b', 'c', 'd'].map((text) =>
      store.put('tile/1/000', Buffer.from(text)).then(
        () => text,
        (error: unknown) => {
          assert.equal((error as { code?: string }).code, 'audit.forked')
          return undefined
        },
      ),
    )
    const heard = (await Promise.all(writes)).filter((each) => each !== undefined)
    assert.deepEqual(heard, [(await store.get('tile/1/000'))?.toString()])
  })
  law('a path that is no name of a log is refused, and nothing is looked for', async (store) => {
    for (const outside of ['../keys/x', 'tile/../../x', '/etc/passwd', '.writing/x', ''])
      await assert.rejects(async () => store.get(outside), /no path of a log/)
  })
}
