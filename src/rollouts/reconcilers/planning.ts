/** A promotion put on record: by a person's wish, or by automation. */
import { reject, type Rejection } from '#kernel/decider.ts'
import type { PromotionCommand } from '../commands.ts'
import { decide } from '../decide.ts'
import type { Back, Priority, Skip } from '../events.ts'
import { promotions as promotionRows } from '../queries.ts'
import { type Gathered, gatherFacts } from '../queries/facts.ts'
import { isHastier } from '../queue.ts'
import { skipRefusal } from '../skips.ts'
import type { Reads } from './needs.ts'

export function planCommand(
  { service, environment, release, plan, planHash, rule }: Gathered,
  about: {
    readonly promotion: string
    readonly origin: 'automatic' | 'person'
    readonly at: number
    readonly by: string
    readonly fixes?: string | undefined
    readonly back?: Back | undefined
  },
): PromotionCommand {
  return {
    type: 'promotion.plan',
    ...about,
    service: service.name,
    environment: environment.name,
    release: release.release,
    version: release.version,
    plan,
    planHash,
    approvals: rule,
  }
}

/** Of one release in one slot; more than one of each priority there is not. */
const OPEN_MAX = 10

/** Between the wish and its transaction, what it names went away. */
export const gone = reject(
  'promotion.unplanned',
  'The service, environment or release it is about is not there any more.',
  'Look at what there is, and plan a new one.',
)

/**
 * Refuses what no waiting and no approval can help: a veto, a newer release there, a place that is
 * not on the path. Everything else is planned, and says itself what it waits for.
 */
export async function planByPerson(
  reads: Reads,
  about: {
    readonly service: string
    readonly environment: string
    readonly release: string
    readonly priority?: Priority | undefined
    readonly skips?: readonly Skip[] | undefined
    readonly promotion: string
    readonly at: number
    readonly by: string
    readonly fixes?: string | undefined
    readonly back?: Back | undefined
  },
): Promise<PromotionCommand | Rejection> {
  const { at, by, promotion, fixes, back, ...place } = about
  const wish = { ...place, origin: 'person', requestedBy: by, back } as const
  const gathered = await gatherFacts(reads, wish, at)
  if ('missing' in gathered) return { ...gone, code: `${gathered.missing}.unknown` }
  const { service, environment, release, priority = 'normal', skips = [] } = place
  const { path } = gathered.service
  const wrong = skipRefusal(path, environment, skips)
  if (wrong !== undefined) return wrong
  const which = { service, environment, release, open: true, limit: OPEN_MAX }
  // What only waits is replaced by the same release in more of a hurry.
  const open = (await promotionRows(reads, which)).find(
    ({ status, state }) =>
      status !== 'waiting' || !isHastier(priority, state.plan.priority ?? 'normal'),
  )
  if (open !== undefined && open.id !== promotion)
    return reject(
      'promotion.exists',
      `${open.version} is on its way to ${open.environment} already: ${open.id}.`,
      `Look at ${open.id}; it says what it waits for.`,
    )
  const hopeless = decide(gathered.facts, at).reasons.find(
    ({ state, code }) => state === 'refused' && !code.startsWith('check.'),
  )
  if (hopeless !== undefined) return reject(hopeless.code, hopeless.message, hopeless.remedy)
  const more = { ...(fixes && { fixes }), ...(back && { back }) }
  return planCommand(gathered, { promotion, origin: 'person', at, by, ...more })
}
