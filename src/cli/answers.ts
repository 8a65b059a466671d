/** What the server answers, as far as the command line reads it. */
export interface Slot {
  readonly service: string
  readonly environment: string
  readonly port: number
  readonly url: string
  readonly deployed: { readonly version: string; readonly deployment: string } | null
  readonly validated: { readonly version: string } | null
  readonly hold: { readonly reason: string; readonly by: string; readonly at: number } | null
  readonly unproven?: readonly number[]
  readonly gaps?: readonly { readonly environment: string; readonly reason: string }[]
  readonly stalled?: Stall | null
  readonly inFlight: InFlight | null
}

export interface Stall {
  readonly since: number
  readonly oldest: { readonly version: string; readonly sha: string; readonly subject: string }
  readonly why: { readonly code: string; readonly message: string }
}

export interface InFlight {
  readonly id: string
  readonly version: string
  readonly kind: string
  readonly status: string
  readonly weight: number
  /** Why it stands still, where it does. */
  readonly reason?: string | null
  readonly fixes?: string | null
}

export interface Reason {
  readonly code: string
  readonly state: 'met' | 'waiting' | 'refused'
  readonly message: string
  readonly remedy: string
  readonly policy: string
}

export interface Verdict {
  readonly verdict: 'allow' | 'wait' | 'deny'
  readonly reasons: readonly Reason[]
  readonly until?: number
  readonly whoCanAct: readonly string[]
}

/** How long a proof that a canary is no worse will take. */
export interface Forecast {
  readonly says: string
  readonly advice: string
}

export interface Promotion {
  readonly id: string
  readonly service: string
  readonly environment: string
  readonly version: string
  readonly status: 'waiting' | 'started' | 'ended'
  readonly outcome: string | null
  readonly reason: string | null
  readonly deployment: string | null
  readonly fixes?: string | null
  readonly verdict?: Verdict | null
  readonly forecast?: Forecast | null
  readonly revision: number
}

export interface NoReturn {
  readonly steps: readonly {
    readonly version: string
    readonly kind: string
    readonly path: string
    readonly line: number
    readonly statement: string
    readonly reason: string
  }[]
  readonly count: number
}

interface Accepted {
  readonly by: string
  readonly reason: string
}

export interface PlannedStep {
  readonly weight: number
  readonly bakeMs: number
  readonly instances?: number
  readonly wave?: string
}

interface Served {
  readonly requests: number
  readonly bad: number
}

/** How a canary's weight is raised by what is known of the risk. */
export interface Ramp {
  readonly budget: number
  readonly weightCap: number
  readonly patienceMs: number
  readonly whenUnproven: 'ask' | 'go-on'
}

export interface Deployment {
  readonly id: string
  readonly service: string
  readonly environment: string
  readonly version: string
  readonly kind: string
  readonly status: 'running' | 'paused' | 'undoing' | 'finished'
  readonly step: number
  readonly weight: number
  readonly outcome: string | null
  readonly reason: string | null
  readonly noReturn?: (NoReturn & { readonly accepted: Accepted }) | null
  readonly fixes?: string | null
  readonly deadline?: { readonly at: number; readonly then: string } | null
  readonly resting?: { readonly why: readonly string[]; readonly until: number | null } | null
  readonly brake?: { readonly from: number } | null
  /** Weights that it left without proof. */
  readonly unproven?: readonly number[]
  readonly startedAt: number
  readonly finishedAt: number | null
  readonly revision: number
  readonly plan: {
    readonly strategy: string
    readonly steps: readonly PlannedStep[]
    readonly skips?: readonly { readonly environment: string; readonly reason: string }[]
    readonly bakeMs: number
    readonly replicas: number
    readonly waves?: readonly string[]
    readonly warmMs?: number
    readonly analysis?: { readonly ramp?: Ramp }
  }
  readonly verdict: {
    readonly verdict: string
    readonly reason: string
    readonly evidence: number
    readonly threshold: number
    readonly ratio: number
    readonly says?: string
    readonly metrics?: readonly {
      readonly id: string
      readonly evidence: number
      readonly ratio: number
      readonly low?: number | undefined
      readonly high?: number | undefined
      readonly isDry: boolean
    }[]
    readonly counts?: { readonly canary: Served; readonly stable: Served }
    readonly badServed?: number
    readonly badAvoided?: number
  } | null
  readonly returnPoint: { readonly version: string } | null
  readonly shadows?: readonly Shadow[]
}

