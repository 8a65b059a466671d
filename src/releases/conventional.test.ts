import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { parseMessage, releasedCommit, shown } from './conventional.ts'

const parsed = (...lines: string[]) => parseMessage(lines.join('\n'))

describe('a header', () => {
  it('has type, scope, mark and subject', () =>
    assert.deepEqual(parsed('feat(cart)!: empty it (#34)'), {
      kind: 'feat',
      scope: 'cart',
      breaking: true,
      subject: 'empty it (#34)',
      tickets: ['#34'],
    }))
  it('may do without scope and mark, in any case', () => {
    const { kind, scope, breaking, subject } = parsed('FIX: it works')
    assert.deepEqual([kind, scope, breaking, subject], ['fix', undefined, false, 'it works'])
  })
  it('is a revert as git writes it', () =>
    assert.deepEqual(parsed('Revert "feat: empty the cart"').kind, 'revert'))
  for (const header of [
    'update things',
    'feat:no space',
    'feat : space before',
    'feat(): nothing in it',
    'feat(a)(b): two scopes',
    'two words: subject',
    'feat:',
    ': nothing',
    '1fix: a number',
    '',
  ])
    it(`says nothing as ${JSON.stringify(header)}`, () => {
      const { kind, subject, breaking } = parsed(header)
      assert.deepEqual([kind, subject, breaking], ['other', header.trim(), false])
    })
})

describe('a body', () => {
  it('cannot fix, add or break anything', () =>
    assert.deepEqual(
      parsed(
        'chore(deps): update x to 2.0.0',
        '',
        'fix: theirs (#99)',
        'feat!: theirs too',
        'BREAKING CHANGE: for their users',
        '',
        '* feat: more of theirs',
        '',
        'Refs: ABC-1',
        'somebody wrote this after it',
        '',
        'and this is prose.',
      ),
      {
        kind: 'chore',
        scope: 'deps',
        breaking: false,
        subject: 'update x to 2.0.0',
        tickets: [],
      },
    ))
  it('ends where the trailers begin', () =>
    assert.deepEqual(
      parsed(
        'feat: pay by card',
        '',
        'fix: not a trailer that counts (#98)',
        '',
        'BREAKING CHANGE: cash is refused,',
        'and so are cheques',
        '',
        'Refs: ABC-12, ABC-13',
        'Closes #34',
        'Reviewed-by: Ben (#77)',
        'Co-authored-by: Ana <ana@x.test>',
      ),
      {
        kind: 'feat',
        breaking: true,
        note: 'cash is refused, and so are cheques',
        subject: 'pay by card',
        tickets: ['ABC-12', 'ABC-13', '#34'],
      },
    ))
  it('may break with a dash too, but not in small letters', () => {
    assert.ok(parsed('fix: x', '', 'BREAKING-CHANGE: yes').breaking)
    assert.ok(!parsed('fix: x', '', 'breaking change: no').breaking)
  })
  it('is read the same with the line ends of Windows', () =>
    assert.ok(parseMessage('fix: x\r\n\r\nBREAKING CHANGE: y\r\n').breaking))
})

describe('tickets', () => {
  const tickets = (header: string) => parsed(header).tickets
  it('are named once each, in their order', () =>
    assert.deepEqual(tickets('fix: #2, ABC-12 and #1 (#2)'), ['#2', 'ABC-12', '#1']))
  it('are not standards, colours, parts of words or addresses', () =>
    assert.deepEqual(
      tickets('fix: UTF-8, SHA-256, CVE-2024-12345, a#1, &#39; x/ABC-1 ABC-1x, #1a'),
      [],
    ))
  it('are twenty at most', () =>
    assert.equal(tickets(Array.from({ length: 200 }, (_, i) => `#${i}`).join(' ')).length, 20))
})

describe('hostile text', () => {
  it('loses what cannot be seen', () => {
    assert.equal(parsed('fix: a\u0000b\u001b[31mc\u202ed\u200be').subject, 'ab[31mcde')
    assert.equal(shown('a\t\u2028 b\u0085\ufeff', 100), 'a b')
  })
  it('loses half characters, which no database takes', () => {
    assert.equal(parsed('fix: a\ud800b').subject, 'a\ufffdb')
    assert.equal(shown('ab\u{1f600}', 4), 'ab\u{1f600}')
    assert.equal(shown('ab\u{1f600}c', 4), 'ab…')
  })
  it('is cut, with a mark', () => {
    const { subject } = parsed(`fix: ${'x'.repeat(5000)}`)
    assert.equal(subject.length, 300)
    assert.ok(subject.endsWith('x…'))
  })
})

