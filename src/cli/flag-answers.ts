/** What the server answers about flags, as far as the command line reads it. */
import type { Verdict } from './answers.ts'

export interface FlagRules {
  readonly shares: Readonly<Record<string, number>>
  readonly targeting: readonly {
    readonly when: readonly {
      readonly attribute: string
      readonly operator: string
      readonly values: readonly string[]
    }[]
    readonly serve: string
  }[]
}

export interface FlagPlace {
  readonly environment: string
  readonly rules: FlagRules | null
  readonly killed: { readonly at: number; readonly by: string; readonly reason: string } | null
  readonly ramp: {
    readonly variant: string
    readonly steps: readonly number[]
    readonly everyMs: number
    readonly nextAt: number
  } | null
  readonly waiting: { readonly rules: FlagRules; readonly requestedBy: string } | null
}

export interface FlagSummary {
  readonly flag: string
  readonly service: string
  readonly default: string
  readonly environments: readonly FlagPlace[]
}

export interface FlagAnswer extends FlagSummary {
  readonly description: string
  readonly variants: Readonly<Record<string, unknown>>
  readonly environments: readonly (FlagPlace & {
    readonly planHash: string | null
    readonly verdict: Verdict | null
  })[]
  readonly changes: readonly {
    readonly plannedAt: number
    readonly environment: string
    readonly rules: FlagRules | null
    readonly outcome: string
    readonly by: string
    readonly reason: string
  }[]
}
