/**
 * Facts about feature flags. `flag.changed` is a deployment of kind flag: what users get changes in
 * one environment, by a plan that was judged, and without an instance being started or ended.
 */
import type { ApprovalRule, Verdict } from './verdict.ts'

export type FlagValue = boolean | number | string | { readonly [key: string]: unknown }

/** What a flag is, in every environment. */
export interface FlagSpec {
  readonly service: string
  readonly description: string
  readonly variants: Readonly<Record<string, FlagValue>>
  /** What everybody gets for whom nothing else was said, and all when it is killed. */
  readonly default: string
  /** Flags of one salt and name put a person into one place; left to its name, mostly. */
  readonly salt: string
}

export interface Condition {
  readonly attribute: string
  readonly operator: 'equals' | 'in' | 'endsWith'
  /** One of them is enough. */
  readonly values: readonly string[]
}

export interface Targeting {
  /** All of them must be met. */
  readonly when: readonly Condition[]
  readonly serve: string
}

/** What is wanted in one environment. */
export interface FlagRules {
  /** The first that is met decides. */
  readonly targeting: readonly Targeting[]
  /** Percent of everybody else, by variant; the rest gets the default. */
  readonly shares: Readonly<Record<string, number>>
}

/** People from one place of the hash's line to another, the end outside. */
export interface Segment {
  readonly variant: string
  readonly from: number
  readonly to: number
}

export interface Ramp {
  readonly variant: string
  /** Percent, one after the other. */
  readonly steps: readonly number[]
  readonly everyMs: number
}

/** What happened in an environment says in which, and which change it was. */
interface Fact {
  readonly at: number
  readonly by: string
  readonly flag: string
  readonly service: string
}

interface PlacedFact extends Fact {
  readonly environment: string
  readonly change: string
}

export type FlagOutcome = 'cancelled' | 'rejected' | 'superseded' | 'expired' | 'killed'

export type FlagEvent =
  | {
      readonly type: 'flag.defined'
      readonly at: number
      readonly by: string
      readonly flag: string
      readonly spec: FlagSpec
      /** What its manifest says of environments. */
      readonly declared: Readonly<Record<string, FlagRules>>
    }
  | (PlacedFact & {
      readonly type: 'flag.planned'
      readonly rules: FlagRules
      readonly ramp?: Ramp | undefined
      readonly reason: string
      readonly planHash: string
      readonly approvals: ApprovalRule
    })
  | (PlacedFact & {
      readonly type: 'flag.approved'
      readonly planHash: string
      readonly teams: readonly string[]
      readonly note: string
    })
  | (PlacedFact & {
      /** A change that never came to be. */
      readonly type: 'flag.dropped'
      readonly outcome: FlagOutcome
      readonly reason: string
    })
  | (PlacedFact & {
      readonly type: 'flag.changed'
      readonly rules: FlagRules
      readonly segments: readonly Segment[]
      /** It goes on by itself from here. */
      readonly ramp?: Ramp | undefined
      /** A change of a killed flag lets it live again. */
      readonly revives: boolean
      readonly reason: string
      readonly verdict: Verdict
    })
  | (PlacedFact & {
      readonly type: 'flag.stepped'
      /** From 0. */
      readonly step: number
      readonly rules: FlagRules
      readonly segments: readonly Segment[]
    })
  | (Fact & {
      readonly type: 'flag.killed'
      readonly environment: string
      readonly reason: string
      /** The default that everybody gets from now on. */
      readonly serves: string
    })
