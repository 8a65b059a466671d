/** What servers and systems say, and which fault that is. The sayings are PostgreSQL 18's own. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { lastWords, postgresFault, sortOutput, wrapSystemError } from './faults.ts'

const AT = '2026-11-24 15:16:37.212 UTC [8964] FATAL:  '

test("the server's last words are sorted into faults", () => {
  const sorted = {
    'lock file "postmaster.pid" already exists': 'busy',
    'pre-existing shared memory block (key 2146326, ID 32776) is still in use': 'busy',
    'could not write lock file "postmaster.pid": No space left on device': 'postgres.no-space',
    'could not extend file "base/5/1247": Disk quota exceeded': 'postgres.no-space',
    'could not create semaphores: No space left on device': 'postgres.not-started',
    'could not create shared memory segment: No space left on device': 'postgres.not-started',
    'database files are incompatible with server': 'postgres.wrong-version',
    'data directory "/x" has wrong ownership': 'postgres.not-writable',
    'data directory "/x" has invalid permissions': 'postgres.not-writable',
    'could not open file "/x/PG_VERSION": Permission denied': 'postgres.not-writable',
    'could not create lock file "postmaster.pid": Read-only file system': 'postgres.not-writable',
    'lock file "postmaster.pid" is empty': undefined,
    'could not locate a valid checkpoint record at 0/1': undefined,
  }
  for (const [said, code] of Object.entries(sorted))
    assert.equal(sortOutput(`LOG:  starting\n${AT}${said}\nLOG:  shut down\n`), code, said)
})

test('the line that explains is the last fatal one, else the last', () => {
  assert.equal(lastWords('x\nFATAL:  one\nLOG:  a\nFATAL:  two\nHINT:  b\n\n'), 'FATAL:  two')
  assert.equal(lastWords('initdb: error: no\ninitdb: removing\n'), 'initdb: error: no')
  assert.equal(lastWords('first\nlast\n\n'), 'last')
  assert.equal(lastWords(' \n'), 'It said nothing.')
  assert.equal(lastWords('y'.repeat(9000)).length, 300)
})

test('errors of the file system become faults, anything else stays what it is', () => {
  const failed = (code: string) => Object.assign(new Error(`${code}: no`), { code })
  const wrapped = (code: string) => (wrapSystemError(failed(code), '/x') as { code: string }).code
  assert.equal(wrapped('ENOSPC'), 'postgres.no-space')
  assert.equal(wrapped('EDQUOT'), 'postgres.no-space')
  assert.equal(wrapped('EROFS'), 'postgres.not-writable')
  assert.equal(wrapped('EMFILE'), 'EMFILE')
  const fault = postgresFault('postgres.damaged', { where: '/x' })
  assert.equal(wrapSystemError(fault, '/y'), fault)
})

test('a fault names the place, what was said there, and what to do', () => {
  const cause = new Error('cause')
  const fault = postgresFault('postgres.no-space', { where: '/x', said: 'ENOSPC', cause })
  assert.match(fault.message, /disk .* full\. \/x: ENOSPC$/)
  assert.deepEqual([fault.code, fault.retry, fault.cause], ['postgres.no-space', true, cause])
  assert.match(fault.remedy, /Free some space/)
})
