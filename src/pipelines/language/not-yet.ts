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

const IN_JOBS: readonly Row[] = [{ path: ['mutates'], what: 'Copies for a job that mutates' }]

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
