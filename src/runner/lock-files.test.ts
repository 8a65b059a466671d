import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { readParts } from './lock-files.ts'

function folderOf(t: TestContext, files: Readonly<Record<string, unknown>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'locks-'))
  t.after(() => rmSync(folder, { recursive: true }))
  for (const [name, content] of Object.entries(files))
    writeFileSync(
      join(folder, name),
      typeof content === 'string' ? content : JSON.stringify(content),
    )
  return folder
}
function partsOf(t: TestContext, files: Readonly<Record<string, unknown>>) {
  const list = readParts(folderOf(t, files))
  if ('unknown' in list) assert.fail(list.unknown)
  return list
}
const reasonOf = (t: TestContext, files: Readonly<Record<string, unknown>>) => {
  const list = readParts(folderOf(t, files))
  return 'unknown' in list ? list.unknown : 'known'
}

test('a package needs the copy that Node would find, and development parts do not ship', (t) => {
  const { parts, direct } = partsOf(t, {
    'package-lock.json': {
      packages: {
        '': { dependencies: { a: '1', alias: '1' } },
        'node_modules/a': { version: '1.0.0', dependencies: { b: '2' } },
        'node_modules/a/node_modules/b': { version: '2.0.0', dependencies: { c: '1' } },
        'node_modules/b': { version: '1.0.0', dev: true },
        'node_modules/c': { version: '1.0.0', devOptional: true, peerDependencies: { a: '1' } },
        'node_modules/alias': { name: 'real', version: '3.0.0' },
        'node_modules/own': { link: true },
        'packages/own': { version: '0.0.0', dependencies: { c: '1' } },
      },
    },
  })
  const needs = Object.fromEntries(parts.map((part) => [part.purl, part.needs]))
  assert.deepEqual(needs, {
    'pkg:npm/a@1.0.0': ['pkg:npm/b@2.0.0'],
    'pkg:npm/b@2.0.0': ['pkg:npm/c@1.0.0'],
    'pkg:npm/c@1.0.0': ['pkg:npm/a@1.0.0'],
    'pkg:npm/real@3.0.0': [],
  })
  assert.deepEqual(direct, ['pkg:npm/a@1.0.0', 'pkg:npm/real@3.0.0', 'pkg:npm/c@1.0.0'])
  assert.deepEqual(
    parts.filter((part) => part.isOptional).map((part) => part.name),
    ['c'],
  )
})

test('pinned requirements are parts, with a hash when it is theirs alone', (t) => {
  const one = 'a'.repeat(64)
  const { parts } = partsOf(t, {
    'requirements.txt': `
# made by pip-compile
--index-url https://pypi.example/simple
Flask_Thing[async]==3.0.1 ; python_version > "3.8"  # via shop
requests==2.32.0 \\
    --hash=sha256:${one}
wheels===1.0 --hash=sha256:${one} --hash=sha256:${'b'.repeat(64)}
`,
  })
  assert.deepEqual(
    parts.map((part) => [part.purl, part.hashes.map((hash) => hash.value)]),
    [
      ['pkg:pypi/flask-thing@3.0.1', []],
      ['pkg:pypi/requests@2.32.0', [one]],
      ['pkg:pypi/wheels@1.0', []],
    ],
  )
})

test('a requirements.lock says what requirements.txt only asks for', (t) => {
  const files = { 'requirements.txt': 'flask>=3', 'requirements.lock': 'flask==3.0.1' }
  assert.deepEqual(partsOf(t, files).direct, ['pkg:pypi/flask@3.0.1'])
})

test('without any sign of dependencies there are no parts', (t) => {
  assert.deepEqual(partsOf(t, { 'package.json': { name: 'x' }, 'requirements.txt': '\n' }), {
    parts: [],
    direct: [],
  })
})

test('parts that cannot be known are said to be unknown, with the reason', (t) => {
  const rows: [Record<string, unknown>, RegExp][] = [
    [{ 'package.json': { dependencies: { a: '1' } } }, /no package-lock\.json/],
    [{ 'package-lock.json': { lockfileVersion: 1, dependencies: {} } }, /version 1: use npm 7/],
    [{ 'package-lock.json': { packages: {} }, 'go.sum': '' }, /go\.sum cannot be read here/],
    [{ 'requirements.txt': 'flask>=3' }, /do not pin 'flask>=3'/],
    [{ 'requirements.txt': '-r base.txt' }, /do not pin '-r base\.txt'/],
    [{ 'requirements.txt': '--requirement=base.txt' }, /do not pin/],
    [{ 'requirements.txt': 'git+https://example.org/x' }, /do not pin/],
  ]
  for (const [files, why] of rows) assert.match(reasonOf(t, files), why)
})

test('a lock file that is broken is a fault, one that is a link is none', (t) => {
  for (const text of ['{', '[]', '{"packages": {"node_modules/a": {"version": 1}}}'])
    assert.throws(() => readParts(folderOf(t, { 'package-lock.json': text })), {
      code: 'runner.lock-unreadable',
    })
  const folder = folderOf(t, {})
  symlinkSync('/etc/passwd', join(folder, 'requirements.txt'))
  assert.deepEqual(readParts(folder), { parts: [], direct: [] })
})
