import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { law } from '../../../test/support/law.ts'
import { rollbackFloor, type LinedRelease } from './floor.ts'
import { broughtBy, needOf, takingsOf } from './no-return.ts'

const counts = { additive: 0, backfill: 0, unknown: 0, contract: 0, irreversible: 0 }
const lined = (at: number, contract = 0): LinedRelease => ({
  release: `rel_${at}`,
  version: `1.${at}.0`,
  schema: { counts: { ...counts, contract }, steps: [] },
  compatibility: null,
})
const line = [lined(0), lined(1, 1), lined(2), lined(3, 2)]
const brought = (release: string, ...applied: string[]) =>
  broughtBy({ line, applied: new Set(applied) }, release).map((each) => each.version)

describe('what a release brings along', () => {
  it('is its own migrations, and those of releases that never ran there', () => {
    assert.deepEqual(brought('rel_2', 'rel_0'), ['1.1.0', '1.2.0'])
    assert.deepEqual(brought('rel_3', 'rel_2'), ['1.3.0'])
  })
  it('is nothing, going back or again', () => {
    assert.deepEqual(brought('rel_1', 'rel_2'), [])
    assert.deepEqual(brought('rel_2', 'rel_2'), [])
  })
  it('is nothing where nothing ran, or for who is not in the line', () => {
    assert.deepEqual(brought('rel_3'), [])
    assert.deepEqual(brought('rel_9', 'rel_2'), [])
  })
  law(
    'S11',
    'a release takes nothing away exactly when the floor stays where it is',
    fc.property(
      fc.array(fc.boolean(), { minLength: 2, maxLength: 8 }),
      fc.nat(7),
      fc.nat(7),
      (takes, first, second) => {
        const all = takes.map((isTaking, at) => lined(at, Number(isTaking)))
        const [old, young] = [Math.min(first, second), Math.max(first, second)]
        const [before, after] = [all[old], all[young]]
        if (before === undefined || after === undefined) return
        const floor = (...ran: LinedRelease[]) =>
          rollbackFloor({
            line: all,
            applied: new Set(ran.map(({ release }) => release)),
            unknownIsUnsafe: false,
          })?.release
        const applied = new Set([before.release])
        const taken = broughtBy({ line: all, applied }, after.release).map(takingsOf)
        assert.equal(
          taken.some((count) => count > 0),
          floor(before) !== floor(before, after),
        )
      },
    ),
  )
})

describe('an older release', () => {
  const writes = (version: string) => ({
    version: '2.0.0',
    compatibility: { reads: {}, writes: { orders: version } },
  })
  const reads = (range: string, name = 'orders') => ({
    version: '1.0.0',
    compatibility: { reads: { [name]: range }, writes: {} },
  })
  it('needs nothing of what is taken, when it said that it reads what is left', () =>
    assert.equal(needOf(reads('>=1 <4'), writes('3')), undefined))
  it('needs it, when it said that it does not', () =>
    assert.deepEqual(needOf(reads('<3'), writes('3')), {
      kind: 'said',
      why: '1.0.0 reads orders <3; 2.0.0 writes 3',
    }))
  it('needs it, when it said nothing, or spoke of something else', () => {
    assert.equal(needOf({ version: '1.0.0', compatibility: null }, writes('3'))?.kind, 'unsaid')
    assert.equal(needOf(reads('>=1', 'mail'), writes('3'))?.kind, 'unsaid')
    assert.equal(needOf(reads('>=1'), { version: '2.0.0', compatibility: null })?.kind, 'unsaid')
  })
})
