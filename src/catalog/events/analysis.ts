/** Where a service's rollouts are measured, as its manifest says: kept for ever. */

/** A histogram and the unit of its bounds. */
export interface LatencyQuery {
  readonly of: string
  readonly unit: 's' | 'ms'
}

/** What is counted beside requests: orders that failed of all orders. */
export interface SliQuery {
  readonly name: string
  readonly bad: string
  readonly total: string
}

/** What is no count: memory, queues. It may hold a rollout, and never takes one back. */
export interface GaugeQuery {
  readonly name: string
  readonly of: string
  /** Of an instance of the canary, at most. */
  readonly max: number
  readonly then: 'hold' | 'warn'
}

export interface AnalysisSource {
  /** A connection that the operator has named. */
  readonly source: string
  /** What the counters are called, by the name of who exports them; else the queries below. */
  readonly template?: string | undefined
  /** Labels that everything counted of this service has. */
  readonly labels: Readonly<Record<string, string>>
  /** The label that tells the releases apart, and what stands in it. */
  readonly arm: { readonly label: string; readonly is: 'deployment' | 'version' }
  /** The label that tells instances apart. */
  readonly instance: string
  /** A tick is closed so long after its end: what is scraped or sent comes late. */
  readonly lagMs: number
  readonly requests?: string | undefined
  readonly bad?: readonly string[] | undefined
  readonly latency?: LatencyQuery | undefined
  readonly slis?: readonly SliQuery[] | undefined
  readonly gauges?: readonly GaugeQuery[] | undefined
}
