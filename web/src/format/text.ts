/** Instants, durations, counts and states as people read them. */
const SECOND_MS = 1_000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS
/** Up to here hours say more than days. */
const HOURS_SHOWN_MS = 48 * HOUR_MS

export function duration(ms: number): string {
  if (ms < SECOND_MS) return `${Math.round(ms)} ms`
  if (ms < 10 * SECOND_MS) return `${Number((ms / SECOND_MS).toFixed(1))} s`
  if (ms < MINUTE_MS) return `${Math.floor(ms / SECOND_MS)} s`
  if (ms < HOUR_MS) return two(ms, [MINUTE_MS, 'min'], [SECOND_MS, 's'])
  if (ms < HOURS_SHOWN_MS) return two(ms, [HOUR_MS, 'h'], [MINUTE_MS, 'min'])
  return two(ms, [DAY_MS, 'd'], [HOUR_MS, 'h'])
}

type Unit = readonly [ms: number, name: string]

function two(ms: number, [large, name]: Unit, [small, rest]: Unit): string {
  const left = Math.floor((ms % large) / small)
  return `${Math.floor(ms / large)} ${name}${left === 0 ? '' : ` ${left} ${rest}`}`
}

/** In its largest unit: who wants the instant points at it. */
export function ago(at: number, now: number): string {
  const ms = now - at
  if (ms < 0) return `in ${duration(-ms)}`
  if (ms < 5 * SECOND_MS) return 'just now'
  if (ms < MINUTE_MS) return `${Math.floor(ms / SECOND_MS)} s ago`
  if (ms < HOUR_MS) return `${Math.floor(ms / MINUTE_MS)} min ago`
  if (ms < HOURS_SHOWN_MS) return `${Math.floor(ms / HOUR_MS)} h ago`
  return `${Math.floor(ms / DAY_MS)} d ago`
}

/** With its zone: a time without one is a guess. */
export function instant(at: number): string {
  return new Date(at).toLocaleString(undefined, { timeZoneName: 'short' })
}

/** The time of day, for lists that say elsewhere which day. */
export function clock(at: number): string {
  const parts = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const
  return new Date(at).toLocaleTimeString(undefined, parts)
}

/** For lists that say their zone elsewhere: `Mon, 12 Jan, 09:00`. */
export function dayAndClock(at: number): string {
  const parts = { weekday: 'short', day: 'numeric', month: 'short' } as const
  return `${new Date(at).toLocaleDateString(undefined, parts)}, ${clock(at)}`
}

/** To the second, for what moves by the second. */
export function time(at: number): string {
  const parts = { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' } as const
  return new Date(at).toLocaleTimeString(undefined, parts)
}

/** Time left, as a clock shows it: `1:05`. */
export function countdown(ms: number): string {
  const seconds = Math.ceil(Math.max(0, ms) / SECOND_MS)
  const pad = (of: number) => String(of % 60).padStart(2, '0')
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes}:${pad(seconds)}`
  return `${Math.floor(minutes / 60)}:${pad(minutes)}:${pad(seconds)}`
}

export function percent(share: number): string {
  if (share === 0) return '0 %'
  return share < 0.01 ? `${(share * 100).toFixed(2)} %` : `${(share * 100).toFixed(1)} %`
}

/** Thousands apart by a narrow space, the same in every language. */
export function count(of: number): string {
  return of.toLocaleString('en').replaceAll(',', '\u202f')
}

/** Evidence is read for its size: few digits, and words where digits would not be read. */
export function evidence(of: number): string {
  if (of < 0.1) return '< 0.1'
  if (of < 10) return of.toFixed(1)
  return of < 1e6 ? count(Math.round(of)) : '> 1 million'
}

export function bytes(size: number): string {
  if (size < 1024) return `${size} B`
  if (size < 1024 * 1024) return `${(size / 1024).toFixed(1)} KiB`
  return `${(size / 1024 / 1024).toFixed(1)} MiB`
}

/** `rolledBack` as people say it: `Rolled back`. */
export function words(name: string): string {
  const spaced = name.replaceAll(/([a-z])([A-Z])/g, '$1 $2').replaceAll(/[._-]/g, ' ')
  return spaced.charAt(0).toUpperCase() + spaced.slice(1).toLowerCase()
}
