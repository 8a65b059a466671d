import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { LINE_SHOWN_BYTES, linesIn, longLine, wholeLetters } from './lines.ts'

const cut = (text: string | Buffer, more = {}) =>
  linesIn({ bytes: Buffer.from(text), offset: 0, line: 0, linesMax: 1_000, isEnd: true, ...more })
const texts = (text: string | Buffer, more = {}) => cut(text, more).map((line) => line.text)

describe('lines of a log', () => {
  it('numbers them, and says where each begins and how long it is', () => {
    assert.deepEqual(cut('a\r\nbb\n\nc', { offset: 100, line: 7 }), [
      { line: 7, offset: 100, bytes: 3, text: 'a' },
      { line: 8, offset: 103, bytes: 3, text: 'bb' },
      { line: 9, offset: 106, bytes: 1, text: '' },
      { line: 10, offset: 107, bytes: 1, text: 'c' },
    ])
  })

  it('covers every byte once, in order, whatever the bytes are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(20), (bytes, linesMax) => {
        let at = 0
        for (const line of linesIn({ bytes, offset: 0, line: 0, linesMax, isEnd: true })) {
          assert.equal(line.offset, at)
          assert.ok(line.bytes > 0 && !line.text.includes('\n') && !line.text.includes('\r'))
          at += line.bytes
        }
        const ends = bytes.filter((byte) => byte === 10).length
        if (linesMax > ends) assert.equal(at, bytes.length)
      }),
    )
  })

  it('leaves a line alone that may go on behind the window', () => {
    assert.deepEqual(texts('one\ntwo', { isEnd: false }), ['one'])
    assert.deepEqual(texts('one\ntwo\nthree\n', { linesMax: 2 }), ['one', 'two'])
  })

  it('folds what was drawn over to what was there last', () => {
    assert.deepEqual(cut('10%\r50%\r100%\ndone\n')[0], {
      line: 0,
      offset: 0,
      bytes: 13,
      text: '100%',
      isFolded: true,
    })
    assert.deepEqual(texts('10%\r50%\r\n\r\n\r'), ['50%', '', ''])
  })

  it('keeps colours, and shows what is no UTF-8 as such', () => {
    assert.deepEqual(texts('\u001b[31mred\u001b[0m\n'), ['\u001b[31mred\u001b[0m'])
    assert.deepEqual(texts(Buffer.from([0xff, 0x61, 0xc3, 10])), ['\ufffda\ufffd'])
  })

  it('cuts a long line between letters', () => {
    const [line] = cut(`x${'é'.repeat(LINE_SHOWN_BYTES)}\n`)
    assert.equal(line?.text, `x${'é'.repeat(LINE_SHOWN_BYTES / 2 - 1)}`)
    assert.equal(line?.isCut, true)
    assert.equal(line?.bytes, 2 * LINE_SHOWN_BYTES + 2)
  })

  it('shows of a line that no window holds its head, or what was drawn last', () => {
    const at = { line: 3, offset: 9, bytes: 1e8 }
    const head = Buffer.from('head'.repeat(5_000))
    const plain = longLine(at, head, Buffer.from('the tail\n'))
    assert.equal(plain.text.length, LINE_SHOWN_BYTES)
    assert.deepEqual([plain.isCut, plain.isFolded, plain.bytes], [true, undefined, 1e8])
    const drawn = longLine(at, head, Buffer.from('98%\r99%\r100%\r\n'))
    assert.deepEqual([drawn.text, drawn.isFolded], ['100%', true])
  })

  it('never parts a letter', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 20 }), fc.nat(100), (text, at) => {
        const bytes = Buffer.from(text).subarray(0, at)
        const kept = bytes.subarray(0, wholeLetters(bytes)).toString()
        assert.ok(text.startsWith(kept) && bytes.length - wholeLetters(bytes) <= 3)
      }),
    )
  })
})
