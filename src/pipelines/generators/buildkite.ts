/** A pipeline of Buildkite. */
import { CI_SCRIPT_PATH } from './ci-script.ts'
import type { PlanProblem } from '../language/problem.ts'
import { allOf, isAboutOthers, isAlways, leavesOf } from './conditions/condition.ts'
import { effective } from './conditions/effective.ts'
import { asPattern, type Leaf, print, type Words } from './conditions/print.ts'
import { type Generated, jobPath } from './generator.ts'
import { branchPattern } from './globs.ts'
import type { Lowered, LoweredJob, Part, Trigger } from './lowered.ts'
import { legSlug } from './lowered.ts'
import { escaped, quoted } from './shell.ts'
import { LEG, plainEnv, reportOf, reportsTo, unfilledIn, wholeScript } from './steps.ts'
import { toYaml, type Yaml } from './yaml.ts'

const EVENTS = {
  push: '(build.source == "webhook" && build.pull_request.id == null)',
  pullRequest: '(build.source == "webhook" && build.pull_request.id != null)',
  manual: '(build.source == "ui" || build.source == "api")',
} as const
const DOCKER = 'docker#v5.13.0'
/** The branch of a pull request is not what its author calls it. */
const BRANCH =
  'if [ "$BUILDKITE_PULL_REQUEST" = false ]; then echo "$BUILDKITE_BRANCH"; ' +
  'else echo "pull/$BUILDKITE_PULL_REQUEST"; fi'
/** The step that asks a person. */
const INPUTS = 'inputs'

export function buildkite(lowered: Lowered): Generated {
  const problems = lowered.jobs.flatMap((job) => problemsOf(lowered, job))
  if (problems.length > 0) return { problems }
  const pipeline: Yaml = {
    env: { CI: 'true', LANG: 'C.UTF-8', SIGNALBOX_SERVICE: lowered.name, ...reportsTo(lowered) },
    steps: [
      ...(Object.keys(lowered.inputs).length > 0 ? [inputStep(lowered)] : []),
      ...lowered.jobs.map((job) => jobOf(lowered, job)),
    ],
  }
  const text = toYaml(dollars(pipeline))
  return { files: [{ path: '.buildkite/pipeline.yml', text, comment: '#' }] }
}

/**
 * A file is filled in when it is uploaded, before it is read: a branch named after a piece of YAML
 * would be YAML. Doubled, a dollar is only a dollar, and the shell fills in what it stands for.
 */
function dollars(value: Yaml): Yaml {
  if (typeof value === 'string') return value.replaceAll('$', '$$$$')
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(dollars)
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [key, one === undefined ? one : dollars(one)]),
  )
}

function problemsOf(lowered: Lowered, job: LoweredJob): PlanProblem[] {
  const { when } = job
  const path = [...jobPath(job), 'if']
  const odd = unfilledIn('Buildkite', job, (part) => fillBuildkite(part, job.legs[0]))
  if (when === undefined) return odd
  if (isAboutOthers(when) && !isAlways(when))
    return [
      ...odd,
      {
        path,
        message: 'Buildkite can ask how others ended only by always(), and nothing else.',
        remedy: 'Write if: always(), and ask for the rest inside run.',
      },
    ]
  if (print(effective(lowered.jobs, job), WORDS) !== undefined) return odd
  const asksInput = leavesOf(when).some((leaf) => leaf.kind === 'text' && leaf.of.is === 'input')
  return [
    ...odd,
    {
      path,
      message: asksInput
        ? 'Buildkite decides which steps there are before anybody was asked for inputs.'
        : 'Buildkite has no words for this condition.',
      remedy: 'Decide inside run, with the input in a variable.',
    },
  ]
}

export const WORDS: Words = {
  and: ' && ',
  or: ' || ',
  not: (inner) => `!(${inner})`,
  constant: String,
  leaf: leafOf,
}

