/**
 * From the pipeline as written to the jobs as run: durations become numbers, and a graph that
 * cannot run is refused here, with the cycle or the missing job named, before anything starts.
 */
import { parseDuration } from '#kernel/duration.ts'
import { nearest } from '#kernel/nearest.ts'
import type { JobManifest, PipelineManifest } from './commands.ts'
import type { JobSpec } from './events.ts'

/** More jobs than this is a generator gone wrong; a page could not show them either. */
export const JOBS_MAX = 200

export interface PlanProblem {
  /** Inside the document. */
  readonly path: readonly (string | number)[]
  readonly message: string
  readonly remedy: string
}

type Jobs = PipelineManifest['spec']['jobs']

/** The jobs in an order in which each stands behind what it needs; or what is wrong. */
export function planJobs(
  jobs: Jobs,
): { readonly jobs: readonly JobSpec[] } | { readonly problems: readonly PlanProblem[] } {
  const problems = [...sizeProblems(jobs), ...Object.entries(jobs).flatMap(jobProblems(jobs))]
  if (problems.length > 0) return { problems }
  const { order, cycle } = sort(jobs)
  if (cycle !== undefined)
    return {
      problems: [
        {
          path: ['spec', 'jobs', cycle[0] ?? '', 'needs'],
          message: `These jobs wait for one another: ${[...cycle, cycle[0]].join(' → ')}.`,
          remedy: 'Take one of these needs away.',
        },
      ],
    }
  return { jobs: order.map(([name, job]) => resolve(name, job)) }
}

function sizeProblems(jobs: Jobs): PlanProblem[] {
  const count = Object.keys(jobs).length
  const path = ['spec', 'jobs']
  if (count === 0)
    return [{ path, message: 'The pipeline has no jobs.', remedy: 'Give it at least one job.' }]
  if (count > JOBS_MAX)
    return [{ path, message: `${count} jobs; ${JOBS_MAX} at most.`, remedy: 'Join some of them.' }]
  const packages = Object.entries(jobs).filter(([, job]) => job.uses === 'package')
  if (packages.length <= 1) return []
  return [
    {
      path,
      message: `${packages.map(([name]) => name).join(' and ')} both make the artifact.`,
      remedy: 'A service has one artifact: keep one job with uses: package.',
    },
  ]
}

const jobProblems =
  (jobs: Jobs) =>
  ([name, job]: [string, JobManifest]): PlanProblem[] => {
    const problems: PlanProblem[] = []
    const path = ['spec', 'jobs', name]
    if ((job.run === undefined) === (job.uses === undefined))
      problems.push({
        path,
        message: `${name} needs either run or uses, and not both.`,
        remedy: 'Write run: <shell line>, or uses: package.',
      })
    if (job.uses === 'package' && job.include.length === 0)
      problems.push({
        path,
        message: `${name} packages nothing.`,
        remedy: 'List what belongs into the artifact: include: [dist/**].',
      })
    for (const [i, need] of job.needs.entries()) {
      if (Object.hasOwn(jobs, need)) continue
      const close = nearest(need, Object.keys(jobs))
      problems.push({
        path: [...path, 'needs', i],
        message: `${name} needs ${need}, and there is no such job.`,
        remedy: close === undefined ? 'Take it away or add the job.' : `Did you mean ${close}?`,
      })
    }
    return problems
  }

/**
 * Depth first with three colours: each edge is walked once, whatever the shape of the graph. What
 * is met again while still open closes a cycle.
 */
function sort(jobs: Jobs): { order: [string, JobManifest][]; cycle?: string[] } {
  const order: [string, JobManifest][] = []
  const finished = new Set<string>()
  const open: string[] = []
  const visit = (name: string): string[] | undefined => {
    if (finished.has(name)) return undefined
    const at = open.indexOf(name)
    if (at >= 0) return open.slice(at)
    open.push(name)
    const job = jobs[name]
    for (const need of job?.needs ?? []) {
      const cycle = visit(need)
      if (cycle !== undefined) return cycle
    }
    open.pop()
    finished.add(name)
    if (job !== undefined) order.push([name, job])
    return undefined
  }
  for (const name of Object.keys(jobs)) {
    const cycle = visit(name)
    if (cycle !== undefined) return { order, cycle }
  }
  return { order }
}

function resolve(name: string, job: JobManifest): JobSpec {
  const junit = job.reports?.junit ?? []
  return {
    name,
    needs: job.needs,
    run: job.run,
    uses: job.uses,
    include: job.include,
    inputs: job.inputs,
    outputs: job.outputs,
    env: job.env,
    junit: typeof junit === 'string' ? [junit] : junit,
    check: job.check,
    // The schema has already refused what is no duration.
    timeoutMs: parseDuration(job.timeout) ?? 0,
    idleMs: parseDuration(job.idle) ?? 0,
    graceMs: parseDuration(job.grace) ?? 0,
    retriesMax: job.retries,
  }
}
