/** When a review is due: working days, counted in UTC, since an emergency knows no office. */
const DAY_MS = 86_400_000

/** The same time of day, so many days from Monday to Friday later. */
export function workingDaysAfter(at: number, days: number): number {
  let due = at
  for (let left = days; left > 0;) {
    due += DAY_MS
    if (!isWeekend(due)) left -= 1
  }
  return due
}

function isWeekend(at: number): boolean {
  const day = new Date(at).getUTCDay()
  return day === 0 || day === 6
}