function leafOf(leaf: Leaf, isNegated: boolean): string | undefined {
  if (leaf.kind !== 'text') return undefined
  const { of, operator, text } = leaf
  if (of.is === 'event') {
    const asked = EVENTS[text as keyof typeof EVENTS] ?? 'false'
    return isNegated ? `!${asked}` : asked
  }
  if (of.is !== 'branch' && of.is !== 'sha') return undefined
  const subject = of.is === 'branch' ? 'build.branch' : 'build.commit'
  if (operator !== '==') return `${subject} ${isNegated ? '!~' : '=~'} /${asPattern(leaf)}/`
  return /["\\\n]/.test(text) ? undefined : `${subject} ${isNegated ? '!=' : '=='} "${text}"`
}

/** Which events are meant is a setting there as well; the file holds to its own. */
function triggered({ push, pullRequest, isManual }: Lowered): string {
  const one = (event: string, branch: string, { branches = [] }: Trigger) => {
    const wanted = branches.filter((each) => !each.startsWith('!'))
    const unwanted = branches.flatMap((each) => (each.startsWith('!') ? [each.slice(1)] : []))
    return [
      event,
      ...(wanted.length > 0 ? [`${branch} =~ /${branchPattern(wanted)}/`] : []),
      ...(unwanted.length > 0 ? [`${branch} !~ /${branchPattern(unwanted)}/`] : []),
    ].join(' && ')
  }
  const any = [
    ...(push === undefined ? [] : [one(EVENTS.push, 'build.branch', push)]),
    ...(pullRequest === undefined
      ? []
      : [one(EVENTS.pullRequest, 'build.pull_request.base_branch', pullRequest)]),
    ...(isManual ? [EVENTS.manual] : []),
  ]
  return any.length === 1 ? (any[0] ?? '') : any.map((each) => `(${each})`).join(' || ')
}

export function fillBuildkite(
  part: Exclude<Part, { is: 'text' }>,
  leg: LoweredJob['legs'][number] | undefined,
): string | undefined {
  switch (part.is) {
    case 'branch':
      return `$(${BRANCH})`
    case 'sha':
      return '$BUILDKITE_COMMIT'
    case 'input': {
      const otherwise = quoted(String(part.otherwise) || "''")
      return `$(buildkite-agent meta-data get ${part.name} --default ${otherwise})`
    }
    case 'matrix':
      return leg === undefined ? undefined : escaped(String(leg[part.axis] ?? ''))
    case 'event':
    case 'ref':
    case 'result':
      return undefined
  }
}

function inputStep(lowered: Lowered): Yaml {
  return {
    input: 'What is asked',
    key: INPUTS,
    if: EVENTS.manual,
    fields: Object.entries(lowered.inputs).map(
      ([name, { type, options, default: given, description, required }]): Yaml => {
        const choices = type === 'boolean' ? ['true', 'false'] : options
        const about = { key: name, hint: description, required: required ?? false }
        const value = given === undefined ? undefined : String(given)
        if (choices === undefined) return { text: name, ...about, default: value }
        return {
          select: name,
          ...about,
          default: value,
          options: choices.map((choice) => ({ label: choice, value: choice })),
        }
      },
    ),
  }
}

function jobOf(lowered: Lowered, job: LoweredJob): Yaml {
  if (job.legs.length === 0) return stepOf(lowered, job, undefined)
  return {
    group: job.name,
    key: job.name,
    steps: job.legs.map((leg) => stepOf(lowered, job, leg)),
  }
}

function stepOf(
  lowered: Lowered,
  job: LoweredJob,
  leg: LoweredJob['legs'][number] | undefined,
): Yaml {
  const { name, retry, isEffect, isShim, image } = job
  const number = leg === undefined ? '' : `-${job.legs.indexOf(leg) + 1}`
  const isNeeded = job.isPackage || lowered.jobs.some((one) => one.restores.includes(name))
  const at = (path: string) => (lowered.directory === '.' ? path : `${lowered.directory}/${path}`)
  const archive = leg === undefined ? `${name}.tgz` : `${name}+*.tgz`
  const kept = [...job.junit, ...job.gotest, ...job.artifacts.flatMap(({ paths }) => paths)]
  const paths = [
    ...(isNeeded && job.keeps !== undefined ? [`.signalbox/out/${archive}`] : []),
    ...kept.map(at),
  ]
  const again = retry !== undefined && !isShim && !isEffect
  return {
    label: leg === undefined ? name : `${name} ${legSlug(leg)}`,
    key: `${name}${number}`,
    if: conditionOf(lowered, job),
    depends_on: dependsOn(lowered, job),
    command: commandOf(lowered, job, leg),
    env: {
      ...plainEnv(job),
      ...(leg !== undefined && { [LEG]: legSlug(leg) }),
    },
    agents: job.labels.length > 0 ? job.labels.map((label) => `${label}=true`) : undefined,
    timeout_in_minutes: Math.max(1, Math.ceil(job.timeoutMs / 60_000)),
    retry: { automatic: again ? [{ exit_status: '*', limit: retry.max }] : false },
    concurrency: job.legsMax,
    concurrency_group: job.legsMax === undefined ? undefined : `${lowered.name}/${name}`,
    artifact_paths: paths.length > 0 ? paths : undefined,
    plugins:
      image === undefined
        ? undefined
        : [
            {
              [DOCKER]: { image, 'mount-buildkite-agent': true, 'propagate-environment': true },
            },
          ],
  }
}

function conditionOf(lowered: Lowered, job: LoweredJob): string {
  const whole = effective(lowered.jobs, job)
  const event = triggered(lowered)
  if (whole.kind === 'constant' && whole.value) return event
  const own = print(allOf(whole), WORDS) ?? 'false'
  return `(${event}) && (${own})`
}

function dependsOn(lowered: Lowered, job: LoweredJob): Yaml | undefined {
  const main = lowered.jobs.filter(({ isFinal }) => !isFinal).map(({ name }) => name)
  const whatever = (names: readonly string[]) =>
    names.map((step) => ({ step, allow_failure: true }))
  const asked = Object.keys(lowered.inputs).length > 0 ? [INPUTS] : []
  const needs = isAlways(job.when) ? whatever(job.needs) : job.needs
  const all: Yaml[] = [...asked, ...(job.isFinal ? whatever(main) : []), ...needs]
  return all.length > 0 ? all : undefined
}

function commandOf(
  lowered: Lowered,
  job: LoweredJob,
  leg: LoweredJob['legs'][number] | undefined,
): string {
  const download = job.restores.map((name) => {
    const hasLegs = (lowered.jobs.find((one) => one.name === name)?.legs.length ?? 0) > 0
    const pattern = quoted(`.signalbox/out/${name}${hasLegs ? '+*' : ''}.tgz`)
    const maybe = job.isFinal || isAlways(job.when) ? ' || true' : ''
    return `buildkite-agent artifact download ${pattern} .${maybe}`
  })
  const secrets = Object.entries(job.secrets).map(
    ([variable, name]) => `export ${variable}="$(buildkite-agent secret get ${name})"`,
  )
  const cache =
    job.cached === undefined
      ? []
      : [`export SIGNALBOX_CACHE="$HOME/.cache/signalbox/${lowered.name}/$(${BRANCH})"`]
  const lines = wholeScript(lowered, job, (part) => fillBuildkite(part, leg))
  // Whatever ends the script, and wherever it was then.
  const end = reportOf(lowered, job, '"$code"', `"$here/${CI_SCRIPT_PATH}"`).map(quoted)
  const report = end.flatMap((line) => [
    'here=$PWD',
    `trap 'code=$?; '${line}'; exit "$code"' EXIT`,
  ])
  return `${['set -eu', ...report, ...download, ...secrets, ...cache, ...lines].join('\n')}\n`
}
