/** Everything a pipeline can ask for, as the capability tables of the targets name it. */
import { type Expression, readExpression } from '../language/expressions/expression.ts'
import { holesOf, readText } from '../language/expressions/text.ts'
import { bare } from '../language/conditions.ts'
import { artifactsIn } from '../language/artifacts.ts'
import type { JobManifest, PipelineSpec } from '../language/manifest.ts'

export const FEATURES = {
  'on.push': 'a run for each push',
  'on.push.branches': 'only pushes to some branches',
  'on.push.paths': 'only pushes that touch some files',
  'on.pullRequest': 'a run for each pull request',
  'on.pullRequest.branches': 'only pull requests into some branches',
  'on.manual': 'a run that a person starts',
  'on.manual.inputs': 'what the person is asked for',
  concurrency: 'one run of a group at a time',
  'concurrency.cancelInProgress': 'a new run ends the one before',
  run: 'a shell line',
  package: 'the artifact of the service',
  needs: 'jobs in their order',
  if: 'a job that may be left out',
  'if.outcomes': 'a job that asks how others ended',
  env: 'variables',
  'env.expressions': 'variables that are filled in',
  secrets: 'secrets by reference',
  matrix: 'a job in several legs',
  'matrix.exclude': 'without some of the legs',
  'matrix.max': 'only so many legs at a time',
  shards: 'tests in equal parts',
  'shards.queue': 'tests handed out by time, or while shards ask',
  services: 'a database or the like beside a job',
  'services.run': 'a service that is a shell line',
  'services.ready': 'waiting until a service is ready',
  retry: 'again after a failure',
  'retry.on': 'again for some reasons alone',
  'retry.backoff': 'waiting before trying again',
  timeout: 'a limit of time',
  idle: 'a limit of silence',
  queue: 'a limit of waiting for a runner',
  grace: 'time between asking to stop and killing',
  'reports.junit': 'test results as JUnit XML',
  'reports.gotest': 'test results of go test -json',
  flaky: 'tests run again when some fail, or quarantined',
  artifacts: 'named files that are kept',
  'artifacts.retention': 'how long they are kept',
  inputs: 'not running again on the same inputs',
  'cache.scope': 'whose cache is read',
  outputs: 'files for the jobs that need this one',
  results: 'values for the jobs that need this one',
  'network.none': 'a job without network',
  resources: 'limits of processor and memory',
  effect: 'a job that changes the world: never done again by itself',
  image: 'a container image',
  labels: 'a choice of runner',
  check: 'the gate check that a job proves',
  mutates: 'a job that changes files it was handed',
  finally: 'jobs that run however the others ended',
  'finally.within': 'how long they may take together',
} as const
export type Feature = keyof typeof FEATURES

export interface Used {
  readonly feature: Feature
  /** Where in the document; begins with `spec`. */
  readonly path: readonly (string | number)[]
  readonly job?: string | undefined
}

type Path = readonly (string | number)[]

/** Of a pipeline whose template has been resolved. */
export function featuresOf(spec: PipelineSpec): readonly Used[] {
  const { on, concurrency, jobs = {}, finally: last } = spec
  const top: [Feature, Path, unknown][] = [
    ['on.push', ['on', 'push'], on?.push],
    ['on.push.branches', ['on', 'push', 'branches'], on?.push?.branches],
    ['on.push.paths', ['on', 'push', 'paths'], on?.push?.paths],
    ['on.pullRequest', ['on', 'pullRequest'], on?.pullRequest],
    ['on.pullRequest.branches', ['on', 'pullRequest', 'branches'], on?.pullRequest?.branches],
    ['on.manual', ['on', 'manual'], on?.manual],
    ['on.manual.inputs', ['on', 'manual', 'inputs'], filledOr(on?.manual?.inputs)],
    ['concurrency', ['concurrency'], concurrency],
    [
      'concurrency.cancelInProgress',
      ['concurrency', 'cancelInProgress'],
      concurrency?.cancelInProgress || undefined,
    ],
    ['finally', ['finally'], last],
    ['finally.within', ['finally', 'within'], last?.within],
  ]
  const own = (at: Path, all: Readonly<Record<string, JobManifest>>) =>
    Object.entries(all).flatMap(([name, job]) => ofJob([...at, name], name, job, spec.defaults))
  return [
    ...top.flatMap(([feature, path, value]) =>
      value === undefined ? [] : [{ feature, path: ['spec', ...path] }],
    ),
    ...own(['spec', 'jobs'], jobs),
    ...own(['spec', 'finally', 'jobs'], last?.jobs ?? {}),
  ]
}

