/** From what groups should get, and which instances can take it, to a weight for each instance. */
import type { RouteServer } from './router.ts'
import { percentOf, weightsFor } from './shares.ts'

interface Member {
  readonly id: string
  readonly port: number
  readonly state: 'starting' | 'ready' | 'unhealthy' | 'exited'
}

export interface GroupTraffic {
  readonly name: string
  /** 0 to 100. */
  readonly percent: number
  readonly kept: readonly Member[]
  /** On their way out: still answering, never asked again. */
  readonly surplus: readonly Member[]
}

/**
 * Only ready instances get traffic. When no group with a share has one, those that run but miss
 * their health checks do: overload looks like illness, and some answers are better than none.
 */
export function serversOf(groups: readonly GroupTraffic[]): RouteServer[] {
  const inState = (state: Member['state']) => (group: GroupTraffic) =>
    group.percent > 0 ? group.kept.filter((member) => member.state === state) : []
  const isAnyReady = groups.some((group) => inState('ready')(group).length > 0)
  const takersOf = inState(isAnyReady ? 'ready' : 'unhealthy')
  const weights = weightsFor(
    groups.map((group) => ({
      group: group.name,
      percent: group.percent,
      servers: takersOf(group).length,
    })),
  )
  return groups.flatMap((group) => {
    const takers = new Set(takersOf(group))
    return [...group.kept, ...group.surplus].map((member) => ({
      id: member.id,
      port: member.port,
      weight: takers.has(member) ? (weights.get(group.name) ?? 0) : 0,
    }))
  })
}

/**
 * Percent by group as the router holds it. When it holds what was asked as closely as integers come
 * to that, the answer is what was asked: a caller that compares the two must not set it for ever.
 */
export function sharesHeld(
  groups: readonly GroupTraffic[],
  held: ReadonlyMap<string, number>,
): Record<string, number> {
  const wanted = serversOf(groups)
  const weightOf = new Map(wanted.map(({ id, weight }) => [id, weight]))
  const hasTaker = (group: GroupTraffic) => group.kept.some(({ id }) => weightOf.get(id) !== 0)
  const isAsAsked =
    wanted.every(({ id, weight }) => held.get(id) === weight) &&
    groups.every((group) => group.percent === 0 || hasTaker(group))
  const percent = percentOf(
    groups.flatMap(({ name, kept, surplus }) =>
      [...kept, ...surplus].map(({ id }) => ({ group: name, weight: held.get(id) ?? 0 })),
    ),
  )
  return Object.fromEntries(
    groups.map(({ name, percent: asked }) => [name, isAsAsked ? asked : (percent[name] ?? 0)]),
  )
}
