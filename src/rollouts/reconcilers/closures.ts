/**
 * What on the calendar speaks against the next step of a deployment: what stops it at once, and
 * what lets it go on to its next resting point.
 */
import { type Closure, standingAt } from '#releases/queries/calendar.ts'
import type { Closing } from '../resting.ts'
import type { RolloutNeeds } from './needs.ts'

export async function closuresOf(
  { engine, now }: Pick<RolloutNeeds, 'engine' | 'now'>,
  { service, environment }: { readonly service: string; readonly environment: string },
): Promise<{
  readonly stops: readonly string[]
  readonly closing: Closing | undefined
  /** Null: open, or not in sight. */
  readonly reopensAt: number | null
}> {
  const standing = await standingAt(engine.reads, { service, environment }, now())
  const closures = standing?.closures ?? []
  const planned = closures.filter(({ urgency }) => urgency === 'planned')
  return {
    reopensAt: closures.length === 0 ? null : (standing?.nextOpen ?? null),
    stops: closures.filter(({ urgency }) => urgency === 'immediate').map(whyOf),
    closing:
      planned.length === 0
        ? undefined
        : {
            since: Math.min(...planned.map(({ since }) => since)),
            why: planned.map(whyOf).join('; '),
          },
  }
}

function whyOf({ kind, name, reason, by }: Closure): string {
  const why = reason === '' ? '' : `: ${reason}`
  switch (kind) {
    case 'freeze':
      return `frozen by ${by.join(', ')}${why}`
    case 'deny':
      return `closed by ${name}${why}`
    case 'outside':
      return `outside of ${name}${why}`
  }
}
