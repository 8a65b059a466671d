import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import test, { type TestContext } from 'node:test'
import * as fc from 'fast-check'
import { TAR_END, tarHeader, tarPadding } from './tar.ts'
import { unpackTar } from './untar.ts'

function makeFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'untar-'))
  t.after(() => rmSync(folder, { recursive: true }))
  return folder
}
/** In pieces of a size that fits nothing. */
function* cut(bytes: Buffer, size = 333) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}
const unpack = (bytes: Buffer, folder: string) => unpackTar(Readable.from(cut(bytes)), folder)
const file = (path: string, content: string) => [
  tarHeader({ path, mode: 0o644, sizeBytes: Buffer.byteLength(content) }),
  Buffer.from(content),
  tarPadding(Buffer.byteLength(content)),
]
const link = (path: string, to: string) => tarHeader({ path, mode: 0o777, sizeBytes: 0, link: to })
const archive = (...blocks: Buffer[]) => Buffer.concat([...blocks, TAR_END])
/** The entry's kind changed, its sum corrected. */
function ofKind(kind: string, header: Buffer): Buffer {
  const sum = Number.parseInt(header.toString('ascii', 148, 154), 8)
  const was = header[156] ?? 0
  header.write(kind, 156)
  header.write(`${(sum - was + kind.charCodeAt(0)).toString(8).padStart(6, '0')}\0 `, 148)
  return header
}

test('what git archive and the two dialects of tar write comes out as it went in', async (t) => {
  const source = makeFolder(t)
  const deep = `${'deep/'.repeat(30)}${'n'.repeat(120)}`
  mkdirSync(join(source, deep, '..'), { recursive: true })
  writeFileSync(join(source, deep), 'deep')
  writeFileSync(join(source, 'grüße.txt'), 'hallo')
  writeFileSync(join(source, 'run.sh'), 'x'.repeat(70_000), { mode: 0o755 })
  symlinkSync('run.sh', join(source, 'short'))
  symlinkSync(deep, join(source, 'long'))
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', ...args], { cwd: source })
  git('init', '-q')
  git('add', '.')
  git('commit', '-q', '-m', 'x')
  const tar = (format: string) =>
    execFileSync('tar', ['-c', `--format=${format}`, '--exclude=.git', '.'], { cwd: source })
  for (const bytes of [git('archive', 'HEAD'), tar('gnu'), tar('posix')]) {
    const target = makeFolder(t)
    await unpack(bytes, target)
    assert.deepEqual(
      readdirSync(target).toSorted(),
      ['deep', 'grüße.txt', 'long', 'run.sh', 'short'].toSorted(),
    )
    assert.equal(readFileSync(join(target, deep), 'utf8'), 'deep')
    assert.equal(readFileSync(join(target, 'run.sh'), 'utf8').length, 70_000)
    assert.equal(lstatSync(join(target, 'run.sh')).mode & 0o100, 0o100)
    assert.equal(lstatSync(join(target, 'grüße.txt')).mode & 0o100, 0)
    assert.equal(readlinkSync(join(target, 'short')), 'run.sh')
    assert.equal(readlinkSync(join(target, 'long')), deep)
  }
})

test('what the writer writes, the reader reads, however the stream is cut', async (t) => {
  const root = makeFolder(t)
  const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 })
  const isName = (text: string) =>
    !/[/\0]/.test(text) && text !== '.' && text !== '..' && Buffer.byteLength(text) < 250
  const path = fc.array(name.filter(isName), { minLength: 1, maxLength: 4 })
  await fc.assert(
    fc.asyncProperty(
      path,
      fc.string({ maxLength: 2000 }),
      fc.nat(2000),
      async (names, text, size) => {
        const target = mkdtempSync(join(root, 'x'))
        const bytes = archive(...file(names.join('/'), text))
        await unpackTar(Readable.from(cut(bytes, size + 1)), target)
        assert.equal(readFileSync(join(target, ...names), 'utf8'), text)
      },
    ),
    { numRuns: 50 },
  )
})

test('nothing is written outside, whatever the archive says', async (t) => {
  const outside = makeFolder(t)
  const rows = [
    [link('l', outside), ...file('l/evil', 'x')],
    [...file('d/a', 'x'), link('d', outside), ...file('d/evil', 'x')],
    [link('a', '..'), link('a/b', outside), ...file('a/b/evil', 'x')],
    [link('f', join(outside, 'evil')), ...file('f', 'x')],
    [link('d', outside), ofKind('5', tarHeader({ path: 'd/', mode: 0o755, sizeBytes: 0 }))],
  ]
  for (const row of rows) await unpack(archive(...row), makeFolder(t))
  for (const path of ['../evil', `${outside}/evil`, 'a/../../evil', 'a//b', 'a/./b'])
    await assert.rejects(unpack(archive(...file(path, 'x')), makeFolder(t)), /leads out of it/)
  assert.deepEqual(readdirSync(outside), [])
})

test('what is no tar, ends early or holds devices is refused with its reason', async (t) => {
  const whole = archive(...file('a', 'content'))
  const large = tarHeader({ path: 'x', mode: 0o644, sizeBytes: 100_000 })
  const rows: [Buffer, RegExp][] = [
    [Buffer.from('x'.repeat(2000)), /it is no tar archive/],
    [Buffer.from('short'), /ends early/],
    [whole.subarray(0, 700), /ends early/],
    [whole.subarray(0, 1024), /ends early/],
    [archive(ofKind('3', tarHeader({ path: 'd', mode: 0, sizeBytes: 0 }))), /unknown kind '3'/],
    [archive(ofKind('1', tarHeader({ path: 'd', mode: 0, sizeBytes: 0 }))), /unknown kind '1'/],
    [archive(ofKind('x', large), Buffer.alloc(100_352)), /extended header is too large/],
    [archive(ofKind('x', file('x', '9 path=')[0] ?? whole), Buffer.alloc(512)), /is broken/],
  ]
  for (const [bytes, message] of rows)
    await assert.rejects(unpack(bytes, makeFolder(t)), {
      code: 'runner.source-unreadable',
      message,
    })
})
