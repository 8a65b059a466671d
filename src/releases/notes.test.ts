import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { ReleasedCommit } from './events.ts'
import { draftNotes, tidied, unseenIn } from './notes.ts'

const who = { name: 'Dana', email: 'dana@example.org' }
const commit = (subject: string, kind: string, breaking = false): ReleasedCommit => ({
  ...{ sha: 'a'.repeat(40), author: who, committer: who, coAuthors: [], committedAt: 1 },
  ...{ subject, kind, breaking, tickets: [] },
})

describe('release notes', () => {
  it('begin with what people may notice, what they have to do first', () =>
    assert.equal(
      draftNotes([
        commit('fix: a basket keeps its items', 'fix'),
        commit('chore: tidy', 'other'),
        commit('feat(pay)!: cards need a name', 'feat', true),
        commit('feat: pay by bank', 'feat'),
      ]),
      '## What you have to do\n\n- Cards need a name\n\n## New\n\n- Pay by bank\n\n' +
        '## Fixed\n\n- A basket keeps its items',
    ))
  it('make nothing of what a commit says in Markdown', () =>
    assert.equal(
      draftNotes([commit('feat: <b>*all*</b> [here](javascript:x)', 'feat')]),
      '## New\n\n- \\<b\\>\\*all\\*\\</b\\> \\[here\\](javascript:x)',
    ))
  it('are empty where there is nothing to notice', () => assert.equal(draftNotes([]), ''))
  it('are kept without blanks that nobody sees', () => {
    assert.equal(tidied('\r\n a  \r\nb\t\n\n'), ' a\nb')
    fc.assert(fc.property(fc.string(), (text) => assert.equal(tidied(tidied(text)), tidied(text))))
  })
  it('name the first character that nobody would see, and its line', () => {
    assert.deepEqual(unseenIn('a\nb\u202e'), { line: 2, character: 'U+202E' })
    assert.deepEqual(unseenIn('\u0000'), { line: 1, character: 'U+0000' })
    assert.equal(unseenIn('a\tb\nü 💡'), undefined)
  })
})
