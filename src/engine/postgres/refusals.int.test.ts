/**
 * When the world does not let a server run: every refusal has a code that says why, and leaves the
 * data as it was, so that the start succeeds once the cause is gone.
 */
import assert from 'node:assert/strict'
import {
  chmod,
  lstat,
  mkdir,
  readFile,
  readdir,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import {
  type Bench,
  bench,
  isRoot,
  killServer,
  NO_OTHER_USER,
  NOBODY,
  pretendDatabase,
  query,
  run,
} from './fixture.ts'
import { socketDirOf } from './socket-dir.ts'

/** The data directory on a small disk of its own; `false` where we may not mount one. */
async function onSmallDisk(t: TestContext, b: Bench, megabytes: number): Promise<boolean> {
  await mkdir(b.layout.dataDir, { recursive: true })
  const args = ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=711`, 'tmpfs', b.layout.dataDir]
  const isMounted = await run('mount', args).then(
    () => true,
    () => false,
  )
  if (isMounted) {
    b.defer(() => run('umount', ['--lazy', b.layout.dataDir]))
    b.defer(() => killServer(b.layout))
  } else t.skip('mounting a disk takes rights that we do not have')
  return isMounted
}

test('a disk too small for a first database', async (t) => {
  const b = await bench(t, { withDatabase: false })
  if (!(await onSmallDisk(t, b, 24))) return
  await assert.rejects(b.start(), { code: 'postgres.no-space', retry: true })
  assert.deepEqual(await readdir(b.layout.dataDir), [])
})

test('a disk that is full, until it is not', async (t) => {
  const b = await bench(t, { withDatabase: false })
  if (!(await onSmallDisk(t, b, 96))) return
  const first = await b.start()
  await query(first, 'create table kept as select 1 as n')
  await first.stop()
  const filler = join(b.layout.dataDir, 'filler')
  await assert.rejects(writeFile(filler, Buffer.alloc(96 << 20)), { code: 'ENOSPC' })
  await assert.rejects(b.start(), { code: 'postgres.no-space', retry: true })
  await rm(filler)
  assert.deepEqual(await query(await b.start(), 'select n from kept'), { n: 1 })
})

test('a disk that is mounted read-only', async (t) => {
  const b = await bench(t, { withDatabase: false })
  if (!(await onSmallDisk(t, b, 96))) return
  const remount = (how: string) => run('mount', ['-o', `remount,${how}`, b.layout.dataDir])
  await remount('ro')
  await assert.rejects(b.start(), { code: 'postgres.not-writable' })
  await remount('rw')
  await (await b.start()).stop()
  await remount('ro')
  await assert.rejects(b.start(), { code: 'postgres.not-writable', retry: false })
})

test('a directory in which we may make nothing', async (t) => {
  const b = await bench(t, { withDatabase: false })
  // Root may write anywhere, but the user it hands the database to must be able to get there.
  await chmod(b.dir, isRoot ? 0o700 : 0o500)
  b.defer(() => chmod(b.dir, 0o711))
  await assert.rejects(b.start(), { code: 'postgres.not-writable', retry: false })
})

test('a database that someone took over', { skip: !isRoot && 'needs root' }, async (t) => {
  const b = await bench(t, { withDatabase: false })
  await pretendDatabase(b, '18')
  await run('chown', ['-R', '0:0', b.layout.cluster])
  await assert.rejects(b.start(), { code: 'postgres.not-writable', message: /belongs to root/ })
})

test("another user's database", { skip: NO_OTHER_USER }, async (t) => {
  const b = await bench(t, { withDatabase: false })
  await pretendDatabase(b, '18')
  const script = `
    import { startCluster } from '${import.meta.resolve('./cluster.ts')}'
    import { makeLogger } from '${import.meta.resolve('../log.ts')}'
    await startCluster({ dataDir: process.argv[1], log: makeLogger('silent') }).catch((fault) => {
      process.stdout.write(fault.code)
    })`
  const args = ['--input-type=module', '-e', script, b.layout.dataDir]
  const { stdout } = await run(process.execPath, args, NOBODY)
  assert.equal(stdout, 'postgres.not-writable')
})

test('a file where the directory should be', async (t) => {
  const b = await bench(t, { withDatabase: false })
  await writeFile(b.layout.dataDir, '')
  await assert.rejects(b.start(), { code: 'postgres.not-writable' })
})

test('a database of another major version is not touched', async (t) => {
  const b = await bench(t, { withDatabase: false })
  const file = join(b.layout.cluster, 'PG_VERSION')
  await pretendDatabase(b, '17')
  await assert.rejects(b.start(), { code: 'postgres.wrong-version', message: /version 17, .* 18/ })
  assert.equal(await readFile(file, 'utf8'), '17\n')
})

test('a directory of unknown files is not taken for an empty one', async (t) => {
  const b = await bench(t, { withDatabase: false })
  await pretendDatabase(b, '18')
  await rename(join(b.layout.cluster, 'PG_VERSION'), join(b.layout.cluster, 'thesis.doc'))
  await assert.rejects(b.start(), { code: 'postgres.damaged' })
  assert.deepEqual(await readdir(b.layout.cluster), ['thesis.doc'])
})

test('a password that is no longer the right one', async (t) => {
  const b = await bench(t)
  const right = await readFile(b.layout.passwordFile, 'utf8')
  await writeFile(b.layout.passwordFile, 'wrong')
  await assert.rejects(b.start(), { code: 'postgres.wrong-password' })
  // The server that was started for this is stopped again, in order.
  await assert.rejects(lstat(b.layout.lockFile), { code: 'ENOENT' })
  await writeFile(b.layout.passwordFile, right)
  await b.start()
})

test('a setting that PostgreSQL does not know, in its own words', async (t) => {
  const b = await bench(t)
  await assert.rejects(b.start({ no_such_setting: '1' }), {
    code: 'postgres.not-started',
    message: /unrecognized configuration parameter "no_such_setting"/,
  })
})

test('a socket directory that others can enter, or that leads elsewhere', async (t) => {
  const b = await bench(t)
  const dir = socketDirOf(b.layout.cluster)
  await mkdir(dir)
  await chmod(dir, 0o777)
  await assert.rejects(b.start(), { code: 'postgres.unsafe-directory' })
  await rm(dir, { recursive: true })
  await symlink(b.layout.cluster, dir) // private and the right user's, but not our doing
  await assert.rejects(b.start(), { code: 'postgres.unsafe-directory' })
  await rm(dir)
  await mkdir(dir, { mode: 0o700 }) // as when we were killed just after making it
  await b.start()
})
