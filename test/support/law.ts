/**
 * A law: what holds in whatever order things happen, asked of thousands of random histories. Named
 * by the rule it keeps; docs/laws.md lists them all, and a test compares. Tests only.
 */
import { it } from 'node:test'
import fc from 'fast-check'

/** A rule is kept when so many histories keep it. The fast tests ask fewer, to be fast. */
const HISTORIES = 10_000
const histories = Number(process.env['LAW_HISTORIES'] ?? HISTORIES)

export function law<Ts>(rule: `S${number}`, title: string, property: fc.IProperty<Ts>): void {
  it(`${rule}: ${title}`, () => fc.assert(property, { numRuns: histories }))
}
