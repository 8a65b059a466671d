/** Artifacts, honest ones made by the system's tar and hostile ones made by hand. */
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
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { gzipSync } from 'node:zlib'
import { Fault } from '#kernel/fault.ts'
import { packArtifact, pax, tar, type TarItem } from '../../../test/support/tarball.ts'
import { Unpacker } from './unpack.ts'

describe('unpacking', () => {
  let dir: string
  let unpacker: Unpacker
  before(async () => {
    dir = mkdtempSync(join(tmpdir(), 'sb-unpack-'))
    unpacker = new Unpacker(join(dir, 'artifacts'))
    await unpacker.open()
  })
  after(() => {
    execFileSync('chmod', ['-R', 'u+w', dir])
    rmSync(dir, { recursive: true, force: true })
  })
  const unpack = (items: readonly TarItem[] | Buffer) => unpacker.unpack(packArtifact(dir, items))

  for (const format of ['pax', 'gnu', 'ustar', 'v7'] as const)
    it(`reads what tar writes as ${format}`, async () => {
      const source = join(dir, `source-${format}`)
      // More than the 100 bytes a header's name field has; the oldest format cannot say it.
      const deep = format === 'v7' ? 'deep' : `${'d'.repeat(60)}/${'e'.repeat(60)}`
      mkdirSync(join(source, deep), { recursive: true })
      writeFileSync(join(source, deep, 'file'), `hello ${format}`)
      writeFileSync(join(source, 'empty'), '')
      writeFileSync(join(source, 'big'), Buffer.alloc(1_000_001, format))
      writeFileSync(join(source, 'run'), '#!/bin/sh\n', { mode: 0o755 })
      execFileSync('ln', ['-s', '../run', join(source, deep.split('/')[0] ?? '', 'link')])
      execFileSync('ln', [join(source, 'run'), join(source, 'twin')])
      const bytes = execFileSync('tar', ['-C', source, `--format=${format}`, '-cz', '.'], {
        maxBuffer: 1e8,
      })
      const folder = await unpack(bytes)
      assert.equal(readFileSync(join(folder, deep, 'file'), 'utf8'), `hello ${format}`)
      assert.deepEqual(readFileSync(join(folder, 'big')), Buffer.alloc(1_000_001, format))
      assert.equal(readFileSync(join(folder, 'empty'), 'utf8'), '')
      assert.equal(readlinkSync(join(folder, deep.split('/')[0] ?? '', 'link')), '../run')
      assert.equal(lstatSync(join(folder, 'run')).mode & 0o777, 0o555)
      assert.equal(lstatSync(join(folder, 'twin')).ino, lstatSync(join(folder, 'run')).ino)
      assert.equal(lstatSync(join(folder, deep, 'file')).mode & 0o777, 0o444)
      assert.equal(lstatSync(folder).mode & 0o777, 0o555)
    })

  it('drops bits that would give rights', async () => {
    const folder = await unpack([{ path: 'su', body: 'x', mode: 0o6777 }])
    assert.equal(lstatSync(join(folder, 'su')).mode & 0o7777, 0o555)
  })

  const hostile: Readonly<Record<string, readonly [RegExp, readonly TarItem[] | Buffer]>> = {
    'an absolute path': [/no path inside/, [{ path: '/tmp/sb-evil', body: 'x' }]],
    'a path upwards': [/no path inside/, [{ path: 'a/../../sb-evil', body: 'x' }]],
    'a pax path upwards': [/no path inside/, [pax({ path: '../sb-evil' }), { path: 'a' }]],
    'a link upwards': [/leads out/, [{ path: 'a', type: '2', target: '../..' }]],
    'an absolute link': [/leads out/, [{ path: 'a', type: '2', target: '/etc/passwd' }]],
    'a link out through a link': [
      /leads out/,
      [
        { path: 'deep/up', type: '2', target: '..' },
        { path: 'z', type: '2', target: 'deep/up/../out' },
      ],
    ],
    'a file through a link': [
      /below a link/,
      [
        { path: 'a', type: '2', target: 'b' },
        { path: 'a/x', body: 'x' },
      ],
    ],
    'a link in place of a folder': [
      /EEXIST/,
      [
        { path: 'a/x', body: 'x' },
        { path: 'a', type: '2', target: 'b' },
      ],
    ],
    'a hard link to something outside': [
      /hard link/,
      [{ path: 'a', type: '1', target: 'etc/passwd' }],
    ],
    'a hard link upwards': [/no path inside/, [{ path: 'a', type: '1', target: '../x' }]],
    'a hard link to a link': [
      /hard link/,
      [
        { path: 'a', type: '2', target: 'b' },
        { path: 'c', type: '1', target: 'a' },
      ],
    ],
    'a device': [/neither a file/, [{ path: 'null', type: '3' }]],
    'a pipe': [/neither a file/, [{ path: 'pipe', type: '6' }]],
    'the same file twice': [
      /twice/,
      [
        { path: 'a', body: '1' },
        { path: './a', body: '2' },
      ],
    ],
    'a file of two gigabytes': [/larger than 1 GiB/, [{ path: 'a', size: 2 ** 31 }]],
    'a size that is none': [/no valid size/, [pax({ size: '-5' }), { path: 'a' }]],
    'a header of a megabyte': [/64 KiB/, [{ path: 'L', type: 'L', body: 'x'.repeat(1e6) }]],
    'a pax record that lies': [/malformed/, [{ path: 'x', type: 'x', body: '99 path=a\n' }]],
    'an end in the middle': [/in the middle/, gzipSync(tar([{ path: 'a', size: 9000 }]))],
    'something else compressed': [/not a tar/, gzipSync('hello '.repeat(200))],
    'something else': [/incorrect header/, Buffer.from('hello')],
    'a broken compression': [
      /unexpected end of file/,
      gzipSync(tar([{ path: 'a', body: 'x'.repeat(5000) }])).subarray(0, 60),
    ],
  }
  for (const [what, [words, items]] of Object.entries(hostile))
    it(`refuses ${what}, and leaves nothing`, async () => {
      await assert.rejects(
        unpack(items),
        (fault: unknown) =>
          fault instanceof Fault &&
          fault.code === 'target.artifact-unreadable' &&
          words.test(fault.message),
      )
      const left = readdirSync(join(dir, 'artifacts')).filter((name) => name.endsWith('.half'))
      assert.deepEqual(left, [])
    })

  it('refuses a tarball that is not there', async () => {
    const digest = `sha256:${'0'.repeat(64)}`
    await assert.rejects(unpacker.unpack({ digest, path: join(dir, 'absent') }), {
      code: 'target.artifact-unreadable',
      message: /ENOENT/,
    })
  })

  it('unpacks once, however many ask at once', async () => {
    const artifact = packArtifact(dir, [{ path: 'only', body: 'once' }])
    const folders = await Promise.all([1, 2, 3].map(() => unpacker.unpack(artifact)))
    rmSync(artifact.path)
    assert.equal(await unpacker.unpack(artifact), folders[0])
    assert.equal(new Set(folders).size, 1)
  })

  it('keeps what is in use and a few more', async () => {
    const spares = []
    for (let i = 0; i < 8; i++) spares.push(await unpack([{ path: 'version', body: `prune ${i}` }]))
    const [first = ''] = spares
    const digest = (first.split('/').at(-1) ?? '').replace('-', ':')
    await unpacker.prune(new Set([digest]))
    const left = readdirSync(join(dir, 'artifacts')).filter((name) => name.startsWith('sha256-'))
    assert.equal(left.length, 6)
    assert.equal(readFileSync(join(first, 'version'), 'utf8'), 'prune 0')
  })
})
