/** A pipeline of GitLab CI. */
import { CI_SCRIPT_PATH } from './ci-script.ts'
import type { JobReason } from '../events.ts'
import type { PlanProblem } from '../language/problem.ts'
import { effective } from './conditions/effective.ts'
import { allOf, type Condition, isAboutOthers } from './conditions/condition.ts'
import { asPattern, type Leaf, print, type Words } from './conditions/print.ts'
import { branchPattern } from './globs.ts'
import { type Generated, jobPath } from './generator.ts'
import type { Lowered, LoweredJob, Part, Trigger } from './lowered.ts'
import { LEG, plainEnv, reportOf, reportsTo, unfilledIn, wholeScript } from './steps.ts'
import { toYaml, type Yaml } from './yaml.ts'

const SOURCES = { push: 'push', pullRequest: 'merge_request_event', manual: 'web' } as const
const RETRIES_MAX = 2
const inputName = (name: string) => `SIGNALBOX_INPUT_${name}`
const axisName = (axis: string) => `SIGNALBOX_AXIS_${axis}`

export function gitlab(lowered: Lowered): Generated {
  const problems = problemsOf(lowered)
  if (problems.length > 0) return { problems }
  const { jobs } = lowered
  const pipeline: Yaml = {
    workflow: {
      name: lowered.name,
      rules: workflowRules(lowered),
      auto_cancel: cancels(lowered) ? { on_new_commit: 'interruptible' } : undefined,
    },
    stages: ['run'],
    variables: {
      LANG: 'C.UTF-8',
      SIGNALBOX_SERVICE: lowered.name,
      ...reportsTo(lowered),
      ...inputsOf(lowered),
    },
    default: cancels(lowered) ? { interruptible: true } : undefined,
    ...Object.fromEntries(jobs.map((job) => [jobName(job), jobOf(lowered, job)])),
  }
  return { files: [{ path: '.gitlab-ci.yml', text: toYaml(pipeline), comment: '#' }] }
}

/** Names that mean something at the top of the file. */
const TAKEN = new Set([
  ...['image', 'services', 'stages', 'types', 'before_script', 'after_script', 'variables'],
  ...['cache', 'include', 'default', 'workflow', 'pages', 'true', 'false', 'nil', 'spec'],
])
const jobName = ({ name }: Pick<LoweredJob, 'name'>) => (TAKEN.has(name) ? `job:${name}` : name)

const cancels = ({ concurrency }: Lowered) =>
  concurrency?.cancels.kind === 'constant' && concurrency.cancels.value

function problemsOf(lowered: Lowered): readonly PlanProblem[] {
  const { concurrency, jobs } = lowered
  const group = concurrency?.group.map(({ is }) => is).join()
  const isPerBranch = cancels(lowered) && (group === 'branch' || group === 'ref')
  const turn =
    concurrency === undefined || isPerBranch
      ? []
      : [
          {
            path: ['spec', 'concurrency'],
            message: 'GitLab knows only a new pipeline of a branch that ends the one before.',
            remedy: "Write group: '${{ branch }}' and cancelInProgress: true, or take it away.",
          },
        ]
  return [
    ...turn,
    ...jobs.flatMap((job) => [
      ...unfilledIn('GitLab', job, fillGitlab),
      ...conditionProblems(lowered, job),
      ...((job.retry?.max ?? 0) > RETRIES_MAX && !job.isShim
        ? [
            {
              path: [...jobPath(job), 'retry', 'max'],
              message: `GitLab tries a job again twice at most, not ${job.retry?.max} times.`,
              remedy: 'Write max: 2, or a backoff: then signalbox exec tries again.',
            },
          ]
        : []),
    ]),
  ]
}

