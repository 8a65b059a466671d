/**
 * From the pipeline as written to the jobs as run. What cannot run is refused here, with its place
 * and the nearest name that would do, before anything starts.
 */
import { nearest } from '#kernel/nearest.ts'
import type { JobSpec } from '../events.ts'
import { type Graph, orderOf } from './graph.ts'
import { includeOf, jobSpec } from './job-spec.ts'
import type { JobManifest, PipelineSpec } from './manifest.ts'
import { notYet, notYetOf } from './not-yet.ts'
import type { PlanProblem } from './problem.ts'
import { withTemplate } from './template.ts'

/** More jobs than this is a generator gone wrong; a page could not show them either. */
export const JOBS_MAX = 1000

export interface Plan {
  /** In an order in which each stands behind what it needs. */
  readonly jobs: readonly JobSpec[]
}

type Jobs = Readonly<Record<string, JobManifest>>
type Planned = Plan | { readonly problems: readonly PlanProblem[] }

export function planPipeline(written: PipelineSpec): Planned {
  const { spec, problems: wrong } = withTemplate(written)
  if (wrong.length > 0) return { problems: wrong }
  const { jobs = {}, defaults } = spec
  const problems = [
    ...notYetOf(spec),
    ...sizeProblems(jobs),
    ...Object.entries(jobs).flatMap(([name, job]) => jobProblems(jobs, name, job)),
  ]
  if (problems.length > 0) return { problems }
  const sorted = orderOf(jobs)
  if ('cycle' in sorted) return { problems: [cycleProblem(['spec', 'jobs'], sorted.cycle)] }
  return {
    jobs: sorted.order.flatMap((name) => {
      const job = jobs[name]
      return job === undefined ? [] : [jobSpec(name, job, defaults)]
    }),
  }
}

function cycleProblem(path: PlanProblem['path'], cycle: readonly string[]): PlanProblem {
  const [first = ''] = cycle
  return {
    path: [...path, first, 'needs'],
    message: `These jobs wait for one another: ${[...cycle, first].join(' → ')}.`,
    remedy: 'Take one of these needs away.',
  }
}

function sizeProblems(jobs: Jobs): PlanProblem[] {
  const count = Object.keys(jobs).length
  const path = ['spec', 'jobs']
  if (count === 0)
    return [
      {
        path,
        message: 'The pipeline has no jobs.',
        remedy: 'Give it at least one job, or a template.',
      },
    ]
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

function jobProblems(jobs: Jobs, name: string, job: JobManifest): PlanProblem[] {
  const path = ['spec', 'jobs', name]
  return [
    ...notYet(path, job),
    ...doingProblems(path, name, job),
    ...needProblems(path, jobs, name, job),
  ]
}

function doingProblems(path: string[], name: string, job: JobManifest): PlanProblem[] {
  if ((job.run === undefined) === (job.uses === undefined))
    return [
      {
        path,
        message: `${name} needs either run or uses, and not both.`,
        remedy: 'Write run: <shell line>, or uses: package.',
      },
    ]
  if (job.uses === undefined)
    return job.with === undefined
      ? []
      : [
          {
            path: [...path, 'with'],
            message: `${name} runs a shell line, which takes nothing with it.`,
            remedy: 'Put the values into env.',
          },
        ]
  const stray = Object.keys(job.with ?? {}).filter((key) => key !== 'include')
  if (stray.length > 0)
    return stray.map((key) => ({
      path: [...path, 'with', key],
      message: `uses: package takes no ${key}.`,
      remedy: nearest(key, ['include']) ? 'Did you mean include?' : 'It takes include.',
    }))
  if (includeOf(job).length > 0) return []
  return [
    {
      path,
      message: `${name} packages nothing.`,
      remedy: 'List what belongs into the artifact: with: { include: [dist/**] }.',
    },
  ]
}

function needProblems(
  path: string[],
  jobs: Graph,
  name: string,
  { needs = [] }: JobManifest,
): PlanProblem[] {
  return needs.flatMap((need, i) => {
    if (Object.hasOwn(jobs, need)) return []
    const close = nearest(need, Object.keys(jobs))
    return [
      {
        path: [...path, 'needs', i],
        message: `${name} needs ${need}, and there is no such job.`,
        remedy: close === undefined ? 'Take it away or add the job.' : `Did you mean ${close}?`,
      },
    ]
  })
}
