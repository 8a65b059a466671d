/**
 * From the pipeline as written to the jobs as run. What cannot run is refused here, with its place
 * and the nearest name that would do, before anything starts.
 */
import { parseDuration } from '#kernel/duration.ts'
import type { RunFacts } from '../events.ts'
import { factBindings, filled } from './bindings.ts'
import { build, type Plan } from './build.ts'
import { type Jobs, jobProblems, needProblems } from './check-jobs.ts'
import { conditionProblems, jobTextProblems, type Path, textProblems } from './check-texts.ts'
import { bare } from './conditions.ts'
import './expressions/cel.ts'
import { readExpression } from './expressions/expression.ts'
import { orderOf } from './graph.ts'
import { inputProblems } from './inputs.ts'
import { legCount } from './legs.ts'
import type { JobManifest, PipelineSpec } from './manifest.ts'
import type { PlanProblem } from './problem.ts'
import { jobPlace, pipelinePlace, type Place } from './scope.ts'
import { withTemplate } from './template.ts'

/** Legs counted one by one. More is a generator gone wrong; a page could not show them either. */
export const JOBS_MAX = 1000
/** Needs counted one by one: two matrices behind one another multiply. */
export const NEEDS_MAX = 20_000
/** What is put away when everything else has ended may take this long. */
const FINALLY_WITHIN = '10m'

const JOBS = ['spec', 'jobs'] as const
const FINALLY = ['spec', 'finally', 'jobs'] as const

type Planned = Plan | { readonly problems: readonly PlanProblem[] }

/** Without facts it is only checked: what they would fill in stays as it is written. */
export function planPipeline(written: PipelineSpec, facts?: RunFacts): Planned {
  const { spec, problems: unresolved } = withTemplate(written)
  if (unresolved.length > 0) return { problems: unresolved }
  const each = [
    ...inputProblems(spec),
    ...partProblems(JOBS, spec.jobs ?? {}),
    ...partProblems(FINALLY, spec.finally?.jobs ?? {}),
    ...finallyProblems(spec),
  ]
  const problems = each.length > 0 ? each : sizeProblems(spec)
  if (problems.length > 0) return { problems }
  const main = orderOf(spec.jobs ?? {})
  const last = orderOf(spec.finally?.jobs ?? {})
  if ('cycle' in main) return { problems: [cycleProblem(JOBS, main.cycle)] }
  if ('cycle' in last) return { problems: [cycleProblem(FINALLY, last.cycle)] }
  const wrong = expressionProblems(spec)
  if (wrong.length > 0) return { problems: wrong }
  const concurrency = turnOf(spec, facts)
  if ('problems' in concurrency) return concurrency
  const built = build(spec, { main: main.order, last: last.order }, facts)
  if ('problems' in built) return built
  return {
    ...built,
    ...concurrency,
    ...(spec.finally !== undefined && {
      finallyMs: parseDuration(spec.finally.within ?? FINALLY_WITHIN) ?? 0,
    }),
  }
}

function cycleProblem(path: Path, cycle: readonly string[]): PlanProblem {
  const [first = ''] = cycle
  return {
    path: [...path, first, 'needs'],
    message: `These jobs wait for one another: ${[...cycle, first].join(' → ')}.`,
    remedy: 'Take one of these needs away.',
  }
}

