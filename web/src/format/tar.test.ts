import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import { headerOf, tarOf } from './tar.ts'

it('is unpacked by the tar of this machine, long folders too', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'tar-'))
  t.after(() => rmSync(dir, { recursive: true }))
  const long = `${'a-folder/'.repeat(12)}file.json`
  const bytes = (text: string) => new TextEncoder().encode(text)
  const tar = tarOf('evidence-shop', [
    { path: 'manifest.json', bytes: bytes('{}') },
    { path: long, bytes: bytes('x'.repeat(1_000)) },
    { path: 'empty', bytes: bytes('') },
  ])
  writeFileSync(join(dir, 'bundle.tar'), Buffer.from(await tar.arrayBuffer()))
  execFileSync('tar', ['-xf', 'bundle.tar'], { cwd: dir })
  const read = (path: string) => readFileSync(join(dir, 'evidence-shop', path), 'utf8')
  assert.deepEqual([read('manifest.json'), read(long).length, read('empty')], ['{}', 1_000, ''])
})
it('refuses what has no room in it, instead of cutting it', () =>
  assert.throws(() => headerOf(`a/${'x'.repeat(101)}`, 1), /too long/))
