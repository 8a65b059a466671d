/** A checked pipeline as the jobs of one run: every leg of its own, every text filled in. */
import type { JobService, JobSpec, RunFacts, TurnOf } from '../events.ts'
import { factBindings, filled, matrixBindings } from './bindings.ts'
import { isLate, type Path } from './check-texts.ts'
import type { Bindings } from './expressions/expression.ts'
import { hasExpression } from './expressions/text.ts'
import { jobSpec } from './job-spec.ts'
import { type Leg, legsOf } from './legs.ts'
import type { JobManifest, PipelineSpec } from './manifest.ts'
import type { PlanProblem } from './problem.ts'

export interface Plan {
  /** In an order in which each stands behind what it needs; those of finally are the last. */
  readonly jobs: readonly JobSpec[]
  readonly concurrency?: TurnOf | undefined
  /** How long finally may take. */
  readonly finallyMs?: number | undefined
}

interface Order {
  readonly main: readonly string[]
  readonly last: readonly string[]
}

export function build(
  spec: PipelineSpec,
  order: Order,
  facts: RunFacts | undefined,
): Plan | { readonly problems: readonly PlanProblem[] } {
  const problems: PlanProblem[] = []
  const bindings = facts === undefined ? undefined : factBindings(facts)
  const part = (names: readonly string[], all: Readonly<Record<string, JobManifest>>) => {
    const legs = new Map(names.map((name) => [name, legsOf(name, all[name] ?? {})]))
    const isFinal = all !== spec.jobs
    return names.flatMap((name) => {
      const job = all[name] ?? {}
      const path = isFinal ? ['spec', 'finally', 'jobs', name] : ['spec', 'jobs', name]
      const needs = (job.needs ?? []).flatMap((need) => (legs.get(need) ?? []).map(nameOf))
      const written = { ...jobSpec(name, job, spec.defaults), needs }
      return (legs.get(name) ?? []).map((leg): JobSpec => {
        const own = { ...written, ...leg, ...(isFinal && { isFinal: true as const }) }
        const sharded = { ...own, env: { ...own.env, ...shardEnv(leg) } }
        if (bindings === undefined) return sharded
        return fillJob(path, sharded, { ...bindings, ...matrixBindings(leg.leg?.matrix) }, problems)
      })
    })
  }
  const jobs = [...part(order.main, spec.jobs ?? {}), ...part(order.last, spec.finally?.jobs ?? {})]
  return problems.length > 0 ? { problems } : { jobs }
}

const nameOf = ({ name }: Leg) => name

/** What most test tools take: which part of how many. */
function shardEnv({ leg }: Leg): Record<string, string> {
  if (leg?.shard === undefined) return {}
  const { index, total } = leg.shard
  return { SIGNALBOX_SHARD_INDEX: String(index), SIGNALBOX_SHARD_TOTAL: String(total) }
}

function fillJob(path: Path, job: JobSpec, bindings: Bindings, problems: PlanProblem[]): JobSpec {
  const put = (text: string, at: Path): string => {
    if (!hasExpression(text)) return text
    const answer = filled(text, bindings)
    if ('filled' in answer) return answer.filled
    problems.push({ path: at, message: answer.problem, remedy: 'Correct the expression.' })
    return text
  }
  const late = Object.entries(job.env).filter(([, text]) => isLate(text))
  const now = Object.entries(job.env).filter(([, text]) => !isLate(text))
  const env = Object.fromEntries(
    now.map(([name, text]) => [name, put(text, [...path, 'env', name])]),
  )
  const include = job.include.map((glob) => put(glob, [...path, 'with', 'include']))
  return {
    ...job,
    env,
    include,
    ...(late.length > 0 && { envLater: Object.fromEntries(late) }),
    ...(job.image !== undefined && { image: put(job.image, [...path, 'image']) }),
    ...(job.services !== undefined && {
      services: Object.fromEntries(
        Object.entries(job.services).map(([name, service]) => [
          name,
          fillService(service, (text) => put(text, [...path, 'services', name])),
        ]),
      ),
    }),
  }
}

function fillService(service: JobService, put: (text: string) => string): JobService {
  const env = Object.entries(service.env).map(([name, text]) => [name, put(text)])
  return {
    ...service,
    env: Object.fromEntries(env) as Record<string, string>,
    ...(service.image !== undefined && { image: put(service.image) }),
  }
}
