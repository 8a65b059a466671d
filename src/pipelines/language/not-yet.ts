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
  { path: ['resources', 'disk'], what: 'A bound of disk' },
  { path: ['mutates'], what: 'Copies for a job that mutates' },
]

export function notYet(path: Path, job: JobManifest): PlanProblem[] {
  const rows = IN_JOBS.filter((row) => stands(job, row.path)).map((row) => ({
    path: [...path, ...row.path],
    message: `${row.what}: not yet.`,
    remedy: 'Take it away: nothing would act on it.',
  }))
  return [...rows, ...notYetBeside(path, job)]
}

/** Services run on the machine of the runner, beside jobs that do. */
function notYetBeside(path: Path, { services = {}, image }: JobManifest): PlanProblem[] {
  const names = Object.keys(services)
  const ofImages = names.filter((name) => services[name]?.image !== undefined)
  const remedy = 'Have the service started by its `run`, beside a job without an `image`.'
  const rows = ofImages.map((name) => ({
    path: [...path, 'services', name, 'image'],
    message: 'A service of an image: not yet.',
    remedy,
  }))
  if (image === undefined || names.length === 0) return rows
  return [...rows, { path: [...path, 'services'], message: 'Beside an image: not yet.', remedy }]
}

/** Whether something is written there; the last name may be the value itself. */
function stands(value: unknown, [key, ...rest]: readonly string[]): boolean {
  if (key === undefined) return value !== undefined
  if (typeof value === 'string') return value === key
  if (typeof value !== 'object' || value === null) return false
  return stands((value as Readonly<Record<string, unknown>>)[key], rest)
}
