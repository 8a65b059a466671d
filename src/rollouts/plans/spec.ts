/**
 * What a plan comes to: the wish of a person, filled in with releases, put in an order and into
 * groups; or the first thing that is wrong with it, by its place.
 */
import { type Rejection, reject } from '#kernel/decider.ts'
import { nearest } from '#kernel/nearest.ts'
import type { PlanGroup, PlanItem, PlanSource, ReleasePlanSpec } from '../events/plans.ts'
import type { PlanWish } from './commands.ts'
import { type Before, dependenciesAmong, orderOf, withEdges } from './order.ts'

export type SpecRefusal =
  | 'plan.duplicate-service'
  | 'plan.not-in-plan'
  | 'plan.cycle'
  | 'plan.bad-group'

export interface SpecParts {
  readonly wish: PlanWish
  /** By service. */
  readonly releases: ReadonlyMap<string, { readonly release: string; readonly version: string }>
  dependsOn(service: string): readonly string[]
  readonly source: PlanSource
}

/** Services that no group names are in one of this name. */
export const REST = 'rest'

type Refused = Rejection<SpecRefusal>

export function specOf({
  wish,
  releases,
  dependsOn,
  source,
}: SpecParts): ReleasePlanSpec | Refused {
  const problem = wishProblem(wish)
  if (problem !== undefined) return problem
  const members = wish.items.map(({ service }) => service)
  const dependencies: Before =
    wish.order === 'explicit'
      ? new Map(members.map((service) => [service, new Set<string>()]))
      : dependenciesAmong(members, dependsOn)
  const before = withEdges(
    dependencies,
    wish.items.flatMap(({ service, after, before: those }) => [
      ...after.map((first) => ({ first, then: service })),
      ...those.map((then) => ({ first: service, then })),
    ]),
  )
  const found = orderOf(before)
  if ('cycle' in found) return circle(found.cycle)
  const items = found.order.map((service): PlanItem => {
    const { release, version } = releases.get(service) ?? { release: '', version: '' }
    return { service, release, version, after: [...(before.get(service) ?? [])].sort() }
  })
  return { environment: wish.environment, items, groups: groupsOf(wish), source }
}

/** What can be seen without knowing anything of the services. */
export function wishProblem({ items, groups }: PlanWish): Refused | undefined {
  const members = items.map(({ service }) => service)
  const twice = members.find((service, i) => members.indexOf(service) !== i)
  if (twice !== undefined)
    return reject(
      'plan.duplicate-service',
      `${twice} is in the plan twice.`,
      'Keep one of them: a service has one release in an environment.',
    )
  const named = [
    ...items.flatMap(({ after, before }) => [...after, ...before]),
    ...groups.flatMap(({ services }) => services),
  ]
  const stranger = named.find((service) => !members.includes(service))
  if (stranger !== undefined) {
    const close = nearest(stranger, members)
    return reject(
      'plan.not-in-plan',
      `${stranger} is named, and is not in the plan.`,
      close === undefined ? `Add ${stranger} to its items.` : `Did you mean ${close}?`,
    )
  }
  return groupProblem(groups)
}

function groupProblem(groups: PlanWish['groups']): Refused | undefined {
  const names = groups.map(({ name }) => name)
  const name = names.find((each, i) => names.indexOf(each) !== i || each === REST)
  if (name !== undefined)
    return reject(
      'plan.bad-group',
      name === REST ? `No group is named ${REST}.` : `Two groups are named ${name}.`,
      `Give it another name; ${REST} are those services that no group names.`,
    )
  const all = groups.flatMap(({ services }) => services)
  const shared = all.find((service, i) => all.indexOf(service) !== i)
  if (shared !== undefined)
    return reject(
      'plan.bad-group',
      `${shared} is in two groups, or in one twice.`,
      'Put each service into one group: what follows from its failure must be one thing.',
    )
  const greedy = groups.find(({ services, minOk = 0 }) => minOk > services.length)
  return (
    greedy &&
    reject(
      'plan.bad-group',
      `${greedy.minOk ?? 0} must succeed in ${greedy.name}, which has ${greedy.services.length}.`,
      'Lower minOk, or add services.',
    )
  )
}

/** A group that says how many must succeed bears the rest; one that says nothing bears none. */
function groupsOf({ items, groups, onFailure }: PlanWish): readonly PlanGroup[] {
  const named = groups.map((group): PlanGroup => {
    const { name, services, minOk = 0, onFailure: own = onFailure } = group
    const bears = group.minOk === undefined ? 0 : services.length
    return { name, services, onFailure: own, minOk, maxFail: group.maxFail ?? bears }
  })
  const taken = new Set(groups.flatMap(({ services }) => services))
  const rest = items.map(({ service }) => service).filter((service) => !taken.has(service))
  if (rest.length === 0) return named
  return [...named, { name: REST, services: rest, onFailure, minOk: 0, maxFail: 0 }]
}

function circle(cycle: readonly string[]): Refused {
  return reject(
    'plan.cycle',
    `There is no order: ${cycle.join(' → ')}.`,
    'Take out one of these edges, or set order: explicit and name the edges yourself.',
  )
}
