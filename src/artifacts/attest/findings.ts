/** What a signed scan found, for people to read: the worst first. */
import { PREDICATE } from '../events.ts'
import type { Statement } from '../statement.ts'
import { scanIn } from './scan-report.ts'

export interface Finding {
  readonly id: string
  /** In the scanner's own word; empty: it gave none. */
  readonly severity: string
}

export interface ShownScan {
  readonly scanner: string
  readonly at: number
  readonly found: number
  /** The worst of them. */
  readonly findings: readonly Finding[]
}

/** Whoever has more begins with these. */
const SHOWN_MAX = 500
const WORST_FIRST = ['critical', 'high', 'medium', 'moderate', 'low', 'negligible', 'none']

/** Of statements that are trusted already, whoever signed which when. */
export function newestScan(trusted: readonly Statement[]): ShownScan | undefined {
  return trusted
    .filter(({ predicateType }) => predicateType === PREDICATE.vulns)
    .flatMap(({ predicate }) => {
      const scan = scanIn(predicate, 0)
      return 'rejected' in scan ? [] : [scan]
    })
    .map(({ scanner: { uri: scanner, result }, metadata }) => {
      const findings = result.map(({ id, severity }) => ({ id, severity: wordOf(severity) }))
      return {
        ...{ scanner, at: Date.parse(metadata.scanFinishedOn), found: findings.length },
        findings: findings.toSorted(worse).slice(0, SHOWN_MAX),
      }
    })
    .toSorted((a, b) => b.at - a.at)[0]
}

const wordOf = (severity: readonly { readonly score: string }[]) =>
  severity[0]?.score.toLowerCase() ?? ''

function worse(a: Finding, b: Finding): number {
  const rank = ({ severity }: Finding) => {
    const at = WORST_FIRST.indexOf(severity)
    return at === -1 ? WORST_FIRST.length : at
  }
  return rank(a) - rank(b) || a.id.localeCompare(b.id)
}
