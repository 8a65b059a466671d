/** Facts about release trains: what leaves when, who was on board, and who was left behind why. */
import type { OnFailure } from './plans.ts'

export interface TrainSpec {
  readonly from: string
  readonly to: string
  /** IANA; the rule is read on a wall there. */
  readonly zone: string
  /** RFC 5545. */
  readonly rule: string
  readonly start: string
  readonly except: readonly string[]
  /** What is validated later than so long before the departure takes the next train. */
  readonly cutOffMs: number
  /** A service is on it that is named, or whose owner or tier is. */
  readonly services: readonly string[]
  readonly owners: readonly string[]
  readonly tiers: readonly number[]
  /** Keeps automation out of `from` between cut-off and departure. */
  readonly lock: boolean
  /** A departure that was missed: left out, or caught up with. */
  readonly late: 'skip' | 'run'
  readonly onFailure: OnFailure
}

export interface Passenger {
  readonly service: string
  readonly release: string
  readonly version: string
  /** What it still waits for on board: approvals. */
  readonly waits: string | null
}

export interface LeftBehind {
  readonly service: string
  readonly version: string | null
  readonly code: string
  readonly reason: string
  readonly remedy: string
}

interface Fact {
  readonly at: number
  readonly by: string
  readonly train: string
}

export type TrainEvent =
  | (Fact & { readonly type: 'train.applied'; readonly spec: TrainSpec })
  | (Fact & { readonly type: 'train.withdrawn'; readonly reason: string })
  | (Fact & {
      readonly type: 'train.departed'
      /** By the timetable; `at` is when it did. */
      readonly departure: number
      /** Null: nobody was on board. */
      readonly plan: string | null
      readonly boards: readonly Passenger[]
      readonly leftBehind: readonly LeftBehind[]
    })
  | (Fact & {
      readonly type: 'train.missed'
      readonly departure: number
      readonly reason: string
    })
