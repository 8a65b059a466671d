/** Durations as people write them (`90s`, `15m`, `2h30m`, `14d`), in milliseconds inside. */
const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const
const PART = /(\d+(?:\.\d+)?)(ms|s|m|h|d|w)/g

/** Milliseconds, or undefined when the text is not a duration. */
export function parseDuration(text: string): number | undefined {
  if (!/^(\d+(\.\d+)?(ms|s|m|h|d|w))+$/.test(text)) return undefined
  let totalMs = 0
  for (const [, amount, unit] of text.matchAll(PART))
    totalMs += Number(amount) * UNIT_MS[unit as keyof typeof UNIT_MS]
  // Beyond this a number no longer tells milliseconds apart: nobody means 285,000 years.
  return totalMs <= Number.MAX_SAFE_INTEGER ? totalMs : undefined
}

/** The two largest units that say it: `2h 5m`, `1.4s`, `350ms`. */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)}ms`
  if (ms < 10_000) return `${(ms / 1000).toFixed(1)}s`
  if (ms < 60_000) return `${Math.floor(ms / 1000)}s`
  const steps: readonly [number, string, number, string][] = [
    [UNIT_MS.d, 'd', UNIT_MS.h, 'h'],
    [UNIT_MS.h, 'h', UNIT_MS.m, 'm'],
    [UNIT_MS.m, 'm', UNIT_MS.s, 's'],
  ]
  for (const [large, largeName, small, smallName] of steps) {
    if (ms < large) continue
    const rest = Math.floor((ms % large) / small)
    return `${Math.floor(ms / large)}${largeName}${rest > 0 ? ` ${rest}${smallName}` : ''}`
  }
  return `${Math.round(ms)}ms`
}
