import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { golden } from '../../test/support/golden.ts'
import { changelog, escaped } from './changelog.ts'
import { type NotedCommit, parseMessage } from './conventional.ts'

const AT = Date.UTC(2026, 2, 4, 23, 59)
const ana = { name: 'Ana', email: 'ana@x.test' }
const ben = { name: 'Ben de Wit', email: 'ben@x.test' }
const bot = { name: '[bot] *renew*', email: 'bot@x.test' }

let made = 0
function commit(
  message: string,
  author = ana,
  coAuthors: readonly (typeof ana)[] = [],
): NotedCommit {
  const sha = (made++ % 16).toString(16).repeat(40)
  return { sha, author, committer: ana, coAuthors, committedAt: 0, ...parseMessage(message) }
}

describe('a changelog', () => {
  it('is as it was', () => {
    made = 0
    const commits = [
      commit('feat(cart): keep it for a week (#31)\n\nRefs: ABC-12'),
      commit('fix: count cents once', ben),
      commit('fix(api)!: refuse unknown currencies', ben, [ana]),
      commit('feat: pay by card\n\nBREAKING CHANGE: cash is refused\n\nCloses #34', ana, [ben]),
      commit('perf(search): ask the index first'),
      commit('Revert "feat: pay by shell"'),
      commit('chore(deps): update x to 2.0.0', bot),
      commit('chore: tidy up', bot),
      commit('docs: say how'),
      commit('wip'),
    ]
    golden('changelog/everything.md', changelog({ version: '2.0.0', at: AT, commits }))
  })
  it('of hostile commits is as it was', () => {
    made = 0
    const commits = [
      commit('fix: # Hacked'),
      commit('fix: ![x](https://evil.test/x.png) <script>alert(1)</script> `rm -rf`'),
      commit('feat(a*b_c): 1. one\u202e | two ~~three~~ &lt;'),
      commit('feat: - a list\u0000 in a list\u001b[2J'),
    ]
    golden('changelog/hostile.md', changelog({ version: '1.0.1', at: AT, commits }))
  })
  it('of nothing says so by being short', () =>
    assert.equal(changelog({ version: '1.0.0', at: AT, commits: [] }), '## 1.0.0 (2026-03-04)\n'))
  it('stops listing where nobody reads on', () => {
    const commits = Array.from({ length: 130 }, (_, i) => commit(`fix: number ${i}`))
    const text = changelog({ version: '1.0.1', at: AT, commits })
    assert.equal(text.match(/^- number/gm)?.length, 100)
    assert.match(text, /^- … and 30 more$/m)
  })
})

describe('whatever the commits', () => {
  const messages = fc.array(
    fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.string({ unit: 'binary' }).map((text) => `feat: ${text}`),
      fc.string().map((text) => `fix(${text}): ${text}\n\nBREAKING CHANGE: ${text}`),
    ),
    { maxLength: 20 },
  )
  it('headings are ours alone', () =>
    fc.assert(
      fc.property(messages, (all) => {
        const commits = all.map((message) => commit(message))
        const text = changelog({ version: '1.0.0', at: AT, commits })
        const titles =
          /^(## 1\.0\.0 .*|### (Breaking changes|Features|Fixes|Reverts|Other|Authors))$/
        for (const line of text.split('\n'))
          if (/^\s{0,3}(#|=+$|-+$|>|```|~~~|<)/.test(line)) assert.match(line, titles)
      }),
    ))
  it('each is listed or counted, once', () =>
    fc.assert(
      fc.property(messages, (all) => {
        const commits = all.map((message) => commit(message))
        const text = changelog({ version: '1.0.0', at: AT, commits })
        const listed = text.match(/^- .* `[0-9a-f]{7}`$/gm)?.length ?? 0
        const counted = Number(/^(\d+) other changes?:/m.exec(text)?.[1] ?? 0)
        assert.equal(listed + counted, commits.length)
      }),
    ))
  it('escaping can be undone, so that nothing is lost', () =>
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) =>
        assert.equal(escaped(text).replace(/\\([!-/:-@[-`{-~])/g, '$1'), text),
      ),
    ))
})
