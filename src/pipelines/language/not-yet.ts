/**
 * What can be written and is not executed yet. It is refused when a pipeline is planned: a key that
 * is read and ignored is worse than one that is not there. Who builds it takes its row away.
 */
import type { JobManifest } from './manifest.ts'
import type { PlanProblem } from './problem.ts'

type Path = readonly (string | number)[]
interface Row {
  /** Under the job. */
  readonly path: readonly string[]
  readonly what: string
}

const IN_JOBS: readonly Row[] = [
  { path: ['results'], what: 'Results of jobs' },
  { path: ['secrets'], what: 'Secrets of jobs' },
  { path: ['services'], what: 'Services beside a job' },
  { path: ['network'], what: 'A choice of network' },
  { path: ['resources'], what: 'Limits of resources' },
  { path: ['image'], what: 'A container image' },
  { path: ['mutates'], what: 'Copies for a job that mutates' },
  { path: ['artifacts'], what: 'Named artifacts' },
  { path: ['reports', 'gotest'], what: 'Reports of go test' },
  { path: ['shards', 'by', 'timing'], what: 'Sharding by timing' },
  { path: ['shards', 'mode', 'queue'], what: 'Sharding by a queue' },
]

export function notYet(path: Path, job: JobManifest): PlanProblem[] {
  return IN_JOBS.filter((row) => stands(job, row.path)).map((row) => ({
    path: [...path, ...row.path],
    message: `${row.what}: not yet.`,
    remedy: 'Take it away: nothing would act on it.',
  }))
}

/** Whether something is written there; the last name may be the value itself. */
function stands(value: unknown, [key, ...rest]: readonly string[]): boolean {
  if (key === undefined) return value !== undefined
  if (typeof value === 'string') return value === key
  if (typeof value !== 'object' || value === null) return false
  return stands((value as Readonly<Record<string, unknown>>)[key], rest)
}
