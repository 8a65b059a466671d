/** How far back one looks. Full hours, so that the same question stays the same for a while. */
import { serverNow } from '../../api/clock.ts'

export const WINDOWS = ['30', '91', '365'] as const

const HOUR_MS = 3_600_000

export function sinceDays(days: string, now = serverNow()): { from: string; to: string } {
  const to = Math.ceil(now / HOUR_MS) * HOUR_MS
  return { from: String(to - Number(days) * 24 * HOUR_MS), to: String(to) }
}
