/** A day or a week on this machine's wall, and where in it something stands. */
export interface Span {
  readonly from: number
  /** The instant itself is outside. */
  readonly to: number
}

export const VIEWS = ['day', 'week'] as const
export type View = (typeof VIEWS)[number]

/** `2026-01-12`, as the wall shows it. */
export function dayText(at: number): string {
  const date = new Date(at)
  const two = (of: number) => String(of).padStart(2, '0')
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
}

/** The day or the week, from its Monday, that has the day in it; today when it is no day. */
export function spanOf(view: View, day: string | undefined, now: number): Span {
  const start = midnight(day, now)
  if (view === 'week') start.setDate(start.getDate() - ((start.getDay() + 6) % 7))
  const end = new Date(start)
  // Days of the calendar: the clocks may be moved within.
  end.setDate(end.getDate() + (view === 'week' ? 7 : 1))
  return { from: start.getTime(), to: end.getTime() }
}

function midnight(day: string | undefined, now: number): Date {
  const parts = /^(\d{4})-(\d\d)-(\d\d)$/.exec(day ?? '')
  const wanted = new Date(Number(parts?.[1]), Number(parts?.[2]) - 1, Number(parts?.[3]))
  if (!Number.isNaN(wanted.getTime())) return wanted
  const today = new Date(now)
  today.setHours(0, 0, 0, 0)
  return today
}

/** The day from which the next span, or the one before, is shown. */
export function moved(view: View, { from }: Span, by: 1 | -1): string {
  const day = new Date(from)
  day.setDate(day.getDate() + by * (view === 'week' ? 7 : 1))
  return dayText(day.getTime())
}

export interface Mark {
  /** Of the whole, in percent. */
  readonly left: number
  readonly text: string
}

/** Where its days begin, or every third hour. */
export function marksOf(view: View, { from, to }: Span): readonly Mark[] {
  const marks: Mark[] = []
  const at = new Date(from)
  while (at.getTime() < to) {
    const text =
      view === 'week'
        ? at.toLocaleDateString(undefined, { weekday: 'short', day: 'numeric', month: 'short' })
        : `${String(at.getHours()).padStart(2, '0')}:00`
    marks.push({ left: share(at.getTime(), { from, to }), text })
    if (view === 'week') at.setDate(at.getDate() + 1)
    else at.setHours(at.getHours() + 3)
  }
  return marks
}

export function share(at: number, { from, to }: Span): number {
  return (100 * (Math.min(Math.max(at, from), to) - from)) / (to - from)
}

export interface Timed {
  readonly startsAt: number
  readonly endsAt: number
}

export interface Bar<T> {
  readonly of: T
  readonly left: number
  readonly width: number
}

/** Bars in as few rows as they need, so that none lies on another; what is outside is left out. */
export function rowsOf<T extends Timed>(
  all: readonly T[],
  span: Span,
): readonly (readonly Bar<T>[])[] {
  const rows: { bars: Bar<T>[]; endsAt: number }[] = []
  const inside = all.filter(({ startsAt, endsAt }) => startsAt < span.to && endsAt > span.from)
  for (const of of inside.toSorted((a, b) => a.startsAt - b.startsAt || a.endsAt - b.endsAt)) {
    const left = share(of.startsAt, span)
    const bar = { of, left, width: share(of.endsAt, span) - left }
    const free = rows.find(({ endsAt }) => endsAt <= of.startsAt)
    if (free === undefined) rows.push({ bars: [bar], endsAt: of.endsAt })
    else {
      free.bars.push(bar)
      free.endsAt = of.endsAt
    }
  }
  return rows.map(({ bars }) => bars)
}
