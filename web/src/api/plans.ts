/** What the server answers about release plans and trains, as far as the pages read it. */
export type OnFailure = 'halt' | 'continue' | 'undo-group' | 'undo-plan'

export type ItemStatus =
  | 'waiting'
  | 'started'
  | 'succeeded'
  | 'found'
  | 'failed'
  | 'skipped'
  | 'undoing'
  | 'undone'
  | 'kept'

export type PlanSource =
  | { readonly kind: 'named' }
  | {
      readonly kind: 'environment'
      readonly environment: string
      /** Null: its members were not validated together. */
      readonly vector: string | null
    }
  | { readonly kind: 'train'; readonly train: string; readonly departure: number }

export interface ReleasePlan {
  readonly id: string
  readonly environment: string
  readonly status: 'planned' | 'running' | 'ended'
  readonly outcome:
    | 'succeeded'
    | 'failed'
    | 'rolledBack'
    | 'partiallyCompleted'
    | 'cancelled'
    | null
  readonly source: PlanSource
  readonly plannedBy: string
  readonly plannedAt: number
  readonly startedAt: number | null
  readonly endedAt: number | null
  /** In the order in which they go. */
  readonly services: readonly string[]
  /** Why, when it is. */
  readonly halted: string | null
  readonly revision: number
}

export interface PlanItem {
  readonly service: string
  readonly release: string
  readonly version: string
  readonly after: readonly string[]
  readonly group: string
  readonly status: ItemStatus
  readonly promotion: string | null
  /** The deployment that takes it back. */
  readonly undo: string | null
  readonly waits: string | null
  readonly reason: string | null
}

export interface PlanGroup {
  readonly name: string
  readonly services: readonly string[]
  readonly onFailure: OnFailure
  readonly minOk: number
  readonly maxFail: number
}

/** What was said and done, oldest first. */
export interface PlanHappening {
  readonly type: string
  readonly at: number
  readonly by: string
  readonly service?: string
  readonly reason?: string
  /** Of an item that started: what the slot held then. */
  readonly before?: { readonly version: string } | null
}

export interface ReleasePlanDetail extends ReleasePlan {
  readonly items: readonly PlanItem[]
  readonly groups: readonly PlanGroup[]
  readonly waits: readonly { readonly service: string | null; readonly why: string }[]
  /** What an ended one left for people. */
  readonly tasks: readonly { readonly service: string; readonly text: string }[]
  readonly history: readonly PlanHappening[]
}

export interface Passenger {
  readonly service: string
  readonly release: string
  readonly version: string
  /** What it waits for on board. */
  readonly waits: string | null
}

export interface LeftBehind {
  readonly service: string
  readonly version: string | null
  readonly code: string
  readonly reason: string
  readonly remedy: string
}

export interface Train {
  readonly id: string
  readonly from: string
  readonly to: string
  readonly rule: string
  readonly zone: string
  readonly by: string
  readonly late: 'skip' | 'run'
  readonly onFailure: OnFailure
  readonly services: readonly string[]
  /** Null: no departure is in sight. */
  readonly next: number | null
  readonly cutOffAt: number | null
}

export interface Departure {
  readonly train: string
  readonly departsAt: number
  /** Null: it was missed. */
  readonly leftAt: number | null
  /** Null: nobody was on board. */
  readonly plan: string | null
  readonly reason: string | null
  readonly boards: readonly Passenger[]
  readonly leftBehind: readonly LeftBehind[]
}

export interface TrainDetail extends Train {
  /** The next departures. */
  readonly timetable: readonly number[]
  /** Newest first. */
  readonly departures: readonly Departure[]
}

export interface Forecast extends Train {
  readonly boards: readonly Passenger[]
  readonly leftBehind: readonly LeftBehind[]
}
