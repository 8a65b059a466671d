/**
 * The window that a tier brings with it: tier 0 goes into production in the business hours of its
 * owner's zone, and not on Friday after 14:00, when those who could mend it are about to leave.
 * Without a zone nobody knows when that is, so nothing is assumed, and that is said.
 */
import { readSchedule, type Timed } from './schedule.ts'
import type { Place } from './scope.ts'

/** 9 to 17 from Monday to Thursday, 9 to 14 on Friday; the start is a Monday long past. */
const BUSINESS_HOURS = [
  { rule: 'FREQ=WEEKLY;BYDAY=MO,TU,WE,TH', start: '2020-01-06T09:00', duration: '8h' },
  { rule: 'FREQ=WEEKLY;BYDAY=FR', start: '2020-01-06T09:00', duration: '5h' },
]
const TIER_DEFAULT = 'built-in tier-0/production'

export function tierDefault(
  { service, kind, tier, zone }: Place,
  isDeclared: boolean,
): { readonly windows: readonly Timed[]; readonly note: string } {
  if (tier !== 0 || kind !== 'production') return { windows: [], note: '' }
  if (isDeclared)
    return { windows: [], note: 'Windows that were applied replace the business hours of tier 0.' }
  if (zone === undefined)
    return {
      windows: [],
      note: `Tier 0 keeps business hours in production once spec.zone of ${service} is set.`,
    }
  const about = { name: TIER_DEFAULT, reason: 'business hours', by: '', appliedAt: 0 }
  const windows = BUSINESS_HOURS.map((hours): Timed => {
    const read = readSchedule({ ...hours, zone, except: [] })
    return { ...about, schedule: 'schedule' in read ? read.schedule : undefined }
  })
  return { windows, note: `Tier 0 keeps business hours in production, in ${zone}.` }
}
