import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { SchemaDialect } from '../events.ts'
import { splitStatements, STATEMENTS_MAX, TEXT_LENGTH_MAX } from './statements.ts'

const texts = (sql: string, dialect: SchemaDialect = 'postgresql') =>
  splitStatements(sql, dialect).statements.map(({ text }) => text)
const one = (sql: string, dialect: SchemaDialect = 'postgresql') =>
  assert.deepEqual(texts(`${sql};\nselect 2`, dialect), [sql, 'select 2'])

describe('a statement of PostgreSQL ends at its semicolon', () => {
  const whole: readonly (readonly [what: string, sql: string])[] = [
    ['not in a string', "select 'a;''b;'"],
    ['not behind a backslash that is one', String.raw`select '\', 1`],
    ['not behind an escaped quote', String.raw`select E'a\';b'`],
    ['not in a name', 'select ";""x;"'],
    ['not in dollar quotes', 'do $$ begin a; b; end $$'],
    ['not in named dollar quotes', 'do $x$ $$ ; $y$ ; $x$'],
    ['not in a line comment', 'select 1 -- a;b\n, 2'],
    ['not in block comments in each other', 'select /* a; /* b; */ c; */ 1'],
    ['not in BEGIN ATOMIC', 'create function f() begin atomic select case 1 end; b; end'],
    ['not in a rule', 'create rule r as on insert to t do also (insert into a; insert into b)'],
    ['and a parameter opens no quote', 'select $1, a$b$c'],
  ]
  for (const [what, sql] of whole) it(what, () => one(sql))
  it('but in parentheses, which hide nothing', () =>
    assert.deepEqual(texts('create table t (a int; drop table u;'), [
      'create table t (a int',
      'drop table u',
    ]))
})

describe('a statement of MySQL ends at its delimiter', () => {
  const whole: readonly (readonly [what: string, sql: string])[] = [
    ['not in a string with escapes', String.raw`select 'a\';b', "c\";d", 'e'';f'`],
    ['not in a name', 'select `a;``b;`'],
    ['not in a comment', 'select 1 # a;b\n, /* c; */ 2 -- d;\n+ 3'],
    ['nor is a minus of a minus a comment', 'select 1--2'],
  ]
  for (const [what, sql] of whole) it(what, () => one(sql, 'mysql'))
  it('which is what DELIMITER says', () =>
    assert.deepEqual(
      texts('DELIMITER //\ncreate procedure p() begin a; b; end//\ndelimiter ;\nc; d', 'mysql'),
      ['create procedure p() begin a; b; end', 'c', 'd'],
    ))
  it('and what a version comment holds is read', () => {
    const { statements } = splitStatements('/*!40000 drop table t */; x', 'mysql')
    assert.deepEqual(
      statements[0]?.tokens.map(({ text }) => text),
      ['drop', 'table', 't'],
    )
  })
})

describe('a file', () => {
  it('says on which line each statement begins', () =>
    assert.deepEqual(
      splitStatements("\n-- x\na 'y\nz';\n\n  b;", 'postgresql').statements.map((s) => s.line),
      [3, 6],
    ))
  it('keeps comments with the statement below them', () => {
    const { statements } = splitStatements('-- one\na; -- two\nb', 'postgresql')
    assert.deepEqual(
      statements.map(({ comments }) => comments.map(({ text }) => text)),
      [['-- one'], ['-- two']],
    )
  })
  it('of a dump leaves its data out', () =>
    assert.deepEqual(texts('copy t (a) from stdin;\n1;drop table t;\n\\.\nselect 2;'), [
      'copy t (a) from stdin',
      'select 2',
    ]))
  it('tells where something was opened and not closed', () => {
    const problem = (sql: string, dialect: SchemaDialect = 'postgresql') =>
      splitStatements(sql, dialect).problem
    assert.equal(problem("a;\nselect 'b;")?.line, 2)
    assert.match(problem('a /* b /* c */')?.message ?? '', /`?\/\*/)
    assert.match(problem('do $x$ b')?.message ?? '', /\$x\$/)
    assert.equal(problem('/*!1 drop', 'mysql')?.line, 1)
    assert.equal(problem("select 'b'"), undefined)
  })
  it('is not read without end', () => {
    assert.match(
      splitStatements('x'.repeat(TEXT_LENGTH_MAX + 1), 'mysql').problem?.message ?? '',
      /1 MiB/,
    )
    const many = splitStatements('a;'.repeat(STATEMENTS_MAX + 1), 'postgresql')
    assert.equal(many.statements.length, STATEMENTS_MAX)
    assert.match(many.problem?.message ?? '', /statements/)
  })
})

const hostile = fc
  .array(
    fc.constantFrom(
      ...[
        "'",
        '"',
        '`',
        '$$',
        '$a$',
        '/*',
        '*/',
        '--',
        '#',
        '\n',
        ';',
        '\\',
        'E',
        'delimiter ',
        '(',
      ],
      ...[
        'begin atomic ',
        'end ',
        'copy x from stdin',
        '/*!',
        'a',
        ' ',
        '\\.\n',
        ')',
        '\u0000',
        '💧',
      ],
    ),
    { maxLength: 60 },
  )
  .map((parts) => parts.join(''))
const dialects = fc.constantFrom<SchemaDialect>('postgresql', 'mysql')

describe('whatever stands in a file', () => {
  it('its statements are parts of it, in their order, and do not overlap', () =>
    fc.assert(
      fc.property(hostile, dialects, (sql, dialect) => {
        let at = 0
        for (const { text, line } of splitStatements(sql, dialect).statements) {
          const found = sql.indexOf(text, at)
          assert.ok(found >= at)
          assert.ok(line >= 1 && line <= sql.split('\n').length)
          at = found + text.length
        }
      }),
      { numRuns: 2_000 },
    ))
  it('quoted, it is one statement', () =>
    fc.assert(
      fc.property(hostile, (text) => {
        one(`select '${text.replaceAll("'", "''")}'`)
        one(`select $q$${text}$q$`)
      }),
      { numRuns: 500 },
    ))
})
