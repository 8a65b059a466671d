import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { LineSearch } from './line-search.ts'
import { compilePattern, type Pattern, type PatternAsked } from './pattern.ts'

const asking = (text: string, more: Partial<PatternAsked> = {}): PatternAsked => ({
  text,
  isRegex: true,
  isCaseSensitive: true,
  ...more,
})

function patternOf(asked: PatternAsked): Pattern {
  const made = compilePattern(asked)
  assert.ok(!('rejected' in made), JSON.stringify(made))
  return made
}

/** Numbers of the lines found, with the text cut at these places. */
function found(asked: PatternAsked, text: string | Buffer, cuts: readonly number[] = []) {
  const bytes = Buffer.from(text)
  const search = new LineSearch(patternOf(asked), { line: 0, offset: 0 })
  const borders = [0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length]
  borders.sort((a, b) => a - b)
  const all = borders.slice(1).flatMap((to, i) => search.push(bytes.subarray(borders[i], to)))
  return [...all, ...search.end()]
}
const lines = (...args: Parameters<typeof found>) => found(...args).map(({ line }) => line)

describe('search in lines', () => {
  it('says the line and where it begins', () => {
    assert.deepEqual(found(asking('b+'), 'aaa\nabb\nccc\nb'), [
      { line: 1, offset: 4 },
      { line: 3, offset: 12 },
    ])
  })

  it('finds what the regular expressions of JavaScript find, however the text is cut', () => {
    const atom = fc.constantFrom(
      ...[
        'a',
        'b',
        'é',
        '.',
        '[ab]',
        '[^a]',
        '\\d',
        '\\w',
        '\\s',
        '\\D',
        '\\.',
        '(?:ab|ba)',
        '^',
        '$',
      ],
    )
    const count = fc.constantFrom('', '', '', '*', '+', '?', '{2}', '{1,3}', '{2,}')
    const part = fc
      .tuple(atom, count)
      .map(([one, many]) => (one === '^' || one === '$' ? one : one + many))
    const pattern = fc
      .array(
        fc.array(part, { minLength: 1, maxLength: 4 }).map((all) => all.join('')),
        {
          minLength: 1,
          maxLength: 3,
        },
      )
      .map((all) => all.join('|'))
    const text = fc
      .array(fc.constantFrom('a', 'b', 'B', 'é', '1', '.', ' ', '\t', '😀', '\n', '\n'), {
        maxLength: 40,
      })
      .map((all) => all.join(''))
    fc.assert(
      fc.property(pattern, text, fc.array(fc.nat()), fc.boolean(), (said, log, cuts, isExact) => {
        const like = new RegExp(said, isExact ? 'u' : 'iu')
        const all = log.split('\n')
        if (all.at(-1) === '') all.pop()
        const expected = all.flatMap((line, i) => (like.test(line) ? [i] : []))
        assert.deepEqual(lines(asking(said, { isCaseSensitive: isExact }), log, cuts), expected)
      }),
      { numRuns: 2_000 },
    )
  })

  it('takes plain text as it stands', () => {
    const plain = asking('a.b[', { isRegex: false })
    assert.deepEqual(lines(plain, 'axb[\na.b[\nA.B['), [1])
    assert.deepEqual(lines({ ...plain, isCaseSensitive: false }, 'axb[\na.b[\nA.B['), [1, 2])
    const umlaut = asking('Größe', { isRegex: false, isCaseSensitive: false })
    assert.deepEqual(lines(umlaut, 'größe\nGRÖSSE\nGRÖßE\ngrosse'), [0, 2])
  })

  it('reads lines that end with CRLF, and what is no UTF-8', () => {
    assert.deepEqual(lines(asking('end$'), 'the end\r\nend of it\r\nend'), [0, 2])
    const bytes = Buffer.from([0x61, 0xff, 0xfe, 0x62, 10, 0x61, 0x62])
    assert.deepEqual(lines(asking('a..b'), bytes), [0])
    assert.deepEqual(lines(asking('^a[^x]*b$'), bytes), [0, 1])
  })

  it('finds a line that has the pattern twice once', () => {
    assert.deepEqual(lines(asking('x'), 'x x x\nno\nxx'), [0, 2])
    assert.deepEqual(lines(asking('a*'), 'b\n\nc'), [0, 1, 2])
  })

  it('bears a pattern whose states are many', () => {
    const hard = asking('(a|b)*a(a|b){14}c')
    let text = ''
    for (let i = 0, seed = 7; i < 60_000; i++) {
      seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31
      text += seed % 3 === 0 ? 'a' : 'b'
    }
    assert.deepEqual(lines(hard, `${text}\n${text}aabababababababac`), [1])
    assert.deepEqual(lines(asking('(x+x+)+y'), 'x'.repeat(100_000)), [])
  })

  it('says what is wrong with a pattern, and where', () => {
    for (const [said, words] of [
      ['', /nothing to search/],
      ['a'.repeat(201), /longer than 200/],
      ['a(b', /A \) is missing, at character 4/],
      ['a)b', /closes nothing, at character 2/],
      ['[ab', /A \] is missing/],
      ['*a', /\* repeats nothing, at character 1/],
      ['a{2', /A count looks like/],
      ['a{5,2}', /goes up/],
      ['a{101}', /at most 100/],
      ['(?=a)', /\(\? is not understood/],
      ['(a)\\1', /\\1 is not understood/],
      ['\\bfoo', /\\b is not understood/],
      ['[z-a]', /ends before it begins/],
      ['[é]', /ASCII/],
      ['('.repeat(30) + ')'.repeat(30), /nested too deeply/],
      ['((a{99}){99}){99}', /too large/],
    ] as const) {
      const made = compilePattern(asking(said))
      assert.ok('rejected' in made, said)
      assert.match(made.message, words)
    }
  })
})
