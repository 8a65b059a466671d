import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { LogReader, NulSplitter, coAuthorsIn } from './log.ts'

const sha = (digit: string) => digit.repeat(40)

interface Raw {
  readonly name: string
  readonly coAuthors: string
  readonly message: string
  readonly paths: readonly string[]
}

/** A record as git prints it; a path may not be empty, and nothing holds a NUL. */
const print = ({ name, coAuthors, message, paths }: Raw) =>
  ['', sha('a'), sha('b'), name, 'A@X', '1', name, 'C@X', '2', coAuthors, message].join('\0') +
  '\0' +
  (paths.length > 0 ? `\n${paths.map((path) => `${path}\0`).join('')}` : '')

function read(bytes: Buffer, chunk: number) {
  const reader = new LogReader()
  for (let i = 0; i < bytes.length; i += chunk) reader.push(bytes.subarray(i, i + chunk))
  return reader.end()
}

const text = fc.string({ unit: 'grapheme' }).map((s) => s.replaceAll('\0', ''))
const raw: fc.Arbitrary<Raw> = fc.record({
  name: text,
  coAuthors: text,
  message: fc.oneof(text, fc.constant(`\n${sha('c')}\n\n`)),
  paths: fc.array(fc.oneof(text, fc.constantFrom(sha('a'), '\nx', '\n')).filter((p) => p !== '')),
})

describe('the reader of logs', () => {
  it('finds every field and path, whatever they hold and however they come', () =>
    fc.assert(
      fc.property(fc.array(raw, { maxLength: 5 }), fc.integer({ min: 1, max: 64 }), (raws, n) => {
        const commits = read(Buffer.from(raws.map(print).join('')), n)
        assert.deepEqual(
          commits.map((c) => [c.author.name, c.message, c.paths]),
          raws.map((r) => [r.name, r.message.trimEnd(), r.paths]),
        )
        for (const { author, committer } of commits)
          assert.deepEqual([author.email, committer.email], ['a@x', 'c@x'])
      }),
    ))

  const one = (change: Partial<Raw>) =>
    read(
      Buffer.from(print({ name: 'Ana', coAuthors: '', message: 'm', paths: [], ...change })),
      99,
    )[0]

  it('cuts a message at 8 KiB, between characters, and says nothing of it elsewhere', () => {
    assert.equal(one({ message: 'x'.repeat(8192) })?.message.length, 8192)
    assert.equal(one({ message: 'x'.repeat(9000) })?.message.length, 8192)
    const cut = one({ message: `x${'€'.repeat(5000)}`, paths: ['still/here'] })
    assert.equal(cut?.message, `x${'€'.repeat(2730)}`)
    assert.deepEqual(cut?.paths, ['still/here'])
  })

  it('keeps the next fields when one is larger than memory should hold', () => {
    const cut = one({ message: 'x'.repeat(5_000_000), paths: ['still/here'] })
    assert.deepEqual(cut?.paths, ['still/here'])
  })

  it('keeps 200 paths and 64 KiB of them, and says when there were more', () => {
    const many = (count: number, length: number) => Array(count).fill('p'.repeat(length))
    const kept = (paths: string[]) => {
      const commit = one({ paths })
      return [commit?.paths.length, commit?.pathsCut]
    }
    assert.deepEqual(kept(many(200, 1)), [200, false])
    assert.deepEqual(kept(many(201, 1)), [200, true])
    assert.deepEqual(kept(many(100, 1000)), [65, true])
  })

  it('gives dates that no calendar has as the epoch', () => {
    for (const date of ['', '-1', '99999999999999999999', 'x']) {
      const bytes = print({ name: 'A', coAuthors: '', message: '', paths: [] })
      const [commit] = read(Buffer.from(bytes.replace('@X\x001\x00', `@X\x00${date}\x00`)), 99)
      assert.equal(commit?.authoredAt, 0)
    }
  })

  it('gives names that a database takes', () => {
    const name = one({ name: `${'x'.repeat(199)}😀` })?.author.name
    assert.equal(name?.length, 200)
    assert.ok(name?.isWellFormed())
  })

  it('refuses to keep more than memory should hold', () => {
    const message = 'x'.repeat(8192)
    const record = Buffer.from(print({ name: 'A', coAuthors: '', message, paths: [] }))
    const reader = new LogReader()
    const flood = () => {
      for (let i = 0; i < 9000; i++) reader.push(record)
    }
    assert.throws(flood, { code: 'git.refused' })
  })
})

describe('co-authors', () => {
  it('are who is named with a mail, once each', () =>
    assert.deepEqual(
      coAuthorsIn('Bo <BO@x.org>\nbo <bo@X.org>\n<only@mail.org>\nNobody\nA <b> <c@d>\nE <f g>\n'),
      [
        { name: 'Bo', email: 'bo@x.org' },
        { name: '', email: 'only@mail.org' },
      ],
    ))
  it('are fifty at most', () => {
    const lines = Array.from({ length: 60 }, (_, i) => `N <n${i}@x.org>`)
    assert.equal(coAuthorsIn(lines.join('\n')).length, 50)
  })
})

describe('the splitter', () => {
  it('cuts at NULs, and cuts fields at the bound', () => {
    const splitter = new NulSplitter(3)
    const push = (s: string) => [...splitter.push(Buffer.from(s))].map(String)
    assert.deepEqual(push('ab'), [])
    assert.deepEqual(push('cd\0\0e'), ['abc', ''])
    assert.deepEqual(push('\0'), ['e'])
  })
})