function conditionProblems(lowered: Lowered, job: LoweredJob): PlanProblem[] {
  const { when, isFinal } = job
  if (when === undefined) return []
  const path = [...jobPath(job), 'if']
  if (isAboutOthers(when) && whenOf(job) === undefined)
    return [
      {
        path,
        message: 'GitLab can ask how others ended only by always() or failed(), and nothing else.',
        remedy: isFinal
          ? 'Write if: status == "failed", or leave it out.'
          : 'Write if: always() or if: failed(), and ask for the rest in another job.',
      },
    ]
  const asked = print(effective(lowered.jobs, job), WORDS)
  if (asked !== undefined || isAboutOthers(when)) return []
  return [
    { path, message: 'GitLab has no words for this condition.', remedy: 'Compare plain texts.' },
  ]
}

/** `always()` and `failed()`, perhaps with a condition about the run itself. */
function whenOf({ when, isFinal }: LoweredJob): { when: string; rest: Condition } | undefined {
  if (when === undefined) return undefined
  const parts = when.kind === 'and' ? when.of : [when]
  const others = parts.filter(isAboutOthers)
  const rest = allOf(...parts.filter((part) => !isAboutOthers(part)))
  const [only] = others
  if (others.length !== 1 || only === undefined) return undefined
  if (only.kind === 'asks') return { when: ASKED[only.what], rest }
  if (!isFinal || only.kind !== 'ended') return undefined
  if (only.as === 'failed') return { when: 'on_failure', rest }
  return only.as === 'succeeded' ? { when: 'on_success', rest } : undefined
}

const ASKED = { always: 'always', failed: 'on_failure', succeeded: 'on_success' } as const
const SUBJECTS = {
  branch: '$CI_COMMIT_REF_NAME',
  ref: '$CI_COMMIT_REF_NAME',
  sha: '$CI_COMMIT_SHA',
}

export const WORDS: Words = {
  and: ' && ',
  or: ' || ',
  // It has neither `true` nor `!`.
  constant: (value) => (value ? '"1" == "1"' : '"1" == "0"'),
  leaf: leafOf,
}

function leafOf(leaf: Leaf, isNegated: boolean): string | undefined {
  if (leaf.kind !== 'text') return undefined
  const { of, operator, text } = leaf
  const equal = isNegated ? '!=' : '=='
  if (of.is === 'event')
    return `$CI_PIPELINE_SOURCE ${equal} "${SOURCES[text as keyof typeof SOURCES] ?? 'never'}"`
  // A ref there has no refs/heads/ before its name.
  if (of.is === 'ref') return undefined
  const subject = of.is === 'input' ? `$${inputName(of.name)}` : SUBJECTS[of.is]
  if (operator !== '==') return `${subject} ${isNegated ? '!~' : '=~'} /${asPattern(leaf)}/`
  if (text.includes('"') || text.includes('\n')) return undefined
  return `${subject} ${equal} "${text}"`
}

function workflowRules({ push, pullRequest, isManual, directory }: Lowered): Yaml {
  const rule = (source: string, branch: string, trigger: Trigger): Yaml => ({
    if: [`$CI_PIPELINE_SOURCE == "${source}"`, ...onBranch(branch, trigger)].join(' && '),
    changes: trigger.paths?.map((path) => (directory === '.' ? path : `${directory}/${path}`)),
  })
  const event = (name: string, one: Yaml): Yaml => ({
    ...(one as Readonly<Record<string, Yaml>>),
    variables: { SIGNALBOX_EVENT: name },
  })
  return [
    ...(push === undefined ? [] : [event('push', rule('push', '$CI_COMMIT_BRANCH', push))]),
    ...(pullRequest === undefined
      ? []
      : [
          event(
            'pullRequest',
            rule('merge_request_event', '$CI_MERGE_REQUEST_TARGET_BRANCH_NAME', pullRequest),
          ),
        ]),
    ...(isManual ? [event('manual', rule('web', '', {}))] : []),
  ]
}

