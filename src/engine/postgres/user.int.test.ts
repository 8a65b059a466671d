/** Who the server runs as: never root, and no one but us when we are ordinary. */
import assert from 'node:assert/strict'
import { chown, mkdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { bench, isRoot, NO_OTHER_USER, NOBODY, pretendDatabase, query } from './fixture.ts'
import { serverUser } from './user.ts'

const NEEDS_ROOT = { skip: !isRoot && 'needs root' }
const PASSWD = `root:x:0:0:root:/root:/bin/bash
nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
`

test('root gives the database to postgres, or to nobody', NEEDS_ROOT, async (t) => {
  const b = await bench(t, { withDatabase: false })
  const passwd = join(b.dir, 'passwd')
  await writeFile(passwd, PASSWD)
  assert.deepEqual(await serverUser(b.layout.cluster, passwd), NOBODY)
  await writeFile(passwd, `${PASSWD}postgres:x:101:104::/var/lib/postgresql:/bin/bash\n`)
  assert.deepEqual(await serverUser(b.layout.cluster, passwd), { uid: 101, gid: 104 })
  await writeFile(passwd, 'root:x:0:0:root:/root:/bin/bash\n')
  await assert.rejects(serverUser(b.layout.cluster, passwd), { code: 'postgres.no-user' })
})

test('a database keeps the user it has, whoever else there is', NEEDS_ROOT, async (t) => {
  const b = await bench(t, { withDatabase: false })
  await pretendDatabase(b, '18')
  await chown(b.layout.cluster, 4711, 4712)
  assert.deepEqual(await serverUser(b.layout.cluster), { uid: 4711, gid: 4712 })
})

test('a strict umask of root does not lock the server out', NEEDS_ROOT, async (t) => {
  const b = await bench(t, { withDatabase: false, name: 'deep/down/data' })
  const umask = process.umask(0o077)
  t.after(() => process.umask(umask))
  await b.start()
  assert.equal((await stat(join(b.dir, 'deep'))).mode & 0o777, 0o711)
})

test('as root, the server is not', NEEDS_ROOT, async (t) => {
  const b = await bench(t)
  const cluster = await b.start()
  const { uid } = await stat(`/proc/${cluster.pid}`)
  assert.equal(uid, (await serverUser(b.layout.cluster))?.uid)
  assert.notEqual(uid, 0)
})

test('an ordinary user needs nothing, and root may join it', { skip: NO_OTHER_USER }, async (t) => {
  const b = await bench(t, { withDatabase: false })
  await mkdir(b.layout.dataDir, { mode: 0o700 })
  await chown(b.layout.dataDir, NOBODY.uid, NOBODY.gid)
  const { pid } = await b.startElsewhere(NOBODY)
  assert.equal((await stat(`/proc/${pid}`)).uid, NOBODY.uid)
  const cluster = await b.start()
  assert.deepEqual([cluster.adopted, cluster.pid], [true, pid])
  assert.deepEqual(await query(cluster, 'select 1 as one'), { one: 1 })
})
