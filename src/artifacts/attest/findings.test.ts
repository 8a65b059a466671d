import assert from 'node:assert/strict'
import { it } from 'node:test'
import { makeStatement } from '../statement.ts'
import { newestScan } from './findings.ts'
import { type Scan, vulnsOf } from './scan-report.ts'

const about = { name: 'shop', digest: `sha256:${'0'.repeat(64)}` }
const scan = (day: string, ...found: readonly (readonly [id: string, score?: string])[]): Scan => ({
  scanner: {
    uri: 'trivy',
    result: found.map(([id, score]) => ({
      id,
      severity: score === undefined ? [] : [{ method: 'trivy', score }],
    })),
  },
  metadata: { scanStartedOn: `${day}T10:00:00Z`, scanFinishedOn: `${day}T10:01:00Z` },
})

it('shows the newest scan, its worst findings first', () => {
  const newer = vulnsOf(about, scan('2026-01-02', ['C-1'], ['B-1', 'LOW'], ['A-1', 'CRITICAL']))
  const older = vulnsOf(about, scan('2026-01-01', ['OLD-1', 'HIGH']))
  const found = newestScan([older, newer])
  assert.deepEqual(
    found?.findings.map(({ id, severity }) => `${id} ${severity}`),
    ['A-1 critical', 'B-1 low', 'C-1 '],
  )
  assert.equal(found.at, Date.parse('2026-01-02T10:01:00Z'))
})
it('knows of none where nobody scanned, or the scan cannot be read', () => {
  assert.equal(newestScan([]), undefined)
  const odd = makeStatement(about, vulnsOf(about, scan('2026-01-01')).predicateType, { odd: true })
  assert.equal(newestScan([odd]), undefined)
})