function onBranch(variable: string, { branches }: Trigger): string[] {
  if (variable === '') return []
  if (branches === undefined) return [variable]
  const wanted = branches.filter((one) => !one.startsWith('!'))
  const unwanted = branches.flatMap((one) => (one.startsWith('!') ? [one.slice(1)] : []))
  return [
    wanted.length > 0 ? `${variable} =~ /${branchPattern(wanted)}/` : variable,
    ...(unwanted.length > 0 ? [`${variable} !~ /${branchPattern(unwanted)}/`] : []),
  ]
}

function inputsOf({ inputs }: Lowered): Readonly<Record<string, Yaml>> {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, { type, options, default: given, description }]) => [
      inputName(name),
      {
        value: dollars(String(given ?? options?.[0] ?? (type === 'boolean' ? 'false' : ''))),
        description: description ?? name,
        options: type === 'boolean' ? ['true', 'false'] : options,
      },
    ]),
  )
}

/** In a variable a dollar begins the name of another one. */
const dollars = (text: string) => text.replaceAll('$', '$$$$')

export function fillGitlab(part: Exclude<Part, { is: 'text' }>): string | undefined {
  switch (part.is) {
    case 'branch':
      return '${CI_MERGE_REQUEST_IID:+pull/}${CI_MERGE_REQUEST_IID:-$CI_COMMIT_REF_NAME}'
    case 'sha':
      return '$CI_COMMIT_SHA'
    case 'event':
      return '$SIGNALBOX_EVENT'
    case 'input':
      return `$${inputName(part.name)}`
    case 'matrix':
      return `$${axisName(part.axis)}`
    case 'ref':
    case 'result':
      return undefined
  }
}

function jobOf(lowered: Lowered, job: LoweredJob): Yaml {
  const { isFinal, legs } = job
  const env = Object.entries(plainEnv(job)).map(([name, text]) => [name, dollars(text)])
  const secrets = Object.entries(job.secrets).flatMap(([variable, name]) =>
    variable === name ? [] : [[variable, `$${name}`]],
  )
  const values = Object.keys(job.axes).map((axis) => `$${axisName(axis)}`)
  const leg = legs.length > 0 ? [[LEG, values.join('-')]] : []
  return {
    stage: isFinal ? '.post' : 'run',
    ...waitsFor(lowered, job),
    rules: rulesOf(lowered, job),
    image: job.image,
    tags: job.labels.length > 0 ? job.labels : undefined,
    services: servicesOf(job),
    parallel: legs.length > 0 ? { matrix: legs.map(legOf) } : undefined,
    timeout: `${Math.max(1, Math.ceil(job.timeoutMs / 60_000))}m`,
    retry: retryOf(job),
    interruptible: job.isEffect ? false : undefined,
    variables: Object.fromEntries([...env, ...secrets, ...leg]) as Record<string, string>,
    cache: cacheOf(job),
    id_tokens:
      lowered.report === undefined
        ? undefined
        : { SIGNALBOX_ID_TOKEN: { aud: lowered.report.url } },
    script: wholeScript(lowered, job, fillGitlab),
    after_script: afterOf(lowered, job),
    artifacts: artifactsOf(lowered, job),
  }
}

/** It begins in the root of the repository, whatever the script did. */
function afterOf(lowered: Lowered, job: LoweredJob): Yaml | undefined {
  const lines = reportOf(lowered, job, '"$CI_JOB_STATUS"', CI_SCRIPT_PATH)
  return lines.length === 0 ? undefined : lines
}

/** What it unpacks is needed too, however far: only what is needed hands its files over. */
function waitsFor({ jobs }: Lowered, { isFinal, needs, restores, when }: LoweredJob) {
  if (isFinal && needs.length === 0)
    return { dependencies: restores.map((name) => jobName({ name })) }
  const mayBeAway = isFinal || (when !== undefined && isAboutOthers(when))
  const all = jobs.map(({ name }) => name).filter((name) => [...needs, ...restores].includes(name))
  return {
    needs: all.map((name) => ({
      job: jobName({ name }),
      artifacts: restores.includes(name),
      optional: mayBeAway ? true : undefined,
    })),
  }
}

