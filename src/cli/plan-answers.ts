/** What the server answers about plans and trains, as far as the command line reads it. */
import type { Verdict } from './answers.ts'

export interface PlanSummary {
  readonly id: string
  readonly environment: string
  readonly status: 'planned' | 'running' | 'ended'
  readonly outcome: string | null
  readonly plannedBy: string
  readonly plannedAt: number
  readonly services: readonly string[]
  readonly halted: string | null
}

export interface Plan extends PlanSummary {
  readonly items: readonly {
    readonly service: string
    readonly version: string
    readonly after: readonly string[]
    readonly group: string
    readonly status: string
    readonly promotion: string | null
    readonly waits: string | null
    readonly reason: string | null
  }[]
  readonly waits: readonly { readonly service: string | null; readonly why: string }[]
  readonly tasks: readonly { readonly service: string; readonly text: string }[]
}

export interface PlanPreview {
  readonly dryRun: true
  readonly environment: string
  readonly items: readonly {
    readonly service: string
    readonly version: string
    readonly after: readonly string[]
    readonly verdict: Verdict | null
  }[]
}

export interface Vector {
  readonly digest: string
  readonly validatedAt: number
  readonly members: readonly { readonly service: string; readonly version: string }[]
}

export interface Passenger {
  readonly service: string
  readonly version: string
  readonly waits: string | null
}

export interface LeftBehind {
  readonly service: string
  readonly version: string | null
  readonly code: string
  readonly reason: string
  readonly remedy: string
}

export interface TrainSummary {
  readonly id: string
  readonly from: string
  readonly to: string
  readonly rule: string
  readonly zone: string
  readonly services: readonly string[]
  readonly next: number | null
  readonly cutOffAt: number | null
}

export interface Departure {
  readonly train: string
  readonly departsAt: number
  readonly leftAt: number | null
  readonly plan: string | null
  readonly reason: string | null
  readonly boards: readonly Passenger[]
  readonly leftBehind: readonly LeftBehind[]
}

export interface Train extends TrainSummary {
  readonly timetable: readonly number[]
  readonly departures: readonly Departure[]
}

export interface Forecast extends TrainSummary {
  readonly boards: readonly Passenger[]
  readonly leftBehind: readonly LeftBehind[]
}
