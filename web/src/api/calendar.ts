/** What the server answers about the calendar, as far as the pages read it. */
export interface Closure {
  readonly kind: 'freeze' | 'deny' | 'outside'
  readonly name: string
  readonly reason: string
  readonly by: readonly string[]
  readonly since: number
  /** Null: not in sight. */
  readonly endsAt: number | null
  /** It blocks rollbacks too. */
  readonly isHard: boolean
}

export interface EnvironmentStanding {
  readonly environment: string
  /** Services that go there, by whether they may move now. */
  readonly open: number
  readonly closed: number
  readonly closures: readonly Closure[]
  readonly nextChangeAt: number | null
}

/** Whether one slot is open, and why. */
export interface SlotStanding {
  readonly service: string
  readonly environment: string
  readonly at: number
  readonly isOpen: boolean
  readonly closures: readonly Closure[]
  readonly nextOpen: number | null
  readonly nextClose: number | null
  readonly note: string
  readonly trace: readonly TraceLine[]
}

export interface TraceLine {
  readonly kind: 'freeze' | 'allow' | 'deny' | 'rule'
  readonly name: string
  readonly isActive: boolean
  /** Its end if it is active, else its next beginning; null when none is near. */
  readonly until: number | null
  readonly message: string
}

export interface CalendarEntry {
  readonly kind: 'freeze' | 'allow' | 'deny'
  readonly name: string
  readonly reason: string
  readonly by: string
  readonly startsAt: number
  readonly endsAt: number
  /** It blocks rollbacks too. */
  readonly isHard: boolean
}

export interface CalendarSpan {
  readonly from: number
  readonly to: number
  readonly entries: readonly CalendarEntry[]
  /** There were more. */
  readonly isCut: boolean
}
