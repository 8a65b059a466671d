import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { inlines, isSafe, type MarkdownBlock, markdownBlocks } from './markdown.ts'

describe('release notes as they are drawn', () => {
  it('have headings, lists, code, quotes and paragraphs', () =>
    assert.deepEqual(
      markdownBlocks(
        '## New\n\n- one\n  more\n- two\n\n1. first\n\n> said\n\na\nb\n\n```\nx < y\n```',
      ),
      [
        { kind: 'heading', level: 2, parts: [{ kind: 'text', text: 'New' }] },
        {
          kind: 'list',
          isOrdered: false,
          items: [[{ kind: 'text', text: 'one more' }], [{ kind: 'text', text: 'two' }]],
        },
        { kind: 'list', isOrdered: true, items: [[{ kind: 'text', text: 'first' }]] },
        { kind: 'quote', parts: [{ kind: 'text', text: 'said' }] },
        { kind: 'paragraph', parts: [{ kind: 'text', text: 'a b' }] },
        { kind: 'code', text: 'x < y' },
      ],
    ))
  it('show tags as text', () => {
    const text = '<img src=x onerror=alert(1)> <script>'
    assert.deepEqual(markdownBlocks(text), [{ kind: 'paragraph', parts: [{ kind: 'text', text }] }])
  })
  it('have links to the web and to mail, and to nothing else', () => {
    assert.deepEqual(inlines('[docs](https://example.org/a)'), [
      { kind: 'link', text: 'docs', to: 'https://example.org/a' },
    ])
    const hostile = '[press me](javascript:alert`1`)'
    assert.ok(inlines(hostile).every(({ kind }) => kind !== 'link'))
    for (const to of ['JaVaScRiPt:x', 'data:text/html,x', 'vbscript:x', 'file:///etc', '/here', ''])
      assert.equal(isSafe(to), false, to)
    assert.deepEqual(inlines('see https://example.org.')[1]?.kind, 'link')
  })
  it('keep what was escaped', () =>
    assert.deepEqual(inlines('\\*a\\* **b** *c* `d*`'), [
      { kind: 'text', text: '*a* ' },
      { kind: 'strong', text: 'b' },
      { kind: 'text', text: ' ' },
      { kind: 'emphasis', text: 'c' },
      { kind: 'text', text: ' ' },
      { kind: 'code', text: 'd*' },
    ]))
  it('never lead anywhere but to the web or to mail, whatever is written', () =>
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...'[]()*`\\:/ #->ajhtpsx.\n'.split('')) }),
        (text) => {
          for (const part of markdownBlocks(text).flatMap(partsOf))
            if (part.kind === 'link') assert.match(part.to, /^(https?|mailto):/i)
        },
      ),
    ))
})

const partsOf = (block: MarkdownBlock) => {
  if (block.kind === 'code') return []
  return block.kind === 'list' ? block.items.flat() : block.parts
}
