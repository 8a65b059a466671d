/** A job with a matrix or with shards, as the jobs it stands for. */
import type { JobLeg, Scalar } from '../events.ts'
import type { JobManifest } from './manifest.ts'
import { axesOf } from './scope.ts'

/** Of one job: what GitHub allows too. */
export const LEGS_MAX = 256
/** So that a matrix is counted, and never built, when it is too large. */
const NAME_MAX = 80

export interface Leg {
  readonly name: string
  readonly leg?: JobLeg
}

/** How many it would be before any is taken out. */
export function legCount(job: JobManifest): number {
  const sizes = Object.values(axesOf(job)).map((values) => values.length)
  return sizes.reduce((all, size) => all * size, job.shards?.total ?? 1)
}

export function legsOf(name: string, job: JobManifest): readonly Leg[] {
  const axes = Object.entries(axesOf(job))
  const { shards } = job
  if (axes.length === 0 && shards === undefined) return [{ name }]
  const max = job.matrix?.max === undefined ? {} : { max: job.matrix.max }
  const all = combinations(axes)
    .filter((one) => !isExcluded(one, job))
    .flatMap((matrix): JobLeg[] => {
      const leg = { of: name, matrix, ...max }
      if (shards === undefined) return [leg]
      const { total, by = 'count', mode = 'static', files } = shards
      const which =
        files === undefined ? {} : { files: typeof files === 'string' ? [files] : files }
      return Array.from({ length: total }, (_, i) => ({
        ...leg,
        shard: { index: i + 1, total, by, mode, ...which },
      }))
    })
  return named(name, all)
}

function combinations(
  axes: readonly (readonly [string, readonly Scalar[]])[],
): readonly Readonly<Record<string, Scalar>>[] {
  let all: readonly Readonly<Record<string, Scalar>>[] = [{}]
  for (const [axis, values] of axes)
    all = all.flatMap((one) => values.map((value) => ({ ...one, [axis]: value })))
  return all
}

function isExcluded(one: Readonly<Record<string, Scalar>>, { matrix }: JobManifest): boolean {
  return (matrix?.exclude ?? []).some((row) =>
    Object.entries(row).every(([axis, value]) => one[axis] === value),
  )
}

/** By their values where those make a name, and by number where two would have the same one. */
function named(job: string, legs: readonly JobLeg[]): readonly Leg[] {
  const names = legs.map(({ matrix, shard }) => {
    const values = Object.values(matrix).map((value) => slug(String(value)))
    const part = shard === undefined ? [] : [`${shard.index}of${shard.total}`]
    return [job, ...values, ...part].join('.')
  })
  const isPlain =
    new Set(names).size === names.length && names.every((name) => name.length <= NAME_MAX)
  return legs.map((leg, i) => ({ name: isPlain ? (names[i] ?? '') : `${job}.${i + 1}`, leg }))
}

const slug = (text: string) =>
  text
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]+/g, '-')
    .replaceAll(/^-+|-+$/g, '') || 'x'
