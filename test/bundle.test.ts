/** Which bundle may run: on a folder of a few files, as the sources of one. */
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { bundleOf, RECORD, sourcesOf } from '../bin/bundle.mjs'

function installation(t: TestContext) {
  const root = mkdtempSync(join(tmpdir(), 'signalbox-bundle-'))
  t.after(() => rmSync(root, { recursive: true, force: true }))
  const write = (file: string, text: string) => writeFileSync(join(root, file), text)
  for (const folder of ['src/room', 'dist']) mkdirSync(join(root, folder), { recursive: true })
  for (const file of ['package.json', 'package-lock.json']) write(file, '{}')
  for (const file of ['src/main.ts', 'src/room/thing.ts', 'src/room/thing.test.ts']) write(file, '')
  write('dist/main-1.js', '')
  write(`dist/${RECORD}`, JSON.stringify({ main: 'main-1.js', sources: sourcesOf(root) }))
  return { root, write, main: join(root, 'dist', 'main-1.js') }
}

describe('a bundle runs', () => {
  it('when it was made of these files', (t) => {
    const { root, main } = installation(t)
    assert.equal(bundleOf(root), main)
  })

  it('whatever happens to the tests', (t) => {
    const { root, write, main } = installation(t)
    write('src/room/thing.test.ts', 'changed')
    assert.equal(bundleOf(root), main)
  })
})

describe('the sources run', () => {
  const changes: Readonly<Record<string, (at: ReturnType<typeof installation>) => void>> = {
    'when a source has changed': ({ write }) => write('src/room/thing.ts', 'changed'),
    'when a source was replaced by an older one': ({ root }) =>
      utimesSync(join(root, 'src/room/thing.ts'), 1_000_000, 1_000_000),
    'when a source is new': ({ write }) => write('src/room/new.ts', ''),
    'when a source is gone': ({ root }) => rmSync(join(root, 'src/room/thing.ts')),
    'when the packages have changed': ({ write }) => write('package-lock.json', '{ }'),
    'when there is no bundle': ({ root }) => rmSync(join(root, 'dist'), { recursive: true }),
    'when the bundle has lost its main file': ({ main }) => rmSync(main),
    'when the record is no JSON': ({ write }) => write(`dist/${RECORD}`, '{"main":'),
    'when the record names no file': ({ write }) => write(`dist/${RECORD}`, '{}'),
  }
  for (const [when, change] of Object.entries(changes))
    it(when, (t) => {
      const at = installation(t)
      change(at)
      assert.equal(bundleOf(at.root), undefined)
    })
})
