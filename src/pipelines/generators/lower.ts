/**
 * From the pipeline as written to what every generator starts from: the template resolved, texts
 * taken apart, conditions read, limits in milliseconds. What no target of any kind could say is
 * refused here, with its place.
 */
import { parseDuration } from '#kernel/duration.ts'
import type { JobSpec, Scalar } from '../events.ts'
import { artifactsIn } from '../language/artifacts.ts'
import { orderOf } from '../language/graph.ts'
import { jobSpec } from '../language/job-spec.ts'
import { legsOf } from '../language/legs.ts'
import type { JobManifest, PipelineSpec } from '../language/manifest.ts'
import type { PlanProblem } from '../language/problem.ts'
import { axesOf } from '../language/scope.ts'
import { CAPABILITIES, type Target } from './targets.ts'
import { type Condition, constant, type Known } from './conditions/condition.ts'
import { readCondition } from './conditions/read.ts'
import { featuresOf } from './features.ts'
import { isPlain, patternOf } from './globs.ts'
import type { Cached, Lowered, LoweredArtifact, LoweredJob, Part } from './lowered.ts'
import { type Path, partsOf } from './parts.ts'

export interface Source {
  /** With its template resolved, and already found right by the planner. */
  readonly spec: PipelineSpec
  readonly known: Known
  readonly directory: string
  /** The branch of the service: without `on`, what is pushed there runs. */
  readonly branch: string
  /** For jobs that name none. */
  readonly image?: string | undefined
  /** The server that jobs report to; left out: they report to nobody. */
  readonly report?: string | undefined
  /** The digest of what a job is made of. */
  readonly digestOf: (value: unknown) => string
}

/** The axis that shards are. */
const SHARD = 'shard'
const DAY_MS = 24 * 60 * 60_000

export function lower(
  source: Source,
  target: Target,
): Lowered | { readonly problems: readonly PlanProblem[] } {
  const { spec, known, directory, branch } = source
  const problems: PlanProblem[] = []
  const lowering = new Lowering(source, target, problems)
  const { on } = spec
  const inputs = on?.manual?.inputs ?? {}
  const triggers =
    on === undefined
      ? { push: { branches: [branch] }, isManual: true }
      : {
          ...(on.push !== undefined && { push: on.push }),
          ...(on.pullRequest !== undefined && { pullRequest: on.pullRequest }),
          isManual: on.manual !== undefined,
        }
  const { concurrency } = spec
  const turn =
    concurrency === undefined
      ? {}
      : {
          concurrency: {
            group: lowering.parts(['spec', 'concurrency', 'group'], concurrency.group),
            cancels: lowering.condition(
              ['spec', 'concurrency', 'cancelInProgress'],
              concurrency.cancelInProgress ?? false,
            ),
          },
        }
  const jobs = lowering.jobs()
  if (problems.length > 0) return { problems }
  const reports = source.report === undefined ? {} : { report: { url: source.report } }
  return { name: known.service, directory, branch, ...triggers, inputs, ...turn, jobs, ...reports }
}

type Jobs = Readonly<Record<string, JobManifest>>

class Lowering {
  readonly #source: Source
  readonly #problems: PlanProblem[]
  readonly #shims: ReadonlySet<string>

