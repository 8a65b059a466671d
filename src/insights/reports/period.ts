/** Weeks (ISO), months and quarters, in UTC: half-open, named as people file them. */
export type PeriodKind = 'week' | 'month' | 'quarter'

export interface Period {
  readonly kind: PeriodKind
  /** `2026-W09`, `2026-03`, `2026-Q1`. */
  readonly name: string
  readonly from: number
  readonly to: number
}

const DAY_MS = 86_400_000
const WEEK_MS = 7 * DAY_MS

/** The period that the instant is in. */
export function periodAt(kind: PeriodKind, at: number): Period {
  const date = new Date(at)
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()]
  if (kind === 'week') {
    const midnight = Date.UTC(year, month, date.getUTCDate())
    const from = midnight - ((date.getUTCDay() + 6) % 7) * DAY_MS
    return { kind, name: weekName(from), from, to: from + WEEK_MS }
  }
  const length = kind === 'month' ? 1 : 3
  const first = month - (month % length)
  const [from, to] = [Date.UTC(year, first), Date.UTC(year, first + length)]
  const which = kind === 'month' ? String(first + 1).padStart(2, '0') : `Q${first / 3 + 1}`
  return { kind, name: `${year}-${which}`, from, to }
}

export const periodBefore = ({ kind, from }: Period): Period => periodAt(kind, from - 1)

/** A week is of the year that its Thursday is in. */
function weekName(monday: number): string {
  const thursday = monday + 3 * DAY_MS
  const year = new Date(thursday).getUTCFullYear()
  const week = Math.floor((thursday - Date.UTC(year, 0, 1)) / WEEK_MS) + 1
  return `${year}-W${String(week).padStart(2, '0')}`
}
