import assert from 'node:assert/strict'
import { it } from 'node:test'
import { logWriter, safeText } from './log-text.ts'

const terminal = { isTerminal: true, colour: true }

it('lets colours through to a terminal, and nothing that steers it', () => {
  const said = 'a\u001b[31mred\u001b[0m\u001b[2J\u001b]0;title\u0007\u001b[6n\u0007b\r\n\tc\u009b5n'
  assert.equal(safeText(said, terminal), 'a\u001b[31mred\u001b[0mb\r\n\tc5n')
  assert.equal(safeText(said, { ...terminal, colour: false }), 'aredb\r\n\tc5n')
  assert.equal(safeText(said, { isTerminal: false, colour: false }), said)
})

it('tells whole lines of each of several jobs', () => {
  let out = ''
  const io = {
    out: (text: string) => void (out += text),
    err: () => {},
    isTerminal: false,
    colour: false,
    columns: 80,
  }
  const [a, b] = [logWriter(io, 'lint', 5), logWriter(io, 'build', 5)]
  a('one\ntw')
  b('1\n')
  a('o\nthr')
  a.end()
  b.end()
  assert.equal(out, 'lint  | one\nbuild | 1\nlint  | two\nlint  | thr\n')
})
