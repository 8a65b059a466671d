import assert from 'node:assert/strict'
import { it } from 'node:test'
import { changelogBlocks } from './changelog.ts'

const shown = (markdown: string) =>
  changelogBlocks(markdown).map(({ kind, parts }) => [
    kind,
    parts.map(({ text, look }) => (look === 'plain' ? text : `<${look} ${text}>`)).join(''),
  ])

it('reads headings, items and text', () => {
  const text =
    '## 1.2.0 (2026-03-04)\n\n### Fixes\n\n- one `abc1234`\n- two\n  and on\n\n2 others\n'
  assert.deepEqual(shown(text), [
    ['heading', '1.2.0 (2026-03-04)'],
    ['heading', 'Fixes'],
    ['item', 'one <code abc1234>'],
    ['item', 'two and on'],
    ['text', '2 others'],
  ])
})
it('shows what was escaped as the text it is', () => {
  assert.deepEqual(shown('- **a\\*b:** \\!\\[x\\](y) \\<b\\>'), [
    ['item', '<strong a*b:> ![x](y) <b>'],
  ])
})
it('loses nothing of what it does not know', () => {
  assert.deepEqual(shown('a * b ** c ` d'), [['text', 'a * b ** c ` d']])
})