/** What a judge of another tool would have said. */
export interface Shadow {
  readonly name: string
  readonly kind: string
  readonly verdict: string
  readonly reason: string
  readonly tick: number | null
}

export interface Release {
  readonly release: string
  readonly service: string
  readonly version: string
}

export interface VetoedCommit {
  readonly sha: string
  readonly releases: readonly Release[]
}

export interface RollbackWay {
  readonly service: string
  readonly environment: string
  readonly to: { readonly version: string }
  readonly undoes: { readonly version: string }
  readonly path: 'fast' | 'forward'
  readonly why: string
  readonly caution: string | null
  readonly verdict: Verdict | null
}

export interface Happening {
  readonly type: string
  readonly at: number
  readonly by: string
  readonly service: string | null
  readonly environment: string | null
  readonly text: string
  readonly tone: string
}

export interface Trace {
  readonly found: string
  readonly commits: readonly {
    readonly sha: string
    readonly subject: string
    readonly author_name: string
    readonly committed_at: number
  }[]
  readonly runs: readonly {
    readonly id: string
    readonly service: string
    readonly outcome: string
    readonly queued_at: number
  }[]
  readonly artifacts: readonly {
    readonly digest: string
    readonly attestations: readonly { readonly predicateType: string }[]
  }[]
  readonly releases: readonly {
    readonly release: string
    readonly service: string
    readonly version: string
    readonly createdAt: number
  }[]
  readonly deployments: readonly Deployment[]
  readonly incidents: readonly {
    readonly id: string
    readonly title: string
    readonly status: string
  }[]
}

export interface Incident {
  readonly id: string
  readonly severity: number
  readonly title: string
  readonly advice: string | null
  readonly status: string
  readonly opened_at: number
  readonly calling: boolean
  readonly acknowledged_by: string | null
  readonly causes: readonly { readonly deployment: string }[]
}

export interface IncidentDetail extends Incident {
  /** Roll-forwards that say they mend it. */
  readonly fixes: readonly {
    readonly promotion: string
    readonly version: string
    readonly environment: string
    readonly status: string
    readonly outcome: string | null
  }[]
  readonly emergencies?: readonly {
    readonly emergency: string
    readonly status: string
    readonly late: readonly LateCheck[]
  }[]
  /** What changed before, most suspicious first: a suggestion. */
  readonly suspects?: readonly { readonly share: number; readonly says: string }[]
}

export interface CalendarEntry {
  readonly kind: 'freeze' | 'allow' | 'deny'
  readonly name: string
  readonly reason: string
  readonly startsAt: number
  readonly endsAt: number
}

export interface CalendarNow {
  readonly isOpen: boolean
  readonly nextOpen: number | null
  readonly nextClose: number | null
  readonly trace: readonly {
    readonly isActive: boolean
    readonly until: number | null
    readonly message: string
  }[]
}

export interface Imported {
  readonly taken: readonly {
    readonly summary: string
    readonly freeze: string
    readonly startsAt: number
    readonly endsAt: number
    readonly change: string
  }[]
  readonly refused: readonly {
    readonly uid: string
    readonly summary: string
    readonly line: number
    readonly message: string
    readonly remedy: string
  }[]
}

export interface Emergency {
  readonly id: string
  readonly service: string
  readonly environment: string
  readonly incident: string | null
  readonly reason: string
  readonly status: 'requested' | 'standing' | 'ended'
  readonly requestedBy: string
  readonly alone: boolean
  readonly drill: boolean
  readonly approvals: readonly string[]
  readonly approvalsMissing: number
  readonly overdue: readonly string[]
  readonly endsAt: number | null
  readonly review: {
    readonly dueAt: number
    readonly reviewers: number
    readonly state: 'open' | 'overdue' | 'done'
  } | null
  readonly uses: readonly {
    readonly promotion: string
    readonly version: string
    readonly late: readonly string[]
    readonly judged: readonly LateCheck[]
  }[]
  readonly lateFailed: readonly LateCheck[]
}

export interface LateCheck {
  readonly name: string
  readonly state: string
  readonly message: string
}

export interface Review {
  readonly id: string
  readonly service: string
  readonly environment: string
  readonly status: 'open' | 'done'
  readonly dueAt: number
  readonly state: {
    readonly requestedBy: string
    readonly reviewers: number
    readonly signed: readonly { readonly by: string; readonly note: string }[]
  }
}
