/**
 * What can be written and is not executed yet. It is refused when a pipeline is planned: a key that
 * is read and ignored is worse than one that is not there. Who builds it takes its row away.
 */
import type { JobManifest, PipelineSpec } from './manifest.ts'
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
  { path: ['if'], what: 'Conditions' },
  { path: ['matrix'], what: 'A matrix' },
  { path: ['shards'], what: 'Shards' },
  { path: ['effect'], what: 'Effects' },
  { path: ['labels'], what: 'Labels of runners' },
  { path: ['queue'], what: 'A limit of waiting' },
  { path: ['cache', 'scope'], what: 'A choice of cache' },
  { path: ['retry', 'on'], what: 'Retry by reason' },
  { path: ['retry', 'backoff'], what: 'Waiting before a retry' },
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

const OF_PIPELINES = ['on', 'concurrency', 'vars', 'finally'] as const

export function notYetOf(spec: PipelineSpec): PlanProblem[] {
  return OF_PIPELINES.filter((key) => Object.keys(spec[key] ?? {}).length > 0).map((key) => ({
    path: ['spec', key],
    message: `${key}: not yet.`,
    remedy: 'Take it away: nothing would act on it.',
  }))
}
