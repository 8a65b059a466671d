import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { PLAIN, piecesOf, withFound } from './ansi.ts'

const ESC = '\u001b'
const said = (line: string) =>
  piecesOf(line, PLAIN).pieces.map(({ text, classes }) => [text, classes])

describe('what a terminal shows of a line', () => {
  it('is text in pieces with classes', () => {
    assert.deepEqual(said(`a${ESC}[31mred${ESC}[1;42mloud${ESC}[0mb`), [
      ['a', ''],
      ['red', 'ansi-red'],
      ['loud', 'ansi-red ansi-on-green ansi-bold'],
      ['b', ''],
    ])
    assert.deepEqual(said(`${ESC}[91ma${ESC}[39mb${ESC}[2;3;4mc${ESC}[22;23md`), [
      ['a', 'ansi-red'],
      ['b', ''],
      ['c', 'ansi-dim ansi-italic ansi-underline'],
      ['d', 'ansi-underline'],
    ])
  })

  it('brings 256 and more colours to the eight', () => {
    assert.deepEqual(said(`${ESC}[38;5;196ma${ESC}[38;2;20;200;30mb${ESC}[48;5;240;1mc`), [
      ['a', 'ansi-red'],
      ['b', 'ansi-green'],
      ['c', 'ansi-green ansi-on-black ansi-bold'],
    ])
  })

  it('goes on in the next line', () => {
    const { look } = piecesOf(`${ESC}[33mwarning`, PLAIN)
    assert.deepEqual(piecesOf('more', look).pieces, [{ text: 'more', classes: 'ansi-yellow' }])
  })

  it('leaves out what would steer a terminal, and keeps markup as text', () => {
    const line = `a${ESC}[2Jb${ESC}]0;title\u0007c${ESC}[?25ld\u0007<b>&amp;`
    assert.deepEqual(said(line), [['abcd<b>&amp;', '']])
  })

  it('never loses a letter, nor lets a control character through', () => {
    const part = fc.constantFrom(
      'a',
      '<i>',
      `${ESC}[31m`,
      `${ESC}[0m`,
      `${ESC}[`,
      ESC,
      '\u0001',
      'é',
    )
    fc.assert(
      fc.property(fc.array(part), (parts) => {
        const text = said(parts.join(''))
          .map(([each]) => each)
          .join('')
        // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
        assert.doesNotMatch(text, /[\u0000-\u001f]/)
        const count = (all: string) => all.split('é').length
        assert.equal(count(text), count(parts.join('')))
      }),
    )
  })
})

describe('what was searched for', () => {
  const marked = (line: string, sought: string) =>
    withFound(piecesOf(line, PLAIN).pieces, sought).map(({ text, isFound }) =>
      isFound ? `[${text}]` : text,
    )

  it('is marked wherever it stands, over colours too', () => {
    assert.deepEqual(marked('an Error, an error', 'error'), ['an ', '[Error]', ', an ', '[error]'])
    assert.deepEqual(marked(`er${ESC}[31mro${ESC}[0mr!`, 'error'), ['[er]', '[ro]', '[r]', '!'])
    assert.deepEqual(marked('aaaa', 'aa'), ['[aaaa]'])
    assert.deepEqual(marked('nothing', ''), ['nothing'])
  })

  it('changes no letter', () => {
    const line = fc
      .array(fc.constantFrom('a', 'b', 'A', `${ESC}[31m`, 'İ'))
      .map((all) => all.join(''))
    fc.assert(
      fc.property(line, fc.constantFrom('a', 'ab', 'ba', 'aa'), (text, sought) => {
        const { pieces } = piecesOf(text, PLAIN)
        const joined = (all: readonly { text: string }[]) => all.map((each) => each.text).join('')
        assert.equal(joined(withFound(pieces, sought)), joined(pieces))
      }),
    )
  })
})