const legOf = (leg: LoweredJob['legs'][number]): Yaml =>
  Object.fromEntries(Object.entries(leg).map(([axis, value]) => [axisName(axis), String(value)]))

function rulesOf({ jobs }: Lowered, job: LoweredJob): Yaml | undefined {
  const asked = whenOf(job)
  if (job.isFinal && job.when === undefined && job.needs.length === 0) return [{ when: 'always' }]
  if (asked !== undefined) {
    const condition = print(asked.rest, WORDS)
    const isOpen = asked.rest.kind !== 'constant'
    return [{ if: isOpen ? condition : undefined, when: asked.when }]
  }
  const whole = effective(jobs, job)
  if (whole.kind === 'constant' && whole.value) return undefined
  return [{ if: print(whole, WORDS) }]
}

function servicesOf({ services }: LoweredJob): Yaml | undefined {
  const all = Object.entries(services)
  if (all.length === 0) return undefined
  return all.map(([alias, { image, env }]) => ({
    name: image,
    alias,
    variables:
      Object.keys(env).length > 0
        ? Object.fromEntries(Object.entries(env).map(([name, value]) => [name, dollars(value)]))
        : undefined,
  }))
}

const REASONS: Partial<Readonly<Record<JobReason, readonly string[]>>> = {
  script: ['script_failure'],
  signal: ['script_failure'],
  oom: ['script_failure'],
  tests: ['script_failure'],
  'timeout.wall': ['job_execution_timeout'],
  'timeout.idle': ['job_execution_timeout'],
  'lost.runner': ['runner_system_failure', 'stuck_or_timeout_failure'],
  'infra.setup': ['runner_system_failure'],
  image_pull: ['runner_system_failure'],
  artifact: ['missing_dependency_failure', 'runner_system_failure'],
  cache: ['runner_system_failure'],
}

function retryOf({ retry, isEffect, isShim }: LoweredJob): Yaml | undefined {
  if (isEffect) return 0
  if (retry === undefined || isShim) return undefined
  const reasons = retry.on?.flatMap((reason) => REASONS[reason] ?? [])
  return { max: retry.max, when: reasons === undefined ? undefined : [...new Set(reasons)] }
}

function cacheOf(job: LoweredJob): Yaml | undefined {
  if (job.cached === undefined) return undefined
  const name = job.legs.length > 0 ? `${job.name}-$${LEG}` : job.name
  return {
    key: `${name}-$CI_COMMIT_REF_SLUG`,
    fallback_keys: job.cached.scope === 'branch' ? undefined : [`${name}-$CI_DEFAULT_BRANCH`],
    paths: ['.signalbox/cache/'],
  }
}

function artifactsOf(lowered: Lowered, job: LoweredJob): Yaml | undefined {
  const at = (path: string) => (lowered.directory === '.' ? path : `${lowered.directory}/${path}`)
  const isNeeded = job.isPackage || lowered.jobs.some((one) => one.restores.includes(job.name))
  const file = job.legs.length > 0 ? `${job.name}+*.tgz` : `${job.name}.tgz`
  const archive = isNeeded && job.keeps !== undefined ? [`.signalbox/out/${file}`] : []
  const named = job.artifacts.flatMap(({ paths }) => paths)
  const paths = [...archive, ...[...named, ...job.gotest].map(at)]
  if (paths.length === 0 && job.junit.length === 0) return undefined
  const days = Math.max(...job.artifacts.map(({ retentionDays = 0 }) => retentionDays), 0)
  const isShortLived = named.length === 0 && !job.isPackage
  return {
    when: 'always',
    paths: paths.length > 0 ? paths : undefined,
    expire_in: days > 0 ? `${days} days` : isShortLived ? '1 day' : undefined,
    reports: job.junit.length > 0 ? { junit: job.junit.map(at) } : undefined,
  }
}
