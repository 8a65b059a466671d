/** What expressions can speak of, as types: known from the document alone. */
import type { Scalar } from '../events.ts'
import { STATUS_MARK } from './expressions/expression.ts'
import type { Scope } from './expressions/names.ts'
import { BOOL, NUMBER, object, oneOf, STRING, type Type, typeOfValue } from './expressions/types.ts'
import type { InputManifest, JobManifest, PipelineSpec } from './manifest.ts'

export const EVENTS = ['push', 'pullRequest', 'manual'] as const
export const STATUSES = ['succeeded', 'failed', 'cancelled'] as const
/** Of a job, or of all legs of one together. */
export const OUTCOMES = ['succeeded', 'failed', 'cancelled', 'skipped'] as const

export interface Place {
  readonly scope: Scope
  /** Why a name cannot be said here that can be said elsewhere. */
  readonly absent: Readonly<Record<string, string>>
}

type Jobs = Readonly<Record<string, JobManifest>>

/** Where nothing of the run is known but what began it: concurrency. */
export function pipelinePlace(spec: PipelineSpec): Place {
  const scope = {
    event: oneOf(...EVENTS),
    branch: STRING,
    ref: STRING,
    sha: STRING,
    service: STRING,
    tier: NUMBER,
    inputs: object(mapped(spec.on?.manual?.inputs ?? {}, typeOfInput)),
    vars: object(mapped(spec.vars ?? {}, typeOfValue)),
  }
  const late = 'It is known once jobs have run; only jobs and finally can ask.'
  const absent = { matrix: 'It is known inside a job with a matrix.', jobs: late, status: late }
  return { scope, absent: { ...absent, ...withoutNeeds('Only jobs can ask about jobs.') } }
}

/** Of one job: its legs, and the jobs that have ended for certain before it begins. */
export function jobPlace(
  above: Place,
  job: JobManifest,
  before: Jobs,
  isFinal: boolean,
  others: readonly string[],
): Place {
  const axes = axesOf(job)
  const scope: Record<string, Type> = {
    ...above.scope,
    jobs: object(mapped(before, (each) => jobType(each))),
    ...(Object.keys(axes).length > 0 && { matrix: object(mapped(axes, typeOfAxis)) }),
    ...(isFinal && { status: oneOf(...STATUSES) }),
  }
  const unasked = others
    .filter((name) => !Object.hasOwn(before, name))
    .map((name) => [`jobs.${name}`, `Nothing waits for it here: add ${name} to needs.`])
  const sharded = Object.entries(before)
    .filter(([, each]) => isMany(each))
    .map(([name]) => [`jobs.${name}.results`, `${name} has several legs, each with its own.`])
  const hasNeeds = (job.needs ?? []).length > 0
  return {
    scope,
    absent: {
      matrix: 'This job has no matrix.',
      status: 'It is known in finally; here ask the jobs that are needed.',
      ...(isFinal && !hasNeeds ? withoutNeeds('In finally ask status == "failed".') : {}),
      ...(Object.fromEntries([...unasked, ...sharded]) as Record<string, string>),
    },
  }
}

export function axesOf({ matrix }: JobManifest): Readonly<Record<string, readonly Scalar[]>> {
  const { exclude: _, max: __, ...axes } = matrix ?? {}
  return axes
}

const isMany = (job: JobManifest) =>
  Object.keys(axesOf(job)).length > 0 || (job.shards?.total ?? 1) > 1

function jobType(job: JobManifest): Type {
  const outcome = oneOf(...OUTCOMES)
  if (isMany(job)) return object({ outcome })
  return object({ outcome, results: object(mapped(job.results ?? {}, () => STRING)) })
}

function typeOfInput({ type, options }: InputManifest): Type {
  switch (type) {
    case 'string':
      return STRING
    case 'boolean':
      return BOOL
    case 'number':
      return NUMBER
    case 'choice':
      return options === undefined ? STRING : oneOf(...options)
  }
}

function typeOfAxis(values: readonly Scalar[]): Type {
  const kinds = new Set(values.map((value) => typeof value))
  if (kinds.size > 1) return { kind: 'any' }
  return kinds.has('string') ? oneOf(...values.map(String)) : typeOfValue(values[0] ?? '')
}

function withoutNeeds(why: string): Readonly<Record<string, string>> {
  return { [`${STATUS_MARK}succeeded`]: why, [`${STATUS_MARK}failed`]: why }
}

function mapped<T, R>(record: Readonly<Record<string, T>>, to: (value: T) => R): Record<string, R> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, to(value)]))
}
