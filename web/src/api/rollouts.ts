/** What the server answers about slots, promotions and deployments, as far as the pages read it. */
export interface Deployed {
  readonly deployment: string
  readonly release: string
  readonly version: string
}

export interface Hold {
  readonly reason: string
  readonly by: string
  readonly at: number
}

/** An environment that a release passed by, by an approval that named it. */
export interface Skip {
  readonly environment: string
  readonly reason: string
}

/** Something released waits, and nothing moves. */
export interface Stall {
  readonly since: number
  readonly oldest: {
    readonly release: string
    readonly version: string
    readonly sha: string
    readonly subject: string
    readonly createdAt: number
  }
  readonly why: { readonly code: string; readonly message: string }
}

/** One service in one environment. */
export interface Slot {
  readonly service: string
  readonly environment: string
  readonly url: string
  /** What its traffic goes to. */
  readonly deployed: Deployed | null
  /** What last passed everything here. */
  readonly validated: Deployed | null
  readonly hold: Hold | null
  /** Weights that what is deployed left without proof. */
  readonly unproven: readonly number[]
  /** What is deployed passed these by. */
  readonly gaps: readonly Skip[]
  readonly stalled: Stall | null
  /** On its way here. */
  readonly inFlight: Deployment | null
}

export interface InstanceGroup {
  readonly deployment: string
  readonly version: string
  readonly weight: number
  readonly replicas: number
  readonly ready: number
  readonly instances: readonly {
    readonly id: string
    readonly state: 'starting' | 'ready' | 'unhealthy' | 'exited'
    /** The last of its output. */
    readonly tail: string
  }[]
}

/** As the target shows them now. */
export type SlotDetail = Slot & { readonly groups: readonly InstanceGroup[] }

export interface VerdictReason {
  readonly code: string
  readonly state: 'met' | 'waiting' | 'refused'
  readonly message: string
  readonly remedy: string
  readonly policy: string
}

export interface Verdict {
  readonly verdict: 'allow' | 'wait' | 'deny'
  readonly reasons: readonly VerdictReason[]
  readonly until?: number
  readonly whoCanAct: readonly string[]
}

export interface Approvals {
  readonly rule: {
    readonly count: number
    readonly ownersMin: number
    readonly ownerTeam: string
    /** Who may not approve, each with the reason. */
    readonly excluded: readonly { readonly actor: string; readonly why: string }[]
  }
  readonly given: readonly {
    readonly approver: string
    readonly at: number
    readonly planHash: string
  }[]
  readonly missing: number
}

export interface PlanStep {
  readonly weight: number
  readonly bakeMs: number
  /** Of the new release from here on, where it goes batch by batch. */
  readonly instances?: number
  readonly wave?: string
}

export interface Plan {
  readonly strategy: 'rolling' | 'blue-green' | 'canary'
  readonly steps: readonly PlanStep[]
  /** After 100 %. */
  readonly bakeMs: number
  readonly readyMs: number
  readonly replicas: number
  readonly policy: string
  /** In their order. */
  readonly waves?: readonly string[]
  /** How long the release before is kept running after the end. */
  readonly warmMs?: number
  readonly priority?: 'hotfix' | 'emergency'
  readonly skips?: readonly Skip[]
  readonly analysis: {
    readonly alpha: number
    readonly tickMs: number
    readonly requestsMin: number
    readonly automaticRollback: boolean
    /** Up to its cap the risk leads. */
    readonly ramp?: { readonly weightCap: number }
  }
}

export interface Promotion {
  readonly id: string
  readonly service: string
  readonly environment: string
  readonly release: string
  readonly version: string
  readonly status: 'waiting' | 'started' | 'ended'
  readonly requestedBy: string
  readonly plannedAt: number
  readonly deployment: string | null
  /** What an approval signs. */
  readonly planHash: string
  readonly verdict: Verdict | null
}

/** How long a proof that a canary is no worse will take, by its slot's traffic. */
export interface Forecast {
  readonly isInTime: boolean
  readonly says: string
  /** What would make it shorter; empty where it is short enough. */
  readonly advice: string
}

export type PromotionDetail = Promotion & { readonly plan: Plan; readonly approvals: Approvals }

/** One requirement of the policy, judged. */
export interface Check {
  readonly name: string
  readonly state: 'passed' | 'failed' | 'pending' | 'waived' | 'not-applicable'
  readonly message: string
  readonly remedy: string
}