const filledOr = (value: object | undefined) =>
  value === undefined || Object.keys(value).length === 0 ? undefined : value

type Defaults = NonNullable<PipelineSpec['defaults']>
type Say = (feature: Feature, value: unknown, ...at: string[]) => void

function ofJob(path: Path, job: string, written: JobManifest, above: Defaults = {}) {
  const found: Used[] = []
  const say = (feature: Feature, value: unknown, ...at: string[]) => {
    if (value !== undefined && value !== false) found.push({ feature, path: [...path, ...at], job })
  }
  sayDoing(say, written, above)
  sayLimits(say, written, above)
  sayKeeping(say, written)
  return found
}

function sayDoing(say: Say, written: JobManifest, above: Defaults): void {
  const { services = {}, matrix, shards } = written
  const env = { ...above.env, ...written.env }
  say('run', written.run, 'run')
  say('package', written.uses, 'uses')
  say('needs', written.needs?.[0], 'needs')
  say('if', written.if, 'if')
  say('if.outcomes', asksOutcomes(written.if) || undefined, 'if')
  say('env', filledOr(env), 'env')
  say('env.expressions', Object.values(env).some(isFilledIn) || undefined, 'env')
  say('secrets', filledOr(written.secrets), 'secrets')
  say('matrix', matrix, 'matrix')
  say('matrix.exclude', matrix?.exclude?.[0], 'matrix', 'exclude')
  say('matrix.max', matrix?.max, 'matrix', 'max')
  say('shards', shards, 'shards')
  const isNamed = shards?.files !== undefined
  const isHandedOut = isNamed || shards?.mode === 'queue' || shards?.by === 'timing'
  say('shards.queue', isHandedOut || undefined, 'shards')
  say('services', filledOr(services), 'services')
  const each = Object.values(services)
  say(
    'services.run',
    each.find(({ run }) => run !== undefined),
    'services',
  )
  say(
    'services.ready',
    each.find(({ ready }) => ready !== undefined),
    'services',
  )
  say('effect', written.effect, 'effect')
  say('image', written.image ?? above.image, 'image')
  say('labels', written.labels?.[0], 'labels')
}

function sayLimits(say: Say, written: JobManifest, above: Defaults): void {
  const retry = written.retry ?? (written.effect === undefined ? above.retry : undefined)
  const isRetried = retry !== undefined && retry.max > 0
  say('retry', isRetried || undefined, 'retry')
  say('retry.on', isRetried ? retry.on : undefined, 'retry', 'on')
  say('retry.backoff', isRetried ? retry.backoff : undefined, 'retry', 'backoff')
  say('timeout', written.timeout ?? above.timeout, 'timeout')
  say('idle', written.idle ?? above.idle, 'idle')
  say('queue', written.queue ?? above.queue, 'queue')
  say('grace', written.grace ?? above.grace, 'grace')
  const network = written.network ?? above.network
  say('network.none', network === 'none' ? network : undefined, 'network')
  say('resources', filledOr(written.resources), 'resources')
}

function sayKeeping(say: Say, written: JobManifest): void {
  const { reports } = written
  say('reports.junit', reports?.junit, 'reports', 'junit')
  say('reports.gotest', reports?.gotest, 'reports', 'gotest')
  say('flaky', filledOr(written.flaky), 'flaky')
  say('artifacts', filledOr(written.artifacts), 'artifacts')
  const kept = artifactsIn(written).find(({ retention }) => retention !== undefined)
  say('artifacts.retention', kept, 'artifacts')
  say('inputs', written.cache === false ? undefined : written.inputs?.[0], 'inputs')
  say('cache.scope', written.cache, 'cache')
  say('outputs', written.outputs?.[0], 'outputs')
  say('results', filledOr(written.results), 'results')
  say('check', written.check, 'check')
  say('mutates', written.mutates, 'mutates')
}

function isFilledIn(text: string): boolean {
  const read = readText(text)
  return 'text' in read && holesOf(read.text).length > 0
}

/** Whether a condition speaks of how others ended. */
export function asksOutcomes(condition: string | boolean | undefined): boolean {
  if (condition === undefined) return false
  const read = readExpression(bare(String(condition)))
  return 'expression' in read && speaksOfOthers(read.expression)
}

export const speaksOfOthers = ({ asks, roots }: Expression): boolean =>
  asks.size > 0 || roots.has('jobs') || roots.has('status')
