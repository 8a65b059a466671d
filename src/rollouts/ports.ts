/**
 * What a rollout needs of the place services run. Every call that changes something carries the
 * fence of the lease it is made under; a target refuses a lower one than it has seen in the slot
 * (Fault `target.stale-fence`), so a server that stood still and was replaced can do no harm. All
 * calls are level-triggered: the same call twice is one call. Filled by connectors/process.
 */
import type { AnalysisSource } from '#catalog/events.ts'

export type { AnalysisSource } from '#catalog/events.ts'
export type LatencyQuery = NonNullable<AnalysisSource['latency']>

export interface Slot {
  readonly service: string
  readonly environment: string
}

/** Incidents stand in a room above; here it is only asked whether there is one. */
export interface Incidents {
  isKnown(id: string): Promise<boolean>
}

/** The instances of one deployment in one slot. */
export interface GroupSpec {
  readonly slot: Slot
  /** The deployment's id. */
  readonly group: string
  readonly fence: number
  readonly version: string
  /** The tarball, verified, on this machine. */
  readonly artifact: { readonly digest: string; readonly path: string }
  readonly argv: readonly string[]
  /** HTTP path that answers 200 when an instance is ready. */
  readonly health: string
  readonly env: Readonly<Record<string, string>>
  readonly replicas: number
  /**
   * A group that may become this one where it is: when it is there, runs the same, and has no
   * traffic, its instances go on as this group's. Otherwise the group starts its own.
   */
  readonly takesOver?: string | undefined
  /** The slot's public loopback port. */
  readonly port: number
}

export interface InstanceStatus {
  readonly id: string
  readonly pid: number
  readonly port: number
  readonly state: 'starting' | 'ready' | 'unhealthy' | 'exited'
  readonly restarts: number
  /**
   * Why it is not ready, as far as that is known: how its process ended, why none could be started,
   * what its health path answered. Empty when it is ready; at most 500 characters.
   */
  readonly trouble: string
  /** Last lines of its output, at most 4 KiB, shown when it fails. */
  readonly tail: string
}

export interface GroupStatus {
  readonly group: string
  readonly version: string
  readonly replicas: number
  readonly ready: number
  /**
   * Where one of its ready instances answers, whatever traffic the group has: `http://host:port`.
   * Undefined while none is ready.
   */
  readonly preview?: string | undefined
  readonly instances: readonly InstanceStatus[]
}

export interface SlotStatus {
  readonly slot: Slot
  readonly fence: number
  readonly port: number
  readonly router: 'haproxy' | 'node'
  readonly groups: readonly GroupStatus[]
  /** Percent of traffic by group, as the router holds it. */
  readonly weights: Readonly<Record<string, number>>
}

/** Counters since the instance's start; they only grow. */
export interface InstanceCounters {
  readonly group: string
  readonly instance: string
  readonly requests: number
  /** 5xx, connection failures and time-outs. */
  readonly bad: number
  /**
   * Requests by upper bound of their duration, in ms: `LATENCY_BOUNDS_MS`; one more for the rest.
   */
  readonly latency: readonly number[]
}

/**
 * About 12 % apart, so that "12 % slower than the baseline's p99" falls on an edge. 1 ms … 60 s.
 */
export const LATENCY_BOUNDS_MS: readonly number[] = Array.from({ length: 98 }, (_, i) => 1.12 ** i)

export interface Target {
  /**
   * Makes the group exist with so many instances, at weight 0 when new, and no more of them than
   * that: what is too many gets no new request, ends those in flight, and goes. Returns at once.
   */
  ensure(spec: GroupSpec): Promise<GroupStatus>
  /** Sets shares of traffic by group, in percent, summing to 100; groups not named get 0. */
  weigh(slot: Slot, fence: number, weights: Readonly<Record<string, number>>): Promise<void>
  counters(slot: Slot): Promise<readonly InstanceCounters[]>
  /** Drains, stops, forgets. A group that is not there is no error. */
  retire(slot: Slot, fence: number, group: string): Promise<void>
  observe(slot: Slot): Promise<SlotStatus | undefined>
}

/** A release as labels and log lines name it. */
export interface ArmName {
  readonly deployment: string
  readonly version: string
}

/** What to count, of whom, and between which instants. */
export interface MetricsAsk {
  readonly slot: Slot
  readonly source: AnalysisSource
  readonly arms: { readonly canary: ArmName; readonly stable: ArmName | undefined }
  /** `from` is out, `to` is in; the same instants are never asked for twice. */
  readonly from: number
  readonly to: number
}

/** What one instance did between the two. Whoever was not heard of is left out, and is no zero. */
export interface InstanceCounts {
  readonly arm: 'canary' | 'stable'
  readonly instance: string
  readonly requests: number
  readonly bad: number
  /** As in InstanceCounters. */
  readonly latency: readonly number[]
}

export interface SliCounts {
  readonly name: string
  readonly arm: 'canary' | 'stable'
  readonly total: number
  readonly bad: number
}

export interface Measured {
  readonly instances: readonly InstanceCounts[]
  readonly slis: readonly SliCounts[]
  /** The highest of the canary's instances, by the gauge's name. */
  readonly gauges: Readonly<Record<string, number>>
}

/** Places that count what services do, beside the target's router. */
export interface Metrics {
  /** A Fault `metrics.…` where they cannot be asked, with a reason for people. */
  between(ask: MetricsAsk): Promise<Measured>
  /** Throws a Fault where it could never be asked so; nobody is asked for that. */
  check(source: AnalysisSource): void
}

/** The way from a digest to files that may run. Filled by app.ts over registry and verifier. */
export interface Artifacts {
  /**
   * Pulls the artifact, recomputes every digest, and checks that a trusted key signed that it was
   * built of this commit. `path` is the tarball on this machine, `digest` the tarball's own.
   */
  materialize(
    digest: string,
    expect: { readonly service: string; readonly repository: string; readonly sha: string },
  ): Promise<
    | { readonly ok: true; readonly path: string; readonly digest: string }
    | {
        readonly ok: false
        readonly code: string
        readonly message: string
        readonly remedy: string
      }
  >
}

/** One look at a service as its users reach it. Never throws: no answer is an answer. */
export interface Prober {
  get(
    url: string,
    timeoutMs: number,
  ): Promise<{ readonly status: number; readonly ms: number } | { readonly error: string }>
}