/** The answer to "may it go there?". */
export interface Explanation {
  readonly service: string
  readonly environment: string
  readonly version: string
  readonly release: string
  /** The one that waits, if any. */
  readonly promotion: string | null
  readonly verdict: Verdict
  readonly checks: readonly Check[]
  readonly approvals: Approvals
  readonly plan: Plan
  /** Null: nothing is to be proven. */
  readonly forecast: Forecast | null
  /** Where delivery is stalled: since when, and what waits. */
  readonly stalled: Stall | null
}

export interface AnalysisVerdict {
  readonly verdict: 'continue' | 'hold' | 'brake' | 'rollback' | 'freeze'
  readonly reason: string
  readonly evidence: number
  readonly threshold: number
  /** Estimated ratio of bad shares, canary to stable. */
  readonly ratio: number
  /** A sentence for people; older verdicts have none. */
  readonly says?: string
  readonly metrics?: readonly MetricFinding[]
  /** Bad requests that the canary served beyond what stable would have. */
  readonly badServed?: number
  /** Bad requests that stopping it here has spared. */
  readonly badAvoided?: number
  /** Shown to be no worse than twice as bad. */
  readonly isProven?: boolean
}

export interface ArmCounts {
  readonly requests: number
  readonly bad: number
  readonly slow?: number
}

export interface MetricFinding {
  readonly id: string
  readonly evidence: number
  readonly ratio: number
  /** Between these the ratio lies, at every look at once; left out: nobody knows. */
  readonly low?: number
  readonly high?: number
  readonly isNamed: boolean
  /** New here: judged and shown, and nothing is done about it. */
  readonly isDry: boolean
}

/** One measurement of both parts. */
export interface Tick {
  readonly at: number
  readonly canary: ArmCounts | null
  readonly stable: ArmCounts | null
  readonly verdict: AnalysisVerdict
}

export interface Deployment {
  readonly id: string
  readonly promotion: string | null
  readonly service: string
  readonly environment: string
  readonly environmentKind: string
  readonly tier: number
  readonly kind: 'forward' | 'rollback' | 'redeploy'
  readonly release: string
  readonly version: string
  readonly sha: string
  readonly by: string
  readonly status: 'running' | 'paused' | 'undoing' | 'finished'
  /** Index into the plan's steps; -1 before the first, their number at 100 %. */
  readonly step: number
  /** Percent of traffic on this release. */
  readonly weight: number
  readonly startedAt: number
  readonly readyAt: number | null
  readonly exposedAt: number | null
  readonly finishedAt: number | null
  readonly outcome: 'succeeded' | 'failed' | 'aborted' | 'rolledBack' | 'stuck' | null
  readonly reason: string | null
  readonly verdict: AnalysisVerdict | null
  /** Weights that it left without proof, by decision. */
  readonly unproven: readonly number[]
  /** Traffic was cut on suspicion: from which weight, since when, why. */
  readonly brake: { readonly from: number; readonly at: number; readonly reason: string } | null
  readonly returnPoint: Deployed | null
  readonly undoes: string | null
  /** What `If-Match` names. */
  readonly revision: number
}

export interface DeploymentDetail extends Deployment {
  readonly plan: Plan
  /** Null: nothing is to be proven, or it has ended. */
  readonly forecast: Forecast | null
  /** Why it may not take its next step now; empty: it may, or has none. */
  readonly resting: { readonly why: readonly string[]; readonly until: number | null } | null
  /** How long it may stay as it is, and what happens then. */
  readonly deadline: { readonly at: number; readonly then: string } | null
  /** The smoke test before its first traffic. */
  readonly preview: { readonly passed: boolean; readonly detail: string } | null
  /** Held instead of taken back: what it would go back to does not work any more. */
  readonly belowFloor: {
    readonly returnTo: string
    readonly floor: string
    readonly why: string
  } | null
  readonly smoke: { readonly passed: boolean; readonly detail: string } | null
  /** Weights so far, with their instants. */
  readonly weights: readonly {
    readonly at: number
    readonly step: number
    readonly weight: number
  }[]
  /** The last 600, oldest first. */
  readonly ticks: readonly Tick[]
}

/** Where a rollback would go, how fast, and why. */
export interface WayBack {
  readonly to: Deployed
  readonly undoes: Deployed
  /** `fast`: at once and whole. `forward`: as a promotion, with all that one needs. */
  readonly path: 'fast' | 'forward'
  readonly why: string
  readonly caution: string | null
  /** What it would wait for; null: nothing stands in its way. */
  readonly verdict: Verdict | null
}