  constructor(source: Source, target: Target, problems: PlanProblem[]) {
    this.#source = source
    this.#problems = problems
    this.#shims = new Set(
      featuresOf(source.spec).flatMap(({ feature, job = '' }) =>
        CAPABILITIES[target][feature].how === 'shim' ? [job] : [],
      ),
    )
  }

  parts(path: Path, text: string): readonly Part[] {
    const { known, spec } = this.#source
    const read = partsOf(path, text, { known, inputs: spec.on?.manual?.inputs ?? {} })
    if ('parts' in read) return read.parts
    this.#problems.push(...read.problems)
    return []
  }

  condition(path: Path, written: string | boolean): Condition {
    const { known, spec } = this.#source
    const hasPullRequests = spec.on?.pullRequest !== undefined
    const inputs = spec.on?.manual?.inputs ?? {}
    const read = readCondition(written, { known, inputs, hasPullRequests })
    if ('condition' in read) return read.condition
    const { what, offset } = read.cannot
    const message = `No CI system could be told ${what} in a condition.`
    const remedy =
      'Compare event, branch, ref or inputs with texts, by ==, !=, in, startsWith, endsWith or ' +
      'contains; or decide inside run.'
    this.#problems.push({ path, offset, message, remedy })
    return constant(false)
  }

  jobs(): readonly LoweredJob[] {
    const { spec } = this.#source
    const last = spec.finally?.jobs ?? {}
    const main = this.#part(['spec', 'jobs'], spec.jobs ?? {}, false)
    return [...main, ...this.#part(['spec', 'finally', 'jobs'], last, true)]
  }

  #part(path: Path, all: Jobs, isFinal: boolean): readonly LoweredJob[] {
    const sorted = orderOf(all)
    const order = 'order' in sorted ? sorted.order : []
    const before = isFinal ? Object.keys(this.#source.spec.jobs ?? {}) : []
    return order.map((name) =>
      this.#job([...path, name], name, all[name] ?? {}, {
        isFinal,
        above: [...before, ...ancestors(name, all, order)],
      }),
    )
  }

  #job(
    path: Path,
    name: string,
    written: JobManifest,
    { isFinal, above }: { readonly isFinal: boolean; readonly above: readonly string[] },
  ): LoweredJob {
    const { spec } = this.#source
    const job = jobSpec(name, written, spec.defaults)
    const everyone: Jobs = { ...spec.jobs, ...spec.finally?.jobs }
    const restores = above.filter((each) => travels(everyone[each] ?? {}))
    const env = this.#env(path, job, written)
    const within = isFinal ? (parseDuration(spec.finally?.within ?? '10m') ?? Infinity) : Infinity
    const variables = env.flatMap((one) => (one.parts.every(isText) ? [] : [one.name]))
    return {
      name,
      isFinal,
      needs: job.needs,
      restores,
      run: job.run,
      isShim: this.#shims.has(name),
      env,
      secrets: this.#secrets(path, written),
      ...this.#legs(name, written),
      ...(written.if !== undefined && { when: this.condition([...path, 'if'], written.if) }),
      cached: this.#cached(path, job, variables),
      ...this.#kept(path, job),
      isPackage: job.uses === 'package',
      image: job.image ?? this.#source.image,
      labels: job.labels ?? [],
      services: job.services ?? {},
      ...(job.retry !== undefined && {
        retry: { max: job.retry.max, on: (written.retry ?? spec.defaults?.retry)?.on },
      }),
      isEffect: job.effect !== undefined,
      timeoutMs: Math.min(job.timeoutMs, within),
      ...((written.idle ?? spec.defaults?.idle) !== undefined && { idleMs: job.idleMs }),
      junit: job.junit,
      gotest: job.gotest ?? [],
      artifacts: artifactsOf(written),
    }
  }

  #env(path: Path, job: JobSpec, written: JobManifest) {
    const own = Object.entries(job.env).map(([name, text]) => ({
      name,
      parts: this.parts([...path, 'env', name], text),
    }))
    const facts: [string, readonly Part[]][] = [['SIGNALBOX_JOB', [{ is: 'text', text: job.name }]]]
    if (written.shards !== undefined)
      facts.push(
        ['SIGNALBOX_SHARD_INDEX', [{ is: 'matrix', axis: SHARD }]],
        ['SIGNALBOX_SHARD_TOTAL', [{ is: 'text', text: String(written.shards.total) }]],
      )
    if (written.check !== undefined)
      facts.push(['SIGNALBOX_CHECK', [{ is: 'text', text: written.check }]])
    // What runs once for many commits is told of none of them.
    if (job.inputs.length === 0)
      facts.push(['SIGNALBOX_SHA', [{ is: 'sha' }]], ['SIGNALBOX_BRANCH', [{ is: 'branch' }]])
    return [...own, ...facts.map(([name, parts]) => ({ name, parts }))]
  }

  #secrets(path: Path, { secrets = {} }: JobManifest): Readonly<Record<string, string>> {
    const known: Record<string, string> = {}
    for (const [variable, reference] of Object.entries(secrets)) {
      const [, name] = /^env:([A-Za-z_]\w*)$/.exec(reference) ?? []
      if (name !== undefined) known[variable] = name
      else
        this.#problems.push({
          path: [...path, 'secrets', variable],
          message: `${reference} is not at hand in another CI system.`,
          remedy: 'Keep it there as a secret, and write env:NAME with its name.',
        })
    }
    return known
  }

  #legs(name: string, job: JobManifest) {
    const { shards, matrix } = job
    const axes = {
      ...axesOf(job),
      ...(shards !== undefined && {
        [SHARD]: Array.from({ length: shards.total }, (_, i) => i + 1),
      }),
    }
    const legs = legsOf(name, job).flatMap(({ leg }): Readonly<Record<string, Scalar>>[] =>
      leg === undefined
        ? []
        : [{ ...leg.matrix, ...(leg.shard !== undefined && { [SHARD]: leg.shard.index }) }],
    )
    return { axes, legs, excludes: matrix?.exclude ?? [], legsMax: matrix?.max }
  }

  #cached(path: Path, job: JobSpec, variables: readonly string[]): Cached | undefined {
    const scope = job.cache ?? 'branch-then-default'
    if (job.inputs.length === 0 || job.run === undefined || scope === 'none') return undefined
    const inputs = this.#pattern([...path, 'inputs'], job.inputs)
    const { run, env, image, outputs, results, salt } = job
    const id = this.#source
      .digestOf({ run, env, image, outputs, results, ...(salt !== undefined && { salt }) })
      .replace(/^sha256:/, '')
      .slice(0, 16)
    return { id, inputs, variables, scope }
  }

  #kept(path: Path, job: JobSpec): Pick<LoweredJob, 'keeps' | 'musts' | 'results'> {
    const { results = {} } = job
    const globs =
      job.uses === 'package'
        ? job.include
        : [
            ...job.outputs,
            ...(Object.keys(results).length > 0 ? [`.signalbox/results/${job.name}/**`] : []),
          ]
    const reports = job.inputs.length > 0 ? [...job.junit, ...(job.gotest ?? [])] : []
    const at = job.uses === 'package' ? ['with', 'include'] : ['outputs']
    const isCached = job.inputs.length > 0 && job.cache !== 'none'
    if (globs.length === 0 && !isCached) return { musts: [], results }
    const keeps = this.#pattern([...path, ...at], [...globs, ...reports])
    return { keeps, musts: job.outputs.filter(isPlain), results }
  }

  #pattern(path: Path, globs: readonly string[]): string {
    const pattern = patternOf(globs)
    if (pattern !== undefined) return pattern
    this.#problems.push({
      path,
      message: 'A glob that takes files away with ! has no counterpart there.',
      remedy: 'List what is wanted.',
    })
    return ''
  }
}

const isText = ({ is }: Part) => is === 'text'

/** Whether there is an archive that others unpack. */
function travels(job: JobManifest): boolean {
  return (job.outputs ?? []).length > 0 || Object.keys(job.results ?? {}).length > 0
}

function ancestors(name: string, jobs: Jobs, order: readonly string[]): readonly string[] {
  const found = new Set<string>()
  const open = [...(jobs[name]?.needs ?? [])]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (found.has(next)) continue
    found.add(next)
    open.push(...(jobs[next]?.needs ?? []))
  }
  return order.filter((each) => found.has(each))
}

function artifactsOf(job: JobManifest): readonly LoweredArtifact[] {
  return artifactsIn(job).map(({ name, paths, retention }) => ({
    name,
    paths,
    ...(retention !== undefined && {
      retentionDays: Math.max(1, Math.ceil((parseDuration(retention) ?? 0) / DAY_MS)),
    }),
  }))
}
