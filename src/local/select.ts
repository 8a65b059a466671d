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

/** Those that hand something on, of all that a job needs, near and far, in their order. */
export function handedBy(all: readonly JobSpec[], name: string): readonly JobSpec[] {
  const job = all.filter((one) => one.name === name)
  return closure(all, job).filter((one) => one.name !== name && one.outputs.length > 0)
}
