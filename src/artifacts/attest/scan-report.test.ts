import assert from 'node:assert/strict'
import { it } from 'node:test'
import { scanIn, vulnsOf } from './scan-report.ts'

const at = Date.UTC(2026, 0, 5)
const found = (report: unknown) => {
  const scan = scanIn(report, at)
  if ('rejected' in scan) return scan.code
  return [
    scan.scanner.uri,
    ...scan.scanner.result.map(({ id, severity }) => [id, severity[0]?.score]),
  ]
}

it('reads the reports of three scanners, each finding once', () => {
  const twice = { VulnerabilityID: 'CVE-2026-1', Severity: 'HIGH', Description: 'long' }
  const trivy = { SchemaVersion: 2, Results: [{ Vulnerabilities: [twice, twice] }, {}] }
  assert.deepEqual(found(trivy), ['https://github.com/aquasecurity/trivy', ['CVE-2026-1', 'high']])
  const vulnerability = { id: 'GHSA-1', severity: 'Low' }
  assert.deepEqual(found({ matches: [{ vulnerability }], descriptor: { name: 'grype' } }), [
    'https://github.com/anchore/grype',
    ['GHSA-1', 'low'],
  ])
  const osv = { results: [{ packages: [{ vulnerabilities: [{ id: 'OSV-1' }] }] }] }
  assert.deepEqual(found(osv), ['https://github.com/google/osv-scanner', ['OSV-1', undefined]])
})
it('takes the predicate as it is, and is signed as one', () => {
  const metadata = {
    scanStartedOn: '2026-01-05T09:00:00Z',
    scanFinishedOn: '2026-01-05T09:01:00Z',
  }
  const scanner = { uri: 'pkg:generic/scan', result: [] }
  const scan = scanIn({ scanner, metadata }, at)
  assert.ok(!('rejected' in scan))
  const { predicateType, predicate, subject } = vulnsOf({ name: 'shop', digest: 'sha256:11' }, scan)
  assert.equal(predicateType, 'https://in-toto.io/attestation/vulns/v0.2')
  assert.deepEqual(predicate, { scanner, metadata })
  assert.deepEqual(subject, [{ name: 'shop', digest: { sha256: '11' } }])
})
it('refuses what it cannot read, rather than finding nothing', () => {
  for (const report of [null, {}, [], 'text', { Results: [] }, { matches: 1 }])
    assert.equal(found(report), 'artifact.scan-unread')
  const many = Array.from({ length: 5_001 }, (_, i) => ({ id: `OSV-${i}` }))
  const osv = { results: [{ packages: [{ vulnerabilities: many }] }] }
  assert.equal(found(osv), 'artifact.scan-too-long')
})
