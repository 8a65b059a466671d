/** The judges of other tools, as a service brings them along: kept for ever. They decide not. */

/** What of a tick a query of theirs spoke of; shares are 0–1, percent 0–100. */
export type Measure =
  | 'success-rate'
  | 'success-percent'
  | 'error-rate'
  | 'error-percent'
  | 'p99-s'
  | 'p99-ms'
  | 'requests'
  | `sli-${string}`

export interface ArgoShadowMetric {
  readonly name: string
  readonly measure: Measure
  readonly windowMs: number
  readonly intervalMs: number
  readonly initialDelayMs: number
  /** 0: for as long as the rollout runs. */
  readonly count: number
  readonly successCondition?: string | undefined
  readonly failureCondition?: string | undefined
  readonly failureLimit: number
  readonly inconclusiveLimit: number
  readonly consecutiveErrorLimit: number
  readonly consecutiveSuccessLimit: number
}

export interface FlaggerShadowMetric {
  readonly name: string
  readonly measure: Measure
  readonly windowMs: number
  readonly min?: number | undefined
  readonly max?: number | undefined
}

export interface KayentaShadowMetric {
  readonly name: string
  readonly measure: Measure
  readonly groups: readonly string[]
  readonly direction: 'increase' | 'decrease' | 'either'
  readonly nanStrategy: 'remove' | 'replace'
  readonly critical: boolean
  readonly mustHaveData: boolean
  readonly effectSize: {
    readonly measure: 'meanRatio' | 'cles'
    readonly allowedIncrease?: number | undefined
    readonly allowedDecrease?: number | undefined
    readonly criticalIncrease?: number | undefined
    readonly criticalDecrease?: number | undefined
  }
  /** Left out, they are kept. */
  readonly outliers?: 'keep' | 'remove' | undefined
}

export type Shadow =
  | {
      readonly kind: 'argo'
      readonly name: string
      readonly metrics: readonly ArgoShadowMetric[]
    }
  | {
      readonly kind: 'flagger'
      readonly name: string
      readonly intervalMs: number
      readonly threshold: number
      /** Weights it passes through; it promotes after as many looks that pass. */
      readonly weights: readonly number[]
      readonly metrics: readonly FlaggerShadowMetric[]
    }
  | {
      readonly kind: 'kayenta'
      readonly name: string
      readonly intervalMs: number
      readonly pass: number
      readonly marginal: number
      readonly groupWeights: Readonly<Record<string, number>>
      readonly metrics: readonly KayentaShadowMetric[]
    }

/** What one of them would have said, and in which tick for the first time. */
export interface ShadowVerdict {
  readonly name: string
  readonly kind: Shadow['kind']
  readonly verdict: 'rollback' | 'hold' | 'promote' | 'watching'
  readonly reason: string
  /** Counted from 1; null while it watches. */
  readonly tick: number | null
}
