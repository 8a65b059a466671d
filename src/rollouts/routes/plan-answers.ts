/** Plans as routes tell them. */
import type { z } from 'zod'
import type { Engine } from '#engine/engine.ts'
import type { DomainEvent } from '#engine/store.ts'
import { decide } from '../decide.ts'
import type { ReleasePlanSpec } from '../events/plans.ts'
import { nextMoves } from '../plans/moves.ts'
import type { ItemState } from '../plans/state.ts'
import { gatherFacts } from '../queries/facts.ts'
import { itemFacts, type ReleasePlanRow } from '../queries/plans.ts'
import type { planDetail, planPreview, planSummary } from './plan-shapes.ts'

type Reads = Engine['reads']

export function planSummaryOf({ state, ...row }: ReleasePlanRow): z.infer<typeof planSummary> {
  const { items, source } = state.spec
  const [halt] = state.status === 'running' ? state.halts : []
  const services = items.map(({ service }) => service)
  return { ...row, source, services, halted: halt?.reason ?? null }
}

export async function planDetailOf(
  reads: Reads,
  row: ReleasePlanRow,
  recorded: readonly DomainEvent[],
  now: number,
): Promise<z.infer<typeof planDetail>> {
  const { state } = row
  const { waits } = nextMoves(state, await itemFacts(reads, state), now)
  const { items, groups } = state.spec
  return {
    ...planSummaryOf(row),
    items: items.map(({ service, ...item }) => {
      const known: ItemState =
        (state.status === 'planned' ? undefined : state.items[service]) ?? NOT_YET
      return {
        ...{ service, ...item, after: [...item.after], status: known.status },
        group: groups.find(({ services }) => services.includes(service))?.name ?? '',
        promotion: 'promotion' in known && known.promotion !== '' ? known.promotion : null,
        undo: 'undo' in known ? known.undo : null,
        waits: waits.find((wait) => wait.service === service)?.why ?? null,
        reason: 'reason' in known ? known.reason : null,
      }
    }),
    groups: groups.map(({ services, ...group }) => ({ ...group, services: [...services] })),
    waits: [...waits],
    tasks: state.status === 'ended' ? [...state.tasks] : [],
    history: recorded.map((event) => ({ ...event })),
  }
}

const NOT_YET: ItemState = { status: 'waiting' }

/** With what each of its promotions would be told if it were asked for now. */
export async function previewOf(
  { reads }: Engine,
  { environment, items, groups, source }: ReleasePlanSpec,
  requestedBy: string,
  now: number,
): Promise<z.infer<typeof planPreview>> {
  const judged: z.infer<typeof planPreview>['items'] = []
  for (const { service, version, release, after } of items) {
    const wish = { service, environment, release, origin: 'person', requestedBy } as const
    const gathered = await gatherFacts(reads, wish, now)
    const verdict = 'missing' in gathered ? null : decide(gathered.facts, now)
    judged.push({ service, version, after: [...after], verdict })
  }
  return {
    ...{ dryRun: true, environment, source, items: judged },
    groups: groups.map(({ services, ...group }) => ({ ...group, services: [...services] })),
  }
}