const word = fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/)
const sentence = fc.array(word, { minLength: 1, maxLength: 6 }).map((words) => words.join(' '))
const message = fc.record({
  kind: fc.constantFrom('feat', 'fix', 'perf', 'docs', 'revert'),
  scope: fc.option(word, { nil: undefined }),
  bang: fc.boolean(),
  subject: sentence,
  body: fc.array(
    sentence.map((text) => `${text}.`),
    { maxLength: 3 },
  ),
  note: fc.option(sentence, { nil: undefined }),
  ticket: fc.option(
    fc.nat(9999).map((n) => `#${n}`),
    { nil: undefined },
  ),
})

describe('whatever the message', () => {
  it('what was written by the rules is read back', () =>
    fc.assert(
      fc.property(message, ({ kind, scope, bang, subject, body, note, ticket }) => {
        const where = scope === undefined ? '' : `(${scope})`
        const header = `${kind}${where}${bang ? '!' : ''}: ${subject}`
        const trailers = [
          ...(note === undefined ? [] : [`BREAKING CHANGE: ${note}`]),
          ...(ticket === undefined ? [] : [`Closes ${ticket}`]),
        ].join('\n')
        assert.deepEqual(parseMessage([header, ...body, trailers].join('\n\n')), {
          kind,
          ...(scope !== undefined && { scope }),
          breaking: bang || note !== undefined,
          ...(note !== undefined && { note }),
          subject,
          tickets: ticket === undefined ? [] : [ticket],
        })
      }),
    ))
  it('reading is bounded, shown text is plain, and nothing is ever refused', () =>
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: 'binary', maxLength: 9_000 }), fc.string({ unit: 'grapheme' })),
        (text) => {
          const { kind, subject, scope, note, tickets } = parseMessage(text)
          assert.match(kind, /^[a-z][a-z-]{0,29}$/)
          assert.ok(subject.length <= 300 && tickets.length <= 20)
          for (const part of [subject, scope ?? '', note ?? ''])
            assert.doesNotMatch(part, /[\p{Cc}\p{Cf}]/u)
        },
      ),
    ))
  it('showing twice shows the same', () =>
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 2, max: 40 }), (text, most) => {
        const once = shown(text, most)
        assert.equal(shown(once, most), once)
      }),
    ))
})

describe('a commit', () => {
  it('keeps who wrote it, and loses its body', () => {
    const ana = { name: 'A\u202ena', email: 'ana@x.test' }
    const ben = { name: 'Ben', email: 'ben@x.test' }
    const fact = {
      sha: 'a'.repeat(40),
      parents: [],
      author: ana,
      committer: ben,
      coAuthors: [ben],
      authoredAt: 1,
      committedAt: 2,
      message: 'fix: it\n\nbody',
      paths: [],
      pathsCut: false,
    }
    assert.deepEqual(releasedCommit(fact), {
      sha: fact.sha,
      author: { name: 'Ana', email: 'ana@x.test' },
      committer: ben,
      coAuthors: [ben],
      committedAt: 2,
      kind: 'fix',
      breaking: false,
      subject: 'it',
      tickets: [],
    })
  })
})

describe('what a commit reverts', () => {
  const bad = 'abcdef0123456789abcdef0123456789abcdef01'
  it('is what git writes below a revert, and what a trailer says', () => {
    const git = `Revert "feat: it"\n\nThis reverts commit ${bad}.\n`
    assert.deepEqual(parseMessage(git).reverts, [bad])
    assert.deepEqual(parseMessage('revert: it\n\nRefs: abcdef0').reverts, ['abcdef0'])
  })
  it('is nothing, where it only quotes somebody else', () =>
    assert.equal(parseMessage(`feat: up\n\nThis reverts commit ${bad}.`).reverts, undefined))
  it('is nothing, where no name is given', () =>
    assert.equal(parseMessage('Revert "feat: it"\n\nIt was bad.').reverts, undefined))
})
