import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { law } from '../../../test/support/law.ts'
import type { SchemaStepKind } from '../events.ts'
import { schemaFacts } from './facts.ts'
import { type FloorQuestion, isBelow, type LinedRelease, rollbackFloor } from './floor.ts'

const SQL: Readonly<Record<SchemaStepKind, string>> = {
  additive: 'create table a (x int)',
  backfill: 'insert into a values (1)',
  unknown: 'frobnicate',
  contract: 'drop view v',
  irreversible: 'drop table b',
}
const made = (
  i: number,
  kind?: SchemaStepKind,
  rest: Partial<LinedRelease> = {},
): LinedRelease => ({
  release: `rel_${i}`,
  version: `${i}.0.0`,
  schema:
    kind === undefined
      ? null
      : schemaFacts([{ path: `${i}.sql`, change: 'new', text: SQL[kind] }], 'postgresql'),
  compatibility: null,
  ...rest,
})
const all = (line: readonly LinedRelease[]) => new Set(line.map(({ release }) => release))
const floorOf = (line: readonly LinedRelease[], change: Partial<FloorQuestion> = {}) =>
  rollbackFloor({ line, applied: all(line), unknownIsUnsafe: true, ...change })
const versionOf = (...asked: Parameters<typeof floorOf>) => floorOf(...asked)?.version

describe('the rollback floor', () => {
  it('is the last release that took something away', () => {
    const line = [made(1), made(2, 'contract'), made(3, 'additive')]
    assert.equal(versionOf(line), '2.0.0')
    assert.match(
      floorOf(line)?.why ?? '',
      /of 2\.0\.0 are applied there: contract step \(2\.sql:1\)/,
    )
  })
  it('is not raised by what was never applied there', () => {
    const line = [made(1), made(2, 'contract'), made(3, 'irreversible')]
    assert.equal(versionOf(line, { applied: new Set(['rel_1', 'rel_2']) }), '2.0.0')
    assert.equal(versionOf(line, { applied: new Set(['rel_1']) }), undefined)
  })
  it('is raised by what a later release brought along', () => {
    const line = [made(1), made(2, 'contract'), made(3, 'additive')]
    assert.equal(versionOf(line, { applied: new Set(['rel_1', 'rel_3']) }), '2.0.0')
  })
  it('counts a step that nobody understood where that is unsafe', () => {
    const line = [made(1), made(2, 'unknown')]
    assert.equal(versionOf(line), '2.0.0')
    assert.equal(versionOf(line, { unknownIsUnsafe: false }), undefined)
  })
  it('needs a release below it', () =>
    assert.equal(versionOf([made(1, 'irreversible')]), undefined))
  it('is above releases that cannot read what is written', () => {
    const reads = (range: string) => ({ reads: { orders: range }, writes: {} })
    const writes = (version: string) => ({ reads: { orders: '>=1' }, writes: { orders: version } })
    const line = [
      made(1, undefined, { compatibility: reads('1') }),
      made(2, undefined, { compatibility: reads('1 || 2') }),
      made(3, undefined, { compatibility: writes('2') }),
    ]
    assert.equal(versionOf(line), '2.0.0')
    assert.match(floorOf(line)?.why ?? '', /3\.0\.0 ran there and writes orders 2; 1\.0\.0/)
    assert.equal(versionOf(line, { applied: new Set(['rel_1', 'rel_2']) }), undefined)
  })
  it('asks nothing of who declares nothing, nor by a name that objects have anyway', () => {
    const writer = { reads: {}, writes: { orders: '2', constructor: '9' } }
    const reader = { reads: { toString: '1' }, writes: {} }
    const line = [
      made(1),
      made(2, undefined, { compatibility: reader }),
      made(3, undefined, { compatibility: writer }),
    ]
    assert.equal(versionOf(line), undefined)
  })
  it('has below it what is older than the line', () => {
    const line = [made(1), made(2, 'contract')]
    assert.ok(isBelow(line, floorOf(line), 'rel_0'))
    assert.ok(!isBelow(line, undefined, 'rel_0'))
  })
})

const kind = fc.constantFrom<SchemaStepKind | undefined>(
  ...(['additive', 'backfill', 'unknown', 'contract', 'irreversible', undefined] as const),
)
const speech = fc.option(
  fc.record({
    reads: fc.dictionary(fc.constantFrom('a', 'b'), fc.constantFrom('*', '1', '>=2', '1 || 3')),
    writes: fc.dictionary(fc.constantFrom('a', 'b'), fc.constantFrom('1', '2', '3')),
  }),
)
const lines = fc
  .array(fc.tuple(kind, speech), { minLength: 1, maxLength: 8 })
  .map((parts) => parts.map(([k, compatibility], i) => made(i, k, { compatibility })))
const question = lines.chain((line) =>
  fc.record({
    line: fc.constant(line),
    applied: fc.subarray(line.map(({ release }) => release)).map((ids) => new Set(ids)),
    unknownIsUnsafe: fc.boolean(),
  }),
)
const placeOf = (asked: FloorQuestion) => {
  const floor = rollbackFloor(asked)
  return floor === undefined ? 0 : asked.line.findIndex((each) => each.release === floor.release)
}
describe('whatever was released and applied', () => {
  law(
    'S11',
    'the rollback floor never goes down by applying more',
    fc.property(fc.tuple(question, fc.nat({ max: 7 })), ([asked, i]) => {
      const more = asked.line[i % asked.line.length]?.release ?? ''
      const after = { ...asked, applied: new Set([...asked.applied, more]) }
      assert.ok(placeOf(after) >= placeOf(asked))
    }),
  )
  law(
    'S11',
    'doubting what is not understood never lowers the floor',
    fc.property(question, (asked) =>
      assert.ok(
        placeOf({ ...asked, unknownIsUnsafe: true }) >=
          placeOf({ ...asked, unknownIsUnsafe: false }),
      ),
    ),
  )
  law(
    'S11',
    'a history that only adds has no floor',
    fc.property(fc.array(fc.constantFrom('additive', 'backfill', undefined)), (history) => {
      assert.equal(floorOf(history.map((each, i) => made(i, each))), undefined)
    }),
  )
  law(
    'S11',
    'nothing before an applied contract is at or above the floor',
    fc.property(question, (asked) => {
      const floor = rollbackFloor(asked)
      for (const [i, { release, schema }] of asked.line.entries())
        if (asked.applied.has(release) && (schema?.counts.contract ?? 0) > 0)
          for (const older of asked.line.slice(0, i))
            assert.ok(isBelow(asked.line, floor, older.release))
    }),
  )
  law(
    'S11',
    'the newest is never below the floor, and every release is on one side of it',
    fc.property(question, (asked) => {
      const floor = rollbackFloor(asked)
      const sides = asked.line.map(({ release }) => isBelow(asked.line, floor, release))
      assert.equal(sides.at(-1), false)
      assert.deepEqual(
        sides,
        [...sides].sort((a, b) => Number(b) - Number(a)),
      )
    }),
  )
  law(
    'S11',
    'where the floor stands something stands in the way: one lower is not enough',
    fc.property(question, (asked) => {
      const floor = rollbackFloor(asked)
      if (floor === undefined) return
      const place = placeOf(asked)
      const shorter = { ...asked, line: asked.line.slice(place - 1) }
      assert.equal(rollbackFloor(shorter)?.release, floor.release)
    }),
  )
})
