import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import { isRejection, replay } from '#kernel/decider.ts'
import { given } from '../../../test/support/given.ts'
import type { LegalHoldEvent, RetentionEvent } from '../events/retention.ts'
import { HOLDS_MAX, isHeldBy, legalHold, type LegalHoldCommand } from './legal-hold.ts'
import { type Evidence, mayGo, rulingOn } from './ruling.ts'
import { retention, type RetentionCommand } from './sweep.ts'

const said = {
  ...{ at: 100, by: 'ada', service: 'shop', from: 10, to: 20, incident: null },
  ...{ reason: 'case 31', owner: 'legal', until: null },
}
const place: LegalHoldCommand = { type: 'legalHold.place', ...said, others: 0 }
const placed: LegalHoldEvent = { type: 'legalHold.placed', ...said }
const lift: LegalHoldCommand = { type: 'legalHold.lift', at: 200, by: 'ben', reason: 'closed' }
const lifted: LegalHoldEvent = { type: 'legalHold.lifted', at: 200, by: 'ben', reason: 'closed' }

it('a legal hold is placed once, over some time, and lifted once', () => {
  given(legalHold).when(place).then(placed)
  given(legalHold, placed).when(place).thenRejected('legalHold.exists')
  given(legalHold)
    .when({ ...place, to: 10 })
    .thenRejected('legalHold.empty-span')
  given(legalHold)
    .when({ ...place, until: 100 })
    .thenRejected('legalHold.until-in-the-past')
  given(legalHold)
    .when({ ...place, others: HOLDS_MAX })
    .thenRejected('legalHold.too-many')
  given(legalHold).when(lift).thenRejected('legalHold.unknown')
  given(legalHold, placed).when(lift).then(lifted)
  given(legalHold, placed, lifted).when(lift).then()
})

it('a hold touches what lasted into its time, of its service or of all', () => {
  const run = { service: 'shop', from: 5, to: 10 }
  assert.ok(isHeldBy(said, run))
  assert.ok(!isHeldBy(said, { ...run, to: 9 }))
  assert.ok(!isHeldBy(said, { ...run, from: 20, to: 30 }))
  assert.ok(!isHeldBy(said, { ...run, service: 'cart' }))
  assert.ok(!isHeldBy(said, { ...run, service: null }))
  assert.ok(isHeldBy({ ...said, service: '*', from: null, to: null }, { ...run, service: null }))
})

const instant = fc.integer({ min: 0, max: 1_000 })
const maybe = <T>(of: fc.Arbitrary<T>) => fc.option(of)
const service = fc.constantFrom('shop', 'cart')
const thing = fc
  .record({ service, from: instant, lastsMs: instant, keptMs: fc.integer({ min: 1, max: 500 }) })
  .map(({ lastsMs, ...rest }): Evidence => {
    return { ...rest, to: rest.from + lastsMs, tier: 3, artifacts: ['sha256:a'] }
  })
const hold = fc.record({
  service: fc.constantFrom('shop', 'cart', '*'),
  from: maybe(instant),
  to: maybe(instant),
  until: maybe(fc.integer({ min: 0, max: 3_000 })),
  isLifted: fc.boolean(),
})
const now = fc.integer({ min: 0, max: 3_000 })

it('nothing goes before its time, under a hold in force, or while it is referred to', () => {
  fc.assert(
    fc.property(
      thing,
      fc.array(hold, { maxLength: 4 }),
      fc.boolean(),
      now,
      (it, all, isUsed, at) => {
        const holds = all.map(({ isLifted, ...rest }, i) => ({
          ...{ ...said, ...rest, id: `lgh_${i}`, placedAt: 0, placedBy: 'ada' },
          lifted: isLifted ? { at: 0, by: 'ben', reason: 'closed' } : null,
        }))
        const references = isUsed ? [{ artifact: 'sha256:a', by: 'prod/shop runs it' }] : []
        const isHeld = all.some(
          ({ isLifted, until, ...scope }) =>
            !isLifted &&
            (until === null || at < until) &&
            (scope.service === '*' || scope.service === it.service) &&
            it.to >= (scope.from ?? 0) &&
            it.from < (scope.to ?? Infinity),
        )
        const expected = at >= it.to + it.keptMs && !isHeld && !isUsed
        assert.equal(mayGo(rulingOn(it, { holds, references }, at)), expected)
      },
    ),
    { numRuns: 500 },
  )
})

it('says by which row, and what of a service that is gone', () => {
  const day = 86_400_000
  const run = { service: 'shop', from: 0, to: 0, tier: 3, keptMs: 366 * day, artifacts: [] }
  const none = { holds: [], references: [] }
  assert.equal(rulingOn(run, none, 0).rule, 'evidence of tier 3 is kept for 366 days')
  assert.match(rulingOn({ ...run, tier: null }, none, 0).rule, /service that is gone/)
})

const logs = (run: string) => ({ run, endedAt: 1, logs: 2, bytes: 3, digest: 'sha256:d' })
const asked = { at: 5, by: 'system', service: 'shop' }
const order = (...runs: string[]): RetentionCommand => ({
  ...{ type: 'retention.order', ...asked, rule: 'tier 3', runs: runs.map(logs) },
})
const ordered = (...runs: string[]): RetentionEvent => ({
  ...{ type: 'retention.ordered', ...asked, rule: 'tier 3', runs: runs.map(logs) },
})

it('what was ordered is dropped or spared, and nothing else is', () => {
  given(retention).when(order('a')).then(ordered('a'))
  given(retention, ordered('a')).when(order('a')).then()
  given(retention, ordered('a')).when(order('a', 'b')).then(ordered('b'))
  const confirm: RetentionCommand = { type: 'retention.confirm', ...asked, runs: ['a', 'x'] }
  const dropped: RetentionEvent = {
    ...{ type: 'retention.dropped', ...asked, rule: 'tier 3', runs: [logs('a')] },
  }
  given(retention, ordered('a', 'b')).when(confirm).then(dropped)
  given(retention, ordered('a'), dropped).when(confirm).then()
  const spare: RetentionCommand = { type: 'retention.spare', ...asked, run: 'a', keptBy: 'a hold' }
  const spared: RetentionEvent = { type: 'retention.spared', ...asked, run: 'a', keptBy: 'a hold' }
  given(retention, ordered('a')).when(spare).then(spared)
  given(retention, ordered('a'), spared).when(spare).then()
  given(retention, ordered('a'), spared).when(confirm).then()
})

it('nothing is dropped twice, or without an order that stands', () => {
  const names = fc.constantFrom('a', 'b', 'c')
  const command = fc.oneof(
    fc.array(names).map((runs) => order(...new Set(runs))),
    names.map((run): RetentionCommand => {
      return { type: 'retention.spare', ...asked, run, keptBy: 'a hold' }
    }),
    fc
      .array(names)
      .map((runs): RetentionCommand => ({ type: 'retention.confirm', ...asked, runs })),
  )
  fc.assert(
    fc.property(fc.array(command, { maxLength: 20 }), (commands) => {
      const events: RetentionEvent[] = []
      const open = new Set<string>()
      for (const each of commands) {
        const answer = retention.decide(each, replay(retention, events))
        assert.ok(!isRejection(answer))
        for (const event of answer) {
          events.push(event)
          const runs =
            event.type === 'retention.spared' ? [event.run] : event.runs.map((r) => r.run)
          for (const run of runs)
            assert.ok(event.type === 'retention.ordered' ? !open.has(run) : open.has(run))
          for (const run of runs)
            if (event.type === 'retention.ordered') open.add(run)
            else open.delete(run)
        }
      }
    }),
  )
})
