import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type MigrationFile, schemaFacts } from './facts.ts'

const file = (path: string, text: string, change: MigrationFile['change'] = 'new') => ({
  path,
  change,
  text,
})
const facts = (...files: readonly MigrationFile[]) => schemaFacts(files, 'postgresql')

describe('what a release does to its database', () => {
  it('is counted, the worst first', () => {
    const { files, counts, steps } = facts(
      file('1.sql', 'create table a (x int); insert into a values (1)'),
      file('2.sql', 'drop view v; drop table b'),
    )
    assert.equal(files, 2)
    assert.deepEqual(counts, { additive: 1, backfill: 1, unknown: 0, contract: 1, irreversible: 1 })
    assert.deepEqual(
      steps.map(({ kind }) => kind),
      ['irreversible', 'contract', 'backfill', 'additive'],
    )
  })
  it('is nothing when no file is new', () => {
    const { files, counts, steps } = facts()
    assert.deepEqual([files, steps], [0, []])
    assert.ok(Object.values(counts).every((count) => count === 0))
  })
  it('is not understood where an old file was changed or removed', () => {
    const { counts, findings, steps } = facts(file('1.sql', 'drop table b', 'changed'), {
      path: '2.sql',
      change: 'removed',
    })
    assert.deepEqual([counts.irreversible, counts.unknown], [1, 2])
    assert.deepEqual(findings, [
      { code: 'migration.rewritten', path: '1.sql' },
      { code: 'migration.removed', path: '2.sql' },
    ])
    assert.match(steps.at(-1)?.reason ?? '', /removed after an earlier release/)
  })
  it('is not understood where a file could not be read, or there are too many', () => {
    const unread = { path: '1.sql', change: 'new', trouble: 'It is too long.' } as const
    const { counts, steps } = schemaFacts([unread], 'mysql', { message: 'There are more.' })
    assert.equal(counts.unknown, 2)
    assert.deepEqual(
      steps.map(({ reason }) => reason),
      ['It is too long.', 'There are more.'],
    )
  })
  it('keeps the worst of very many, and counts all', () => {
    const { counts, steps } = facts(
      file('1.sql', `${'create view v as select 1;'.repeat(200)}drop view v`),
    )
    assert.equal(counts.additive, 200)
    assert.equal(steps.length, 50)
    assert.equal(steps[0]?.kind, 'contract')
  })
})
