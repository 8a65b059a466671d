/** What was measured of a rollout, and what the judge made of it: kept for ever. */
export interface ArmCounts {
  readonly requests: number
  readonly bad: number
  /** Requests slower than the baseline's recent p99 (the canary's threshold carries the margin). */
  readonly slow?: number | undefined
  /** The same beyond its p90. Left out, as `slow` is, where no latencies are measured. */
  readonly slow90?: number | undefined
  /** The 99th percentile of this tick alone, where a histogram is known: for people. */
  readonly p99Ms?: number | undefined
}

/** What one tick of the router's counters said: enough to replay every verdict bit by bit. */
export interface AnalysisTick {
  readonly canary: ArmCounts | null
  readonly stable: ArmCounts | null
  /** In the first tick: what the stable release had counted before this rollout. */
  readonly past?: Past | undefined
  /** Canary requests by the sixteenth of the stable arm's latencies that they rank among. */
  readonly ranks?: readonly number[] | undefined
  /** Per stable instance, for the placebo arms. */
  readonly pods: readonly { readonly id: string; readonly requests: number; readonly bad: number }[]
  /** What the service counts besides requests; an arm that was not heard of is null. */
  readonly slis?: readonly SliTick[] | undefined
  /** The highest of the canary's instances, by the gauge's name. */
  readonly gauges?: Readonly<Record<string, number>> | undefined
  /** Why an arm is not there, where its source says so. */
  readonly trouble?: string | undefined
}

export interface SliTick {
  readonly name: string
  readonly canary: Counted | null
  readonly stable: Counted | null
}

export interface Past extends Counted {
  /** How noisy its instances are, from its backtest: at least this is assumed. */
  readonly phi?: number | undefined
  readonly sigma?: number | undefined
}

export interface AnalysisVerdict {
  readonly verdict: 'continue' | 'hold' | 'brake' | 'rollback' | 'freeze'
  /** `errors`, `guardrail`, `canary-silent`, `no-traffic`, `telemetry-gap`, `healthy`, … */
  readonly reason: string
  readonly evidence: number
  readonly threshold: number
  /** Estimated ratio of bad shares, canary to stable. */
  readonly ratio: number
  /** What it amounts to: error is the measuring's, inconclusive says nothing for or against. */
  readonly class?: 'pass' | 'fail' | 'inconclusive' | 'error' | undefined
  /** For people. */
  readonly says?: string | undefined
  readonly metrics?: readonly MetricFinding[] | undefined
  /** In all ticks so far. */
  readonly counts?: { readonly canary: Counted; readonly stable: Counted } | undefined
  /** Failures of the canary's beyond what the stable arm would have had in its place. */
  readonly badServed?: number | undefined
  /** Failures that would have come on top, had it had the stable arm's requests too. */
  readonly badAvoided?: number | undefined
  /** Percent that it may have next, by what is known of the risk. */
  readonly propose?: number | undefined
  /** Shown to be no worse than twice as bad. */
  readonly isProven?: boolean | undefined
}

type Counted = Pick<ArmCounts, 'requests' | 'bad'>

export interface MetricFinding {
  readonly id: string
  readonly evidence: number
  readonly ratio: number
  /** Between these the ratio lies, at every look at once, in 95 of 100 rollouts. */
  readonly low?: number | undefined
  readonly high?: number | undefined
  /** Its own evidence would do for a rollback. */
  readonly isNamed: boolean
  readonly isDry: boolean
}
