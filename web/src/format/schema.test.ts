import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { SchemaFacts } from '../api/types.ts'
import { schemaInWords } from './schema.ts'

const NONE = { additive: 0, backfill: 0, unknown: 0, contract: 0, irreversible: 0 }
const tone = (facts: Partial<SchemaFacts>, counts: Partial<SchemaFacts['counts']> = {}) =>
  schemaInWords({
    dialect: 'postgresql',
    files: 1,
    steps: [],
    findings: [],
    ...facts,
    counts: { ...NONE, ...counts },
  }).tone

it('goes by the worst of its steps', () => {
  assert.equal(tone({}, { additive: 9 }), 'good')
  assert.equal(tone({}, { additive: 9, unknown: 1 }), 'open')
  assert.equal(tone({}, { additive: 9, contract: 1 }), 'bad')
  assert.equal(tone({}, { irreversible: 1 }), 'bad')
})
it('is bad when history was rewritten, whatever the rest says', () => {
  const findings = [{ code: 'migration.rewritten' as const, path: 'a.sql' }]
  assert.equal(tone({ findings }, { additive: 1 }), 'bad')
})
