import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { instantOf, isZone, nearestZone, offsetAt, wallAt } from './zone.ts'

const utc = (text: string) => Date.parse(`${text}Z`)
const HOUR = 3_600_000

describe('a time zone', () => {
  it('is one of the IANA names, as they are written', () => {
    for (const zone of ['UTC', 'Europe/Berlin', 'Asia/Kolkata', 'America/Argentina/Salta'])
      assert.ok(isZone(zone), zone)
    for (const zone of ['', 'europe/berlin', '+02:00', 'Europe/Berln', 'Nowhere', 'A'.repeat(999)])
      assert.ok(!isZone(zone), zone)
  })
  it('that is misspelt, or said by its city, is guessed', () => {
    assert.equal(nearestZone('Europe/Berln'), 'Europe/Berlin')
    assert.equal(nearestZone('Berlin'), 'Europe/Berlin')
    assert.equal(nearestZone('Germany/Berlin'), 'Europe/Berlin')
    assert.equal(nearestZone('Qqqqqqqqqqqqqqqqqq'), undefined)
  })
  it('has an offset of hours, halves, quarters and seconds', () => {
    assert.equal(offsetAt('Asia/Kolkata', 0), 5.5 * HOUR)
    assert.equal(offsetAt('Asia/Kathmandu', utc('2026-01-01T00:00')), 5.75 * HOUR)
    assert.equal(offsetAt('America/New_York', utc('2026-01-01T00:00')), -5 * HOUR)
    assert.equal(offsetAt('America/New_York', utc('2026-07-01T00:00')), -4 * HOUR)
    assert.equal(offsetAt('UTC', 0), 0)
  })
})

describe('a reading of the wall', () => {
  const cases: readonly (readonly [string, string, string, string])[] = [
    ['Europe/Berlin', '2026-01-05T09:00', '2026-01-05T08:00', 'in winter'],
    ['Europe/Berlin', '2026-03-29T02:30', '2026-03-29T01:30', 'skipped: as before the change'],
    ['Europe/Berlin', '2026-10-25T02:30', '2026-10-25T00:30', 'twice: the first'],
    ['America/New_York', '2007-11-04T01:30', '2007-11-04T05:30', 'twice: the first (RFC 5545)'],
    ['America/New_York', '2007-03-11T02:30', '2007-03-11T07:30', 'skipped (RFC 5545)'],
    ['Australia/Lord_Howe', '2026-10-04T02:15', '2026-10-03T15:45', 'skipped by half an hour'],
    ['Australia/Lord_Howe', '2026-04-05T01:45', '2026-04-04T14:45', 'twice within half an hour'],
    ['Pacific/Apia', '2011-12-30T12:00', '2011-12-30T22:00', 'on a day that never was'],
  ]
  for (const [zone, wall, at, what] of cases)
    it(`${wall} in ${zone}, ${what}`, () =>
      assert.equal(new Date(instantOf(zone, utc(wall))).toISOString(), `${at}:00.000Z`))
  it('that exists is shown at its instant, and no earlier', () =>
    fc.assert(
      fc.property(
        fc.constantFrom('Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kolkata'),
        fc.integer({ min: 0, max: 2_000_000 }),
        (zone, quarters) => {
          const at = quarters * 900_000
          const wall = wallAt(zone, at)
          const first = instantOf(zone, wall)
          assert.equal(wallAt(zone, first), wall)
          assert.ok(first <= at && at - first <= HOUR)
        },
      ),
    ))
})
