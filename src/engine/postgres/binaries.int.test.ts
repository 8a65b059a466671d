/** The binaries as npm leaves them: without links, out of reach, half swept away, or not at all. */
import assert from 'node:assert/strict'
import {
  chmod,
  cp,
  lstat,
  mkdir,
  readFile,
  readdir,
  rm,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises'
import { basename, join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { findBinaries, findPackage } from './binaries.ts'
import { type Bench, bench, isRoot, run } from './fixture.ts'
import { serverUser } from './user.ts'

const NEEDS_ROOT = { skip: !isRoot && 'only root runs the server as someone else' }

/** The package as npm unpacks it when it runs no install scripts. */
async function unpack(b: Bench): Promise<string> {
  const installed = findPackage(`${process.platform}-${process.arch}`)
  const packageDir = join(b.dir, 'package')
  // Without the time zones: they are half of all files, and printing a version needs none.
  const isPacked = async (path: string) =>
    basename(path) !== 'timezone' && !(await lstat(path)).isSymbolicLink()
  await cp(installed, packageDir, { recursive: true, filter: isPacked })
  return packageDir
}

/** A package in a place like /root, and where copies of it go. */
async function outOfReach(t: TestContext) {
  const b = await bench(t, { withDatabase: false })
  const packageDir = await unpack(b)
  await chmod(packageDir, 0o700)
  const copiesDir = join(b.dir, 'copies')
  await mkdir(copiesDir)
  await chmod(copiesDir, 0o1777)
  const user = await serverUser(b.layout.cluster)
  const manifest = await readFile(join(packageDir, 'package.json'), 'utf8')
  const { version } = JSON.parse(manifest) as { version: string }
  const copy = join(copiesDir, `signalbox-postgres-${version}-${process.getuid?.()}`)
  return { packageDir, copiesDir, user, copy }
}

test('makes the links that an install script would have made', async (t) => {
  const b = await bench(t, { withDatabase: false })
  const packageDir = await unpack(b)
  const bare = join(packageDir, 'native', 'bin', 'initdb')
  await assert.rejects(run(bare, ['--version']), { code: 127 })
  const user = await serverUser(b.layout.cluster)
  const binaries = await findBinaries({ packageDir, user })
  assert.equal(binaries.initdb, bare)
  assert.equal(binaries.major, '18')
})

test('copies binaries that the server cannot reach, once', NEEDS_ROOT, async (t) => {
  const at = await outOfReach(t)
  const all = await Promise.all([findBinaries(at), findBinaries(at)])
  for (const { postgres } of all) assert.equal(postgres, join(at.copy, 'native', 'bin', 'postgres'))
  const shown = await run(all[0].postgres, ['--version'], { ...at.user, encoding: 'utf8' })
  assert.match(shown.stdout, /^postgres \(PostgreSQL\) 18\./)
  const made = (await lstat(at.copy)).ino
  await findBinaries(at)
  assert.equal((await lstat(at.copy)).ino, made)
  assert.deepEqual(await readdir(at.copiesDir), [basename(at.copy)])
})

test('makes a copy anew when the system has swept parts of it', NEEDS_ROOT, async (t) => {
  const at = await outOfReach(t)
  const { postgres } = await findBinaries(at)
  await rm(join(at.copy, 'native', 'share'), { recursive: true })
  await findBinaries(at)
  assert.ok((await readdir(join(at.copy, 'native', 'share'))).length > 0)
  await truncate(postgres, 1000)
  await findBinaries(at)
  assert.equal((await run(postgres, ['--version'], { ...at.user })).stderr, '')
})

test('trusts no copy that others could have made or changed', NEEDS_ROOT, async (t) => {
  const at = await outOfReach(t)
  const refused = { code: 'postgres.unsafe-directory' }
  await mkdir(at.copy)
  await run('chown', [String(at.user?.uid), at.copy])
  await assert.rejects(findBinaries(at), refused)
  await rm(at.copy, { recursive: true })
  await symlink(at.packageDir, at.copy)
  await assert.rejects(findBinaries(at), refused)
  await rm(at.copy)
  await findBinaries(at)
  await chmod(at.copy, 0o777)
  await assert.rejects(findBinaries(at), refused)
})

test('a package that was unpacked for one user alone is copied for all', NEEDS_ROOT, async (t) => {
  const at = await outOfReach(t)
  await run('chmod', ['-R', 'go=', at.packageDir])
  const umask = process.umask(0o077)
  try {
    const { initdb } = await findBinaries(at)
    assert.equal((await run(initdb, ['--version'], { ...at.user })).stderr, '')
  } finally {
    process.umask(umask)
  }
})

test('says so where there are no binaries, or none that run', async (t) => {
  const refused = { code: 'postgres.no-binaries', retry: false }
  for (const platform of ['win32-x64', 'linux-riscv64', 'darwin-x64'])
    if (platform !== `${process.platform}-${process.arch}`)
      assert.throws(() => findPackage(platform), refused)
  const b = await bench(t, { withDatabase: false })
  const packageDir = await unpack(b)
  const binary = join(packageDir, 'native', 'bin', 'postgres')
  await writeFile(binary, '#!/lib/ld-musl-none.so.1\n')
  const copiesDir = join(b.dir, 'copies')
  await mkdir(copiesDir, { mode: 0o755 })
  const user = await serverUser(b.layout.cluster)
  await assert.rejects(findBinaries({ packageDir, copiesDir, user }), {
    ...refused,
    remedy: /DATABASE_URL/,
  })
})
