/** What PostgreSQL writes into its lock, line by line as it starts. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseLock } from './lock-files.ts'

const LINES = ['8829', '/d', '1795533396', '5433', '/tmp/s', '', '  2146326     32776', 'ready   ']

test('a whole lock is read', () => {
  const ready = { pid: 8829, port: 5433, socketDir: '/tmp/s', status: 'ready' }
  assert.deepEqual(parseLock(`${LINES.join('\n')}\n`), ready)
})

test('a lock is never ready before its last line is written', () => {
  for (let n = 1; n < LINES.length; n += 1) {
    const lock = parseLock(`${LINES.slice(0, n).join('\n')}\n`)
    assert.deepEqual([lock?.pid, lock?.status], [8829, ''])
  }
})

test('a server in single-user mode, which writes its pid as negative, holds the lock too', () => {
  assert.equal(parseLock('-77\n/d\n')?.pid, 77)
})

test('whatever else stands there is no lock', () => {
  for (const text of ['', '\n', 'x\n', '12x\n', '1 2\n']) assert.equal(parseLock(text), undefined)
  const isSane = (text: string) => Number.isInteger(parseLock(text)?.pid ?? 0)
  fc.assert(fc.property(fc.string(), isSane))
})
