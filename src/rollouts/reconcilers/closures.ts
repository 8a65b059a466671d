/**
 * What on the calendar speaks against the next step of a deployment: what stops it at once, and
 * what lets it go on to its next resting point.
 */
import { type Closure, standingAt } from '#releases/queries/calendar.ts'
import { emergencyAt } from '../queries/emergencies.ts'
import { isStanding } from '../emergency/emergency.ts'
import type { DeploymentKind, PromotionPlan } from '../events.ts'
import type { Closing } from '../resting.ts'
import type { Hold } from '../slot.ts'
import type { RolloutNeeds } from './needs.ts'

const NOTHING_IN_THE_WAY = { obstacles: [], closing: undefined, reopensAt: null }

/**
 * Nothing is in the way of going back, and at 100 % no step is left; going forward waits for the
 * calendar, and for a hold that came later.
 */
export async function inTheWay(
  needs: Pick<RolloutNeeds, 'engine' | 'now'>,
  about: {
    readonly service: string
    readonly environment: string
    readonly deployment: string
    readonly kind: DeploymentKind
    readonly plan: Pick<PromotionPlan, 'priority'>
  },
  hold: Hold | undefined,
): Promise<{
  readonly obstacles: readonly string[]
  readonly closing: Closing | undefined
  /** Null: open, or not in sight. */
  readonly reopensAt: number | null
}> {
  if (about.kind === 'rollback') return NOTHING_IN_THE_WAY
  const { stops, closing, reopensAt } = await closuresOf(needs, about)
  const isHeld = hold?.during === about.deployment
  return {
    obstacles: [...stops, ...(isHeld ? [`held by ${hold.by}: ${hold.reason}`] : [])],
    closing,
    reopensAt,
  }
}

async function closuresOf(
  { engine, now }: Pick<RolloutNeeds, 'engine' | 'now'>,
  about: Place & { readonly plan: Pick<PromotionPlan, 'priority'> },
): Promise<{
  readonly stops: readonly string[]
  readonly closing: Closing | undefined
  /** Null: open, or not in sight. */
  readonly reopensAt: number | null
}> {
  const { service, environment, plan } = about
  const place = { service, environment }
  const standing = await standingAt(engine.reads, place, now())
  const hasRights = plan.priority === 'emergency' && (await stands(engine, place, now()))
  const all = standing?.closures ?? []
  // What was begun under its rights goes on under them, and no longer than they stand.
  const closures = hasRights ? all.filter(({ isHard }) => isHard) : all
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

interface Place {
  readonly service: string
  readonly environment: string
}

async function stands({ reads }: RolloutNeeds['engine'], place: Place, now: number) {
  const known = await emergencyAt(reads, place)
  return known !== undefined && isStanding(known, now)
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