function sizeProblems(spec: PipelineSpec): PlanProblem[] {
  const jobs = { ...spec.jobs, ...spec.finally?.jobs }
  const path = JOBS
  if (Object.keys(spec.jobs ?? {}).length === 0)
    return [{ path, message: 'The pipeline has no jobs.', remedy: 'Give it one, or a template.' }]
  const count = Object.values(jobs).reduce((all, job) => all + legCount(job), 0)
  if (count > JOBS_MAX)
    return [
      {
        path,
        message: `${count} jobs with all their legs; ${JOBS_MAX} at most.`,
        remedy: 'Join some of them, or make a matrix smaller.',
      },
    ]
  const edges = Object.values(jobs).reduce((all, job) => all + needCount(job, jobs), 0)
  if (edges > NEEDS_MAX)
    return [
      {
        path,
        message: `${edges} needs between all legs; ${NEEDS_MAX} at most.`,
        remedy:
          'Put one job between the two matrices: it needs the first, and the second needs it.',
      },
    ]
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

function needCount(job: JobManifest, jobs: Jobs): number {
  const needed = (job.needs ?? []).map((need) => {
    const other = Object.hasOwn(jobs, need) ? jobs[need] : undefined
    return other === undefined ? 0 : legCount(other)
  })
  return legCount(job) * needed.reduce((all, count) => all + count, 0)
}

function partProblems(path: Path, jobs: Jobs): PlanProblem[] {
  return Object.entries(jobs).flatMap(([name, job]) => [
    ...jobProblems([...path, name], name, job),
    ...needProblems([...path, name], name, job, jobs),
  ])
}

function finallyProblems({ jobs = {}, finally: last }: PipelineSpec): PlanProblem[] {
  return Object.entries(last?.jobs ?? {}).flatMap(([name, job]): PlanProblem[] => {
    const path = [...FINALLY, name]
    if (Object.hasOwn(jobs, name))
      return [{ path, message: `There is a job ${name} already.`, remedy: 'Name it otherwise.' }]
    if (job.uses === 'package')
      return [
        {
          path,
          message: `${name} packages when everything has ended.`,
          remedy: 'Package in jobs: finally runs after a failure too.',
        },
      ]
    return []
  })
}

function expressionProblems(spec: PipelineSpec): PlanProblem[] {
  const above = pipelinePlace(spec)
  const { group, cancelInProgress } = spec.concurrency ?? {}
  const turn = ['spec', 'concurrency']
  return [
    ...(group === undefined ? [] : textProblems([...turn, 'group'], group, above)),
    ...(typeof cancelInProgress === 'string'
      ? conditionProblems([...turn, 'cancelInProgress'], cancelInProgress, above)
      : []),
    ...Object.entries(spec.defaults?.env ?? {}).flatMap(([name, text]) =>
      textProblems(['spec', 'defaults', 'env', name], text, above),
    ),
    ...(spec.defaults?.image === undefined
      ? []
      : textProblems(['spec', 'defaults', 'image'], spec.defaults.image, above)),
    ...jobsProblems(spec, above),
  ]
}

function jobsProblems(spec: PipelineSpec, above: Place): PlanProblem[] {
  const { jobs = {} } = spec
  const last = spec.finally?.jobs ?? {}
  const others = Object.keys({ ...jobs, ...last })
  const check = (path: Path, all: Jobs, base: Jobs, isFinal: boolean) =>
    Object.entries(all).flatMap(([name, job]) => {
      // Who is before whom costs time; most jobs do not ask.
      const before = asksJobs(job) ? { ...base, ...ancestors(name, all) } : base
      const place = jobPlace(above, job, before, isFinal, asksJobs(job) ? others : [])
      return jobTextProblems([...path, name], job, place)
    })
  return [...check(JOBS, jobs, {}, false), ...check(FINALLY, last, jobs, true)]
}

const asksJobs = ({ if: condition, env, with: given, image, services }: JobManifest) =>
  JSON.stringify([condition, env, given, image, services]).includes('jobs')

function ancestors(name: string, jobs: Jobs): Jobs {
  const found: Record<string, JobManifest> = {}
  const open = [...(jobs[name]?.needs ?? [])]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const job = jobs[next]
    if (job === undefined || Object.hasOwn(found, next)) continue
    found[next] = job
    open.push(...(job.needs ?? []))
  }
  return found
}

/** The group whose turn a run takes; without facts nothing is filled in. */
function turnOf(
  { concurrency }: PipelineSpec,
  facts: RunFacts | undefined,
): Pick<Plan, 'concurrency'> | { readonly problems: readonly PlanProblem[] } {
  if (concurrency === undefined || facts === undefined) return {}
  const bindings = factBindings(facts)
  const { group, cancelInProgress = false } = concurrency
  const name = filled(group, bindings)
  const path = ['spec', 'concurrency', 'group']
  if ('problem' in name)
    return { problems: [{ path, message: name.problem, remedy: 'Correct the expression.' }] }
  if (typeof cancelInProgress === 'boolean')
    return { concurrency: { group: name.filled, cancelInProgress } }
  const read = readExpression(bare(cancelInProgress))
  const answer = 'expression' in read ? read.expression.answer(bindings) : { problem: '' }
  if ('problem' in answer) {
    const at = ['spec', 'concurrency', 'cancelInProgress']
    return { problems: [{ path: at, message: answer.problem, remedy: 'Correct the expression.' }] }
  }
  return { concurrency: { group: name.filled, cancelInProgress: answer.value === true } }
}
