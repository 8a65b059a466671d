/** `artifacts` of a job: a name and what it is made of, in either of the ways it can be written. */
import { parseDuration } from '#kernel/duration.ts'
import { nearest } from '#kernel/nearest.ts'
import type { JobManifest } from './manifest.ts'
import { jobName } from './parts.ts'
import type { PlanProblem } from './problem.ts'

/** Of one job: more are files of one artifact. */
export const ARTIFACTS_MAX = 20
/** Beyond a year it is a release that wants keeping, and that has a place of its own. */
const RETENTION_MAX_MS = 400 * 24 * 60 * 60 * 1000

export interface WrittenArtifact {
  readonly name: string
  readonly paths: readonly string[]
  readonly retention?: string | undefined
}

type Written = Pick<JobManifest, 'artifacts'>

export function artifactsIn({ artifacts = {} }: Written): readonly WrittenArtifact[] {
  const { retention, ...named } = artifacts
  return Object.entries(named).map(([name, written]) => {
    if (typeof written === 'string') return { name, paths: [written], retention }
    if (isList(written)) return { name, paths: written, retention }
    const { paths, retention: own = retention } = written
    return { name, paths: typeof paths === 'string' ? [paths] : paths, retention: own }
  })
}

/** `Array.isArray` would forget that nobody may write to it. */
const isList = (value: unknown): value is readonly string[] => Array.isArray(value)

export function artifactProblems(
  path: readonly (string | number)[],
  job: string,
  written: Written,
): PlanProblem[] {
  if (written.artifacts === undefined) return []
  const all = artifactsIn(written)
  const at = [...path, 'artifacts']
  if (all.length === 0)
    return [{ path: at, message: `${job} names no artifact.`, remedy: 'Write name: path.' }]
  if (all.length > ARTIFACTS_MAX)
    return [
      {
        path: at,
        message: `${all.length} artifacts; ${ARTIFACTS_MAX} at most.`,
        remedy: 'Put several files into one: name: [path, path].',
      },
    ]
  return all.flatMap(({ name, paths, retention = '1d' }): PlanProblem[] => {
    const own = [...at, name]
    const [only = ''] = paths
    if (parseDuration(only) !== undefined && nearest(name, ['retention']) !== undefined)
      return [{ path: own, message: `${only} is no file.`, remedy: 'Did you mean retention?' }]
    if (!jobName.safeParse(name).success)
      return [{ path: own, message: `${name} is no name of an artifact.`, remedy: NAMES }]
    if ((parseDuration(retention) ?? 0) <= RETENTION_MAX_MS) return []
    const message = `${retention} is longer than an artifact of a run is kept: 400d.`
    return [{ path: own, message, remedy: 'Release what has to stay for longer.' }]
  })
}

const NAMES = 'Use lower-case letters, digits and dashes, 40 at most.'
