import assert from 'node:assert/strict'
import test from 'node:test'
import type { CliContext, Format } from './context.ts'
import { ago, bar, clean, type Column, raw, show, table } from './output.ts'

const plain = { colour: false }
interface Row {
  readonly name: string
  readonly what?: string | null
}
const columns: readonly Column<Row>[] = [
  ['name', (row) => row.name],
  ['what', (row) => row.what],
]

function said(format: Format, act: (context: CliContext) => void): string {
  let text = ''
  const io = {
    out: (more: string) => void (text += more),
    err: () => {},
    isTerminal: false,
    colour: false,
    columns: 80,
  }
  act({ format, io, environment: {}, api: undefined as never })
  return text
}

test('a table is as wide as its widest cell, and ends no line in spaces', () => {
  const rows = [
    { name: 'shop', what: 'ok' },
    { name: 'a-long-name', what: null },
  ]
  assert.equal(table(rows, columns, plain), 'NAME         WHAT\nshop         ok\na-long-name  –')
})

test('colours stand around the words, and do not move the columns', () => {
  const rows = [
    { name: 'failed', what: 'x' },
    { name: 'succeeded', what: 'y' },
  ]
  // oxlint-disable-next-line no-control-regex -- the escapes are what is looked for
  const bare = table(rows, columns, { colour: true }).replaceAll(/\u001b\[\d+m/g, '')
  assert.equal(bare, table(rows, columns, plain))
  assert.match(table(rows, columns, { colour: true }), /\u001b\[31mfailed\u001b\[0m/)
})

test('what comes from outside cannot steer the terminal', () => {
  assert.equal(clean('a\u001b[2Jb\r\nc\u009b31m\u202egnp'), 'a [2Jb  c 31m gnp')
  const rows = [{ name: '\u001b]0;title\u0007', what: 'x\ny' }]
  // oxlint-disable-next-line no-control-regex -- the escapes are what is looked for
  assert.doesNotMatch(table(rows, columns, plain), /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/)
  const json = said('json', (context) => raw(context, { a: '\u009b31m\u001b[2J' }))
  // oxlint-disable-next-line no-control-regex -- the escapes are what is looked for
  assert.doesNotMatch(json, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/)
  assert.deepEqual(JSON.parse(json), { a: '\u009b31m\u001b[2J' })
})

test('rows are shown as they came when a machine asks, and none is said in words', () => {
  const rows = [{ name: 'shop', what: 'ok' }]
  assert.deepEqual(JSON.parse(said('json', (c) => show(c, rows, columns, 'None.'))), rows)
  assert.equal(
    said('yaml', (c) => show(c, rows, columns, 'None.')),
    '- name: shop\n  what: ok\n',
  )
  assert.equal(
    said('table', (c) => show<Row>(c, [], columns, 'None.')),
    'None.\n',
  )
  assert.equal(
    said('json', (c) => show<Row>(c, [], columns, 'None.')),
    '[]\n',
  )
})

test('instants are said from now, shares as bars', () => {
  assert.equal(ago(1_000, 91_000), '1m 30s ago')
  assert.equal(ago(91_000, 1_000), 'in 1m 30s')
  assert.equal(ago(null), '–')
  assert.equal(bar(0.5, 4), '██░░')
  assert.equal(bar(7, 3), '███')
  assert.equal(bar(-1, 3), '░░░')
})
