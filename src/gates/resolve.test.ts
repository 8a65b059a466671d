import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { PolicyRow } from './events.ts'
import { resolvePolicy } from './resolve.ts'
import { builtInRow, ENVIRONMENT_KINDS, TIERS } from './tier-table.ts'

const MINUTE_MS = 60_000
const digest = `sha256:0123456789abcdef${'0'.repeat(48)}`
const applied = (rows: Record<string, PolicyRow>) => ({
  digest,
  document: { name: 'default', description: '', rows },
})
const production = { tier: 1, environmentKind: 'production' } as const

describe('the built-in table', () => {
  const bakes = (tier: 0 | 1 | 2, from: number, to: number) =>
    builtInRow(tier, 'production')
      .steps.filter(({ weight }) => weight > from && weight <= to)
      .reduce((sum, { bakeMs }) => sum + bakeMs, 0) / MINUTE_MS

  it('bakes at the cap and at half as the tiers say', () => {
    assert.deepEqual([bakes(0, 0, 10), bakes(0, 10, 50), bakes(0, 50, 99)], [30, 10, 60])
    assert.deepEqual([bakes(1, 0, 20), bakes(1, 20, 50), bakes(1, 50, 99)], [15, 5, 30])
    assert.deepEqual([bakes(2, 0, 25), bakes(2, 25, 50), bakes(2, 50, 99)], [10, 5, 0])
  })
  it('has the ramp of each tier, and steps that it leads to', () => {
    const weights = TIERS.map((tier) =>
      builtInRow(tier, 'production').steps.map(({ weight }) => weight),
    )
    assert.deepEqual(weights, [[10, 50, 90], [20, 50, 95], [25, 50], [50]])
    const ramps = TIERS.map((tier) => builtInRow(tier, 'production').analysis.ramp)
    assert.deepEqual(
      ramps.map((ramp) => [ramp?.budget, ramp?.weightCap, ramp?.whenUnproven]),
      [
        [15, 10, 'ask'],
        [30, 20, 'ask'],
        [60, 25, 'go-on'],
        [200, 50, 'go-on'],
      ],
    )
    assert.equal(builtInRow(1, 'staging').analysis.ramp, undefined)
  })
  it('asks for fewer checks the less a failure hurts', () => {
    const counts = TIERS.map((tier) => builtInRow(tier, 'production').checks.length)
    assert.deepEqual(counts, [12, 11, 6, 3])
  })
  for (const tier of TIERS)
    it(`asks less of tier ${tier} before production than in it`, () => {
      const last = builtInRow(tier, 'production')
      for (const kind of ENVIRONMENT_KINDS.filter((each) => each !== 'production')) {
        const row = builtInRow(tier, kind)
        assert.ok(row.checks.every((check) => last.checks.includes(check)))
        assert.equal(row.approvals.count, 0)
        assert.equal(row.analysis.requestsMin, 0)
        assert.equal(row.strategy, 'rolling')
      }
    })
})

describe('the row that applies', () => {
  it('is the built-in one when nothing was applied', () =>
    assert.deepEqual(resolvePolicy(production), {
      policy: 'built-in tier-1/production',
      row: builtInRow(1, 'production'),
    }))
  it('is called built-in when the document is silent about it', () => {
    const { policy } = resolvePolicy(production, applied({ '2/production': { bakeMs: 1 } }))
    assert.equal(policy, 'built-in tier-1/production')
  })
  it('names the document that changed it', () => {
    const { policy, row } = resolvePolicy(production, applied({ '1/production': { bakeMs: 1 } }))
    assert.equal(policy, 'default@sha256:0123456789ab tier-1/production')
    assert.deepEqual(row, { ...builtInRow(1, 'production'), bakeMs: 1 })
  })
  it('prefers what is said of the tier to what is said of all', () => {
    const rows = {
      '1/production': { bakeMs: 1 },
      '*/production': { bakeMs: 2, readyMs: 3 },
    }
    const { row } = resolvePolicy(production, applied(rows))
    assert.deepEqual([row.bakeMs, row.readyMs], [1, 3])
  })
  it('changes one field of approvals and keeps the others', () => {
    const rows = { '1/production': { approvals: { count: 3, expiresMs: undefined } } }
    assert.deepEqual(resolvePolicy(production, applied(rows)).row.approvals, {
      ...builtInRow(1, 'production').approvals,
      count: 3,
    })
  })
  it('goes by the steps of a document, or by its ramp, whichever is said last', () => {
    const steps = [{ weight: 7, bakeMs: 1 }]
    const all = { '*/production': { steps } }
    const planned = resolvePolicy(production, applied(all)).row
    assert.deepEqual([planned.steps, planned.analysis.ramp], [steps, undefined])
    const ramp = { weightCap: 5, capMs: MINUTE_MS }
    const { row } = resolvePolicy(
      production,
      applied({ ...all, '1/production': { analysis: { ramp } } }),
    )
    assert.deepEqual(row.steps[0], { weight: 5, bakeMs: MINUTE_MS })
    assert.deepEqual([row.analysis.ramp?.budget, row.analysis.alpha], [30, 0.02])
  })
  it('changes one budget of the analysis and keeps the other', () => {
    const budgets = { errorMs: MINUTE_MS }
    const { row } = resolvePolicy(
      production,
      applied({ '1/production': { analysis: { budgets } } }),
    )
    assert.deepEqual(row.analysis.budgets, { errorMs: MINUTE_MS, inconclusiveMs: 15 * MINUTE_MS })
  })
  it('never wants more owners than approvals', () => {
    const rows = { '0/production': { approvals: { count: 0 } } }
    const { row } = resolvePolicy({ ...production, tier: 0 }, applied(rows))
    assert.deepEqual([row.approvals.count, row.approvals.ownersMin], [0, 0])
  })
  it('is not found in what every object inherits', () => {
    const odd = applied(JSON.parse('{"__proto__": {"bakeMs": 1}}') as Record<string, PolicyRow>)
    assert.equal(resolvePolicy(production, odd).policy, 'built-in tier-1/production')
  })
  it('differs from the table only where the document speaks', () =>
    fc.assert(
      fc.property(
        fc.constantFrom(...TIERS),
        fc.constantFrom(...ENVIRONMENT_KINDS),
        fc.dictionary(
          fc.constantFrom('*/production', '1/production', '0/staging', '*/development'),
          fc.record(
            { bakeMs: fc.nat(), readyMs: fc.nat(), checks: fc.array(fc.string()) },
            { requiredKeys: [] },
          ),
        ),
        (tier, environmentKind, rows) => {
          const { row } = resolvePolicy({ tier, environmentKind }, applied(rows))
          const said = [
            ...Object.keys(rows[`*/${environmentKind}`] ?? {}),
            ...Object.keys(rows[`${tier}/${environmentKind}`] ?? {}),
          ]
          for (const [field, value] of Object.entries(builtInRow(tier, environmentKind)))
            if (!said.includes(field)) assert.deepEqual(row[field as keyof typeof row], value)
        },
      ),
    ))
})
