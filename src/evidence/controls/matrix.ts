/**
 * What four frameworks want of changes to production, and which of our facts answers it. A control
 * is as good as the weakest of what it needs: an average would hide what an auditor looks for.
 */

export type Framework = 'soc2' | 'iso27001' | 'pci' | 'nist'
export const FRAMEWORKS: readonly Framework[] = ['soc2', 'iso27001', 'pci', 'nist']
export const FRAMEWORK_NAMES: Readonly<Record<Framework, string>> = {
  soc2: 'SOC 2',
  iso27001: 'ISO 27001:2022',
  pci: 'PCI DSS 4.0.1',
  nist: 'NIST 800-53',
}

export type Need =
  | 'population'
  | 'reason'
  | 'approval'
  | 'testing'
  | 'back-out'
  | 'emergency'
  | 'access-review'
  | 'log-integrity'

export interface NeedRow {
  readonly need: Need
  readonly wants: string
  /** Events and records that answer it. */
  readonly source: string
  /** How anybody asks for them. */
  readonly query: string
  readonly controls: Readonly<Record<Framework, readonly string[]>>
}

export const MATRIX: readonly NeedRow[] = [
  {
    need: 'population',
    wants: 'a complete population of production changes',
    source: 'deployment.* and snapshot.* events',
    query: 'signalbox evidence coverage; signalbox evidence snapshots --untraced',
    controls: { soc2: ['CC8.1'], iso27001: ['A.8.32'], pci: ['6.5.1'], nist: ['CM-3'] },
  },
  {
    need: 'reason',
    wants: 'reason, description and impact of each change',
    source: 'tickets named by commits, changelog, tier',
    query: 'signalbox evidence coverage',
    controls: { soc2: ['CC8.1'], iso27001: ['A.8.32'], pci: ['6.5.1'], nist: ['CM-3', 'CM-4'] },
  },
  {
    need: 'approval',
    wants: 'approval by somebody else, segregation of duties',
    source: 'promotion.approved, bound to the plan and so to the digest; four eyes over the range',
    query: 'signalbox evidence four-eyes --service <name>',
    controls: {
      soc2: ['CC8.1', 'CC6.3'],
      iso27001: ['A.5.3', 'A.8.32'],
      pci: ['6.5.1'],
      nist: ['AC-5', 'CM-5'],
    },
  },
  {
    need: 'testing',
    wants: 'testing before production',
    source: 'jobs that prove the check `tests`, test-result attestations',
    query: 'signalbox artifacts attestations <digest>',
    controls: {
      soc2: ['CC8.1'],
      iso27001: ['A.8.29'],
      pci: ['6.5.1', '6.2.4'],
      nist: ['CM-3'],
    },
  },
  {
    need: 'back-out',
    wants: 'a way back to a secure state',
    source: 'the return point fixed at each start, rollbacks and their drills',
    query: 'signalbox rollback <service> --env <environment> --dry-run',
    controls: { soc2: [], iso27001: ['A.8.32'], pci: ['6.5.1'], nist: ['CP-10'] },
  },
  {
    need: 'emergency',
    wants: 'emergency changes, looked at afterwards and in time',
    source: 'emergency.* and review.* events',
    query: 'signalbox review list --all',
    controls: { soc2: ['CC8.1'], iso27001: ['A.8.32'], pci: ['6.5.1'], nist: ['CM-3'] },
  },
  {
    need: 'access-review',
    wants: 'reviews of who may do what',
    source: 'accessReview.* events, signed results',
    query: 'signalbox access review list',
    controls: {
      soc2: ['CC6.2', 'CC6.3'],
      iso27001: ['A.5.18', 'A.8.2'],
      pci: ['7.2.4'],
      nist: ['AC-2'],
    },
  },
  {
    need: 'log-integrity',
    wants: 'a log that cannot be changed unseen, kept for as long as it has to be',
    source: 'the audit log, its looks at itself, its lags and halts; retention by tier',
    query: 'signalbox audit verify',
    controls: {
      soc2: ['CC7.2'],
      iso27001: ['A.8.15'],
      pci: ['10.3', '10.2.1.3', '10.2.1.6'],
      nist: ['AU-6', 'AU-9', 'AU-12'],
    },
  },
]

export interface ControlGap {
  /** A deployment, an emergency, a team. */
  readonly of: string
  readonly message: string
}

export interface Measured {
  readonly value: number | null
  readonly reason: 'no_events' | null
  readonly covered: number
  readonly n: number
  readonly gaps: readonly ControlGap[]
}

export function measured(n: number, gaps: readonly ControlGap[]): Measured {
  const failed = new Set(gaps.map(({ of }) => of)).size
  const covered = Math.max(0, n - failed)
  return {
    value: n === 0 ? null : covered / n,
    reason: n === 0 ? 'no_events' : null,
    covered,
    n,
    gaps,
  }
}

export interface Control {
  readonly framework: Framework
  readonly control: string
  readonly needs: readonly Need[]
  /** Of the weakest need that has a value; null: none has. */
  readonly value: number | null
  /** Needs without a value, with why. */
  readonly unanswered: readonly { readonly need: Need; readonly reason: string }[]
  readonly gaps: number
}

export function controlsOf(
  framework: Framework,
  needs: Readonly<Record<Need, Measured>>,
): readonly Control[] {
  const rows = MATRIX.flatMap(({ need, controls }) =>
    controls[framework].map((control) => ({ control, need })),
  )
  return [...Map.groupBy(rows, ({ control }) => control)]
    .map(([control, all]) => {
      const wanted = all.map(({ need }) => need)
      const values = wanted.flatMap((need) => needs[need].value ?? [])
      return {
        framework,
        control,
        needs: wanted,
        value: values.length === 0 ? null : Math.min(...values),
        unanswered: wanted.flatMap((need) => {
          const { reason } = needs[need]
          return reason === null ? [] : [{ need, reason }]
        }),
        gaps: wanted.reduce((sum, need) => sum + needs[need].gaps.length, 0),
      }
    })
    .toSorted((a, b) => (a.control < b.control ? -1 : 1))
}
