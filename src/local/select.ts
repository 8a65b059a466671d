/** Which jobs of a plan run: all that may, or those that were named with what they need. */
import { nearest } from '#kernel/nearest.ts'
import type { JobSpec } from '../pipelines/events.ts'

export type Selection =
  | {
      readonly jobs: readonly JobSpec[]
      /** Change the world outside, or need one that does; they run when they are named. */
      readonly left: readonly string[]
    }
  | { readonly unknown: string; readonly remedy: string }

export function selectJobs(all: readonly JobSpec[], names: readonly string[]): Selection {
  const isNamed = ({ name, leg }: JobSpec) =>
    names.includes(name) || (leg !== undefined && names.includes(leg.of))
  const known = new Set(all.flatMap(({ name, leg }) => [name, ...(leg ? [leg.of] : [])]))
  const unknown = names.find((name) => !known.has(name))
  if (unknown !== undefined) {
    const close = nearest(unknown, [...known])
    const remedy =
      close === undefined ? `There is ${[...known].join(', ')}.` : `Did you mean ${close}?`
    return { unknown, remedy }
  }
  if (names.length > 0) return { jobs: closure(all, all.filter(isNamed)), left: [] }
  const left = withDependants(
    all,
    all.filter(({ effect }) => effect !== undefined).map(({ name }) => name),
  )
  return { jobs: all.filter(({ name }) => !left.has(name)), left: [...left] }
}

function closure(all: readonly JobSpec[], named: readonly JobSpec[]): JobSpec[] {
  const byName = new Map(all.map((job) => [job.name, job]))
  const wanted = new Set<string>()
  const open = named.map(({ name }) => name)
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (wanted.has(next)) continue
    wanted.add(next)
    open.push(...(byName.get(next)?.needs ?? []))
  }
  return all.filter(({ name }) => wanted.has(name))
}

/** Plans have needs before what needs them. */
function withDependants(all: readonly JobSpec[], names: readonly string[]): Set<string> {
  const found = new Set(names)
  for (const { name, needs } of all) if (needs.some((need) => found.has(need))) found.add(name)
  return found
}

/** Of a job, those that hand something on to it: what it needs, near and far, in their order. */
export type Handing = (name: string) => readonly JobSpec[]

/** Asked once for each of them, so each is answered from what its needs were answered. */
export function handingOf(all: readonly JobSpec[]): Handing {
  const before = new Map<string, ReadonlySet<number>>()
  const place = new Map(all.map(({ name }, i) => [name, i]))
  // Plans have needs before what needs them.
  for (const { name, needs } of all) {
    const own = new Set<number>()
    for (const need of needs) {
      for (const i of before.get(need) ?? NOBODY) own.add(i)
      const i = place.get(need) ?? -1
      if ((all[i]?.outputs.length ?? 0) > 0) own.add(i)
    }
    before.set(name, own.size === 0 ? NOBODY : own)
  }
  return (name) =>
    [...(before.get(name) ?? NOBODY)].toSorted((a, b) => a - b).flatMap((i) => all[i] ?? [])
}

const NOBODY: ReadonlySet<number> = new Set()
