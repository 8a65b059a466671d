/**
 * What a scanner found, out of the reports of three of them or as the predicate has it. Of a report
 * only names and severities are kept: descriptions are other people's prose.
 */
import { z } from 'zod'
import { type Rejection, reject } from '#kernel/decider.ts'
import { PREDICATE } from '../events.ts'
import { makeStatement, type Statement, type Subject } from '../statement.ts'

/** Of one artifact: who has more has one problem. */
const FINDINGS_MAX = 5_000
const name = z.string().min(1).max(200)
const severity = z.object({ method: name, score: z.string().max(60) })
const finding = z.object({ id: name, severity: z.array(severity).max(10).default([]) })

const predicate = z.object({
  scanner: z.object({
    uri: name,
    version: name.optional(),
    db: z.record(z.string(), z.unknown()).optional(),
    result: z.array(finding).max(FINDINGS_MAX),
  }),
  metadata: z.object({ scanStartedOn: z.iso.datetime(), scanFinishedOn: z.iso.datetime() }),
})

const trivy = z.object({
  SchemaVersion: z.number(),
  Results: z
    .array(
      z.object({
        Vulnerabilities: z
          .array(z.object({ VulnerabilityID: name, Severity: name.optional() }))
          .nullish(),
      }),
    )
    .nullish(),
})
const grype = z.object({
  matches: z.array(z.object({ vulnerability: z.object({ id: name, severity: name.optional() }) })),
  descriptor: z.object({ name, version: name.optional() }),
})
const osv = z.object({
  results: z.array(
    z.object({
      packages: z.array(z.object({ vulnerabilities: z.array(z.object({ id: name })).default([]) })),
    }),
  ),
})

export type ScanRefusal = 'artifact.scan-unread' | 'artifact.scan-too-long'

export interface Scan {
  readonly scanner: {
    readonly uri: string
    readonly version?: string | undefined
    readonly db?: Readonly<Record<string, unknown>> | undefined
    readonly result: readonly z.infer<typeof finding>[]
  }
  readonly metadata: { readonly scanStartedOn: string; readonly scanFinishedOn: string }
}

export function scanIn(report: unknown, at: number): Scan | Rejection<ScanRefusal> {
  const own = predicate.safeParse(report)
  if (own.success) return own.data
  const found = trivyScan(report) ?? grypeScan(report) ?? osvScan(report)
  if (found === undefined)
    return reject(
      'artifact.scan-unread',
      'This is no report of Trivy, Grype or OSV-Scanner, nor a vulns v0.2 predicate.',
      'Give the report as the scanner writes it in JSON.',
    )
  const ids = new Map(found.result.map((each) => [each.id, each]))
  if (ids.size > FINDINGS_MAX)
    return reject(
      'artifact.scan-too-long',
      `The report names ${ids.size} vulnerabilities; ${FINDINGS_MAX} at most are signed.`,
      'Let the scanner leave out those that do not concern what runs.',
    )
  const metadata = { scanStartedOn: iso(at), scanFinishedOn: iso(at) }
  return { scanner: { ...found, result: [...ids.values()] }, metadata }
}

/** An artifact with more of them has one problem, and not these. */
const CRITICAL_MAX = 200

/** By any scale: a word, or a score of CVSS from 9 on. */
const isCritical = ({ score }: { readonly score: string }) =>
  score.toLowerCase() === 'critical' || Number(score) >= 9

export function criticalIn({ scanner }: Scan): readonly string[] {
  const critical = scanner.result.filter((each) => each.severity.some(isCritical))
  return [...new Set(critical.map(({ id }) => id))].toSorted().slice(0, CRITICAL_MAX)
}

export function vulnsOf(subject: Subject, scan: Scan): Statement {
  return makeStatement(subject, PREDICATE.vulns, { ...scan })
}

type Found = Pick<Scan['scanner'], 'uri' | 'version' | 'result'>

const rated = (id: string, said: string | undefined) => ({
  id,
  severity: said === undefined ? [] : [{ method: 'vendor', score: said.toLowerCase() }],
})

function trivyScan(report: unknown): Found | undefined {
  const read = trivy.safeParse(report)
  if (!read.success) return undefined
  const all = (read.data.Results ?? []).flatMap((each) => each.Vulnerabilities ?? [])
  const result = all.map((each) => rated(each.VulnerabilityID, each.Severity))
  return { uri: 'https://github.com/aquasecurity/trivy', result }
}

function grypeScan(report: unknown): Found | undefined {
  const read = grype.safeParse(report)
  if (!read.success) return undefined
  const { matches, descriptor } = read.data
  const result = matches.map(({ vulnerability: { id, severity: said } }) => rated(id, said))
  return { uri: 'https://github.com/anchore/grype', version: descriptor.version, result }
}

function osvScan(report: unknown): Found | undefined {
  const read = osv.safeParse(report)
  if (!read.success) return undefined
  const all = read.data.results.flatMap(({ packages }) => packages)
  const result = all.flatMap(({ vulnerabilities }) =>
    vulnerabilities.map(({ id }) => rated(id, undefined)),
  )
  return { uri: 'https://github.com/google/osv-scanner', result }
}

const iso = (at: number) => new Date(at).toISOString()
