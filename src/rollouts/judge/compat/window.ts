/** What a query of another tool over the last minutes would have told, from our ticks. */
import type { Measure } from '../../events/shadows.ts'

export interface ShadowArm {
  readonly requests: number
  readonly bad: number
  readonly p99Ms?: number | undefined
}

export interface ShadowTick {
  /** Since the first traffic, at the end of the tick. */
  readonly atMs: number
  readonly canary: ShadowArm | null
  readonly stable: ShadowArm | null
  readonly slis?:
    | readonly {
        readonly name: string
        readonly canary: ShadowArm | null
        readonly stable: ShadowArm | null
      }[]
    | undefined
}

type ArmName = 'canary' | 'stable'

/** Those that ended within `windowMs` before `atMs`. */
export function within(ticks: readonly ShadowTick[], atMs: number, windowMs: number) {
  return ticks.filter((tick) => tick.atMs > atMs - windowMs && tick.atMs <= atMs)
}

/** Undefined: nothing was reported. NaN: what was has no share, for nothing was counted. */
export function valueOf(
  measure: Measure,
  arm: ArmName,
  ticks: readonly ShadowTick[],
): number | undefined {
  const arms = ticks.flatMap((tick) => armIn(measure, arm, tick) ?? [])
  if (arms.length === 0) return undefined
  const requests = arms.reduce((sum, each) => sum + each.requests, 0)
  const share = arms.reduce((sum, each) => sum + each.bad, 0) / requests
  switch (measure) {
    case 'success-rate':
      return 1 - share
    case 'success-percent':
      return 100 * (1 - share)
    case 'error-rate':
      return share
    case 'error-percent':
      return 100 * share
    case 'p99-ms':
      return slowest(arms)
    case 'p99-s':
      return slowest(arms) / 1000
    case 'requests':
      return requests
    default:
      return share
  }
}

function armIn(measure: Measure, arm: ArmName, tick: ShadowTick): ShadowArm | null {
  if (!measure.startsWith('sli-')) return tick[arm]
  return tick.slis?.find(({ name }) => `sli-${name}` === measure)?.[arm] ?? null
}

/** Of the ticks, each by its requests: a quantile of all of them is not known any more. */
function slowest(arms: readonly ShadowArm[]): number {
  const known = arms.flatMap(({ requests, p99Ms }) =>
    p99Ms === undefined || requests === 0 ? [] : [{ requests, p99Ms }],
  )
  const requests = known.reduce((sum, each) => sum + each.requests, 0)
  return known.reduce((sum, each) => sum + each.p99Ms * each.requests, 0) / requests
}
