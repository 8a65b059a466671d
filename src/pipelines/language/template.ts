/**
 * A pipeline that names a template gets its jobs, and may change each of them by its name: what is
 * written in the document stands over what the template says, key by key.
 */
import { nearest } from '#kernel/nearest.ts'
import { templateSpecs } from '../templates.ts'
import type { JobManifest, PipelineSpec } from './manifest.ts'
import type { PlanProblem } from './problem.ts'

type Jobs = Readonly<Record<string, JobManifest>>

export interface Resolved {
  readonly spec: PipelineSpec
  readonly problems: readonly PlanProblem[]
}

export function withTemplate(spec: PipelineSpec): Resolved {
  const { template: name, without = [] } = spec
  if (name === undefined) return { spec, problems: without.length > 0 ? [strayWithout()] : [] }
  const specs = templateSpecs()
  const template = Object.hasOwn(specs, name) ? specs[name] : undefined
  if (template === undefined) return { spec, problems: [unknownTemplate(name)] }
  const problems = without.flatMap((job, i) => {
    if (!Object.hasOwn(template.jobs ?? {}, job)) return [notOfTemplate(name, job, i, template)]
    return Object.hasOwn(spec.jobs ?? {}, job) ? [bothWays(job, i)] : []
  })
  const jobs = leaveOut(without, overlaid(template.jobs ?? {}, spec.jobs ?? {}))
  const merged: PipelineSpec = {
    ...template,
    ...spec,
    vars: { ...template.vars, ...spec.vars },
    defaults: { ...template.defaults, ...spec.defaults },
    jobs,
  }
  const [above, own] = [template.finally, spec.finally]
  if (above === undefined && own === undefined) return { spec: merged, problems }
  const last = overlaid(above?.jobs ?? {}, own?.jobs ?? {})
  return { spec: { ...merged, finally: { ...above, ...own, jobs: last } }, problems }
}

function overlaid(below: Jobs, above: Jobs): Record<string, JobManifest> {
  const jobs: Record<string, JobManifest> = { ...below }
  for (const [name, job] of Object.entries(above)) {
    const { run, uses, with: given, ...rest } = below[name] ?? {}
    // Who says what a job does says all of it.
    const doing = job.run === undefined && job.uses === undefined ? { run, uses, with: given } : {}
    const env = { ...rest.env, ...job.env }
    jobs[name] = { ...doing, ...rest, ...job, ...(Object.keys(env).length > 0 && { env }) }
  }
  return jobs
}

function leaveOut(names: readonly string[], jobs: Jobs): Record<string, JobManifest> {
  const gone = new Set(names)
  return Object.fromEntries(
    Object.entries(jobs)
      .filter(([name]) => !gone.has(name))
      .map(([name, job]) => [
        name,
        { ...job, needs: job.needs?.filter((need) => !gone.has(need)) },
      ]),
  )
}

function strayWithout(): PlanProblem {
  return {
    path: ['spec', 'without'],
    message: 'Only jobs of a template can be left out, and this pipeline names none.',
    remedy: 'Take the job itself away.',
  }
}

function unknownTemplate(name: string): PlanProblem {
  const known = Object.keys(templateSpecs())
  const close = nearest(name, known)
  return {
    path: ['spec', 'template'],
    message: `There is no template ${name}.`,
    remedy: close === undefined ? `There are ${known.join(', ')}.` : `Did you mean ${close}?`,
  }
}

function notOfTemplate(
  template: string,
  job: string,
  i: number,
  { jobs = {} }: PipelineSpec,
): PlanProblem {
  const close = nearest(job, Object.keys(jobs))
  return {
    path: ['spec', 'without', i],
    message: `${template} has no job ${job}.`,
    remedy:
      close === undefined ? `It has ${Object.keys(jobs).join(', ')}.` : `Did you mean ${close}?`,
  }
}

function bothWays(job: string, i: number): PlanProblem {
  return {
    path: ['spec', 'without', i],
    message: `${job} is left out here, and written under jobs.`,
    remedy: 'Keep one of the two.',
  }
}
