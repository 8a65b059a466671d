import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import test from 'node:test'

const PROGRAM = resolve(import.meta.dirname, '../../../bin/signalbox.mjs')
/** As a script would: until there is no more. */
const LOOP = `while files=$("$NODE" "$PROGRAM" test next '*.t'); do echo "$files"; done`

test('without a server all tests are dealt to the shards, each file once', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-next-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const names = ['a.t', 'b.t', 'c.t', 'd.t', 'e.t']
  for (const name of names) writeFileSync(join(folder, name), '')
  const loop = (own: Record<string, string>) => {
    const env = { PATH: '/usr/bin:/bin', HOME: folder, TMPDIR: folder, PROGRAM, ...own }
    const given = {
      cwd: folder,
      env: { ...env, NODE: process.execPath },
      encoding: 'utf8',
    } as const
    return execFileSync('/bin/sh', ['-eu', '-c', LOOP], given).trimEnd().split('\n')
  }
  const hands = ['1', '2'].map((index) =>
    loop({ SIGNALBOX_SHARD_INDEX: index, SIGNALBOX_SHARD_TOTAL: '2' }),
  )
  assert.deepEqual(hands, [
    ['a.t', 'c.t', 'e.t'],
    ['b.t', 'd.t'],
  ])
  // Under a runner it is what that was handed.
  assert.deepEqual(loop({ SIGNALBOX_TEST_FILES: 'x.t y.t', SIGNALBOX_TEST_PORTION: '1' }), [
    'x.t',
    'y.t',
  ])
})
