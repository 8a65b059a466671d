import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { faultTold, lastWords } from './last-words.ts'

const exited = (tail: string, trouble = 'the process ended: exit code 1') => ({
  state: 'exited',
  trouble,
  tail,
})
const firstLine = (text: string) => text.split('\n', 1)[0]

describe('the last words of instances', () => {
  it('begin with how the process ended and the line that tells why', () => {
    const crash = `listening soon
node:events:486
      throw er; // Unhandled 'error' event
      ^

Error: listen EADDRINUSE: address already in use 127.0.0.1:4100
    at Server.setupListenHandle [as _listen2] (node:net:1940:16)
Emitted 'error' event on Server instance at:
  port: 4100
}

Node.js v24.21.0
signalbox: the process ended: exit code 1
`
    assert.equal(
      firstLine(lastWords([exited(crash)])),
      'the process ended: exit code 1; ' +
        'last line: Error: listen EADDRINUSE: address already in use 127.0.0.1:4100',
    )
  })

  it('are those of one that is not ready', () => {
    const words = lastWords([
      { state: 'ready', trouble: '', tail: 'all is well' },
      { state: 'starting', trouble: '', tail: 'warming up' },
      { state: 'starting', trouble: 'GET /healthz answered 500', tail: 'no database' },
    ])
    assert.equal(words, 'GET /healthz answered 500; last line: no database\nno database')
  })

  it('are the cause alone where nothing was said, and nothing where all is well', () => {
    assert.equal(lastWords([exited('', 'signal SIGKILL')]), 'signal SIGKILL')
    assert.equal(
      lastWords([exited('no cause known', '')]),
      'last line: no cause known\nno cause known',
    )
    assert.equal(lastWords([{ state: 'ready', trouble: 'x', tail: 'x' }]), '')
    assert.equal(lastWords([]), '')
  })

  it('steer no terminal, and hold nothing that the database refuses', () => {
    const hostile = '\u001b[31mred\u0000\u202Etxt\u001b]0;title\u0007\r\nlast'
    assert.equal(
      lastWords([exited(hostile, 'exit code 1\n\u001b[2J')]),
      'exit code 1; last line: last\nredtxt]0;title\nlast',
    )
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 9_000 }),
        fc.string({ unit: 'binary', maxLength: 900 }),
        (tail, trouble) => {
          const words = lastWords([exited(tail, trouble)])
          assert.ok(words.isWellFormed() && words.length <= 3_000)
          assert.doesNotMatch(words, /(?!\n|\t)\p{Cc}|[\u202a-\u202e]/u)
        },
      ),
    )
  })
})

it('a fault is told with its code and its remedy, on one line', () => {
  const fault = {
    code: 'target.port-in-use',
    message: 'Port 4100 is taken by another program.',
    remedy: 'Stop what listens on\n127.0.0.1:4100.',
  }
  assert.equal(
    faultTold(fault),
    'target.port-in-use: Port 4100 is taken by another program. ' +
      'Stop what listens on 127.0.0.1:4100.',
  )
})
