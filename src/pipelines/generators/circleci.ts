/** A configuration of CircleCI. */
import { CI_SCRIPT_PATH } from './ci-script.ts'
import type { InputManifest } from '../language/manifest.ts'
import type { PlanProblem } from '../language/problem.ts'
import { isAboutOthers, isAlways } from './conditions/condition.ts'
import { effective } from './conditions/effective.ts'
import { type Leaf, print, type Words } from './conditions/print.ts'
import { type Generated, jobPath } from './generator.ts'
import { branchPattern } from './globs.ts'
import type { Lowered, LoweredJob, Part, Trigger } from './lowered.ts'
import {
  asking,
  exporting,
  LEG,
  plainEnv,
  reportOf,
  reportsTo,
  unfilledIn,
  wholeScript,
} from './steps.ts'
import { toYaml, type Yaml } from './yaml.ts'

const EVENTS = {
  push: 'pipeline.event.name == "push"',
  pullRequest: 'pipeline.event.name == "pull_request"',
  manual: 'pipeline.trigger_source == "api"',
} as const
/** A machine of theirs, for jobs without an image. */
const MACHINE = 'ubuntu-2404:current'
const KEY = '.signalbox/out/key'

export function circleci(lowered: Lowered): Generated {
  const problems = lowered.jobs.flatMap((job) => problemsOf(lowered, job))
  if (problems.length > 0) return { problems }
  const { jobs, inputs, name } = lowered
  const config: Yaml = {
    version: 2.1,
    parameters: Object.keys(inputs).length > 0 ? parametersOf(inputs) : undefined,
    jobs: Object.fromEntries(jobs.map((job) => [job.name, jobOf(lowered, job)])),
    workflows: {
      [name]: {
        when: whenOf(lowered),
        jobs: jobs.map((job) => ({ [job.name]: orderOf(lowered, job) })),
      },
    },
  }
  return { files: [{ path: '.circleci/config.yml', text: toYaml(config), comment: '#' }] }
}

/** Two of these begin something of theirs, in every text of the file. */
const plain = (text: string) => text.replaceAll('<<', '\\<<')

function problemsOf(lowered: Lowered, job: LoweredJob): PlanProblem[] {
  const path = [...jobPath(job), 'if']
  const { when } = job
  const odd = unfilledIn('CircleCI', job, fillCircleci)
  if (when === undefined) return odd
  if (isAboutOthers(when) && !isAlways(when))
    return [
      ...odd,
      {
        path,
        message: 'CircleCI can ask how others ended only by always(), and nothing else.',
        remedy: 'Write if: always(), and ask for the rest inside run.',
      },
    ]
  if (print(effective(lowered.jobs, job), WORDS) !== undefined) return odd
  return [
    ...odd,
    {
      path,
      message: 'CircleCI compares texts by == and startsWith alone.',
      remedy: 'Say it by those two, or decide inside run.',
    },
  ]
}

export const WORDS: Words = {
  and: ' and ',
  or: ' or ',
  not: (inner) => `not (${inner})`,
  constant: (value) => (value ? '1 == 1' : '1 == 0'),
  leaf: leafOf,
}

function leafOf(leaf: Leaf, isNegated: boolean): string | undefined {
  if (leaf.kind !== 'text' || leaf.of.is === 'ref') return undefined
  const { of, operator, text } = leaf
  const not = (inner: string) => (isNegated ? `not (${inner})` : inner)
  if (of.is === 'event') return not(EVENTS[text as keyof typeof EVENTS] ?? '1 == 0')
  const subject =
    of.is === 'input'
      ? `pipeline.parameters.${of.name}`
      : of.is === 'branch'
        ? 'pipeline.git.branch'
        : 'pipeline.git.revision'
  if (/["\\\n<>]/.test(text)) return undefined
  const isText = of.is !== 'input' || of.type === 'text'
  const value = isText ? `"${text}"` : text
  if (operator === '==') return `${subject} ${isNegated ? '!=' : '=='} ${value}`
  return operator === 'startsWith' ? not(`${subject} starts-with ${value}`) : undefined
}

function whenOf({ push, pullRequest, isManual }: Lowered): Yaml {
  const name = '<< pipeline.event.name >>'
  const one = (event: Yaml, trigger: Trigger): Yaml => {
    const patterns = patternsOf(trigger)
    return patterns.length === 0 ? event : { and: [event, ...patterns] }
  }
  const any = [
    ...(push === undefined ? [] : [one({ equal: ['push', name] }, push)]),
    ...(pullRequest === undefined ? [] : [{ equal: ['pull_request', name] }]),
    ...(isManual ? [{ equal: ['api', '<< pipeline.trigger_source >>'] }] : []),
  ]
  return any.length === 1 ? (any[0] ?? true) : { or: any }
}

function patternsOf({ branches = [] }: Trigger): Yaml[] {
  const wanted = branches.filter((one) => !one.startsWith('!'))
  const unwanted = branches.flatMap((one) => (one.startsWith('!') ? [one.slice(1)] : []))
  const matches = (patterns: readonly string[]) => ({
    matches: { pattern: branchPattern(patterns), value: '<< pipeline.git.branch >>' },
  })
  return [
    ...(wanted.length > 0 ? [matches(wanted)] : []),
    ...(unwanted.length > 0 ? [{ not: matches(unwanted) }] : []),
  ]
}

function parametersOf(inputs: Readonly<Record<string, InputManifest>>): Yaml {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, { type, options, default: given, description }]) => {
      const about = { description: description === undefined ? undefined : plain(description) }
      if (type === 'choice')
        return [name, { ...about, type: 'enum', enum: options, default: given ?? options?.[0] }]
      if (type === 'boolean') return [name, { ...about, type, default: given ?? false }]
      if (type === 'number') return [name, { ...about, type: 'integer', default: given ?? 0 }]
      return [name, { ...about, type, default: plain(String(given ?? '')) }]
    }),
  )
}

export function fillCircleci(part: Exclude<Part, { is: 'text' }>): string | undefined {
  switch (part.is) {
    case 'branch':
      return '$CIRCLE_BRANCH'
    case 'sha':
      return '$CIRCLE_SHA1'
    case 'input':
      return `$SIGNALBOX_INPUT_${part.name}`
    case 'matrix':
      return `$SIGNALBOX_AXIS_${part.axis}`
    case 'event':
    case 'ref':
    case 'result':
      return undefined
  }
}

function jobOf(lowered: Lowered, job: LoweredJob): Yaml {
  const axes = Object.keys(job.axes)
  const parameter = (axis: string) => `<< parameters.${axis} >>`
  const filled = job.env.flatMap(({ parts }) => parts)
  const environment = {
    CI: 'true',
    LANG: 'C.UTF-8',
    SIGNALBOX_SERVICE: lowered.name,
    ...reportsTo(lowered),
    ...Object.fromEntries(Object.entries(plainEnv(job)).map(([name, text]) => [name, plain(text)])),
    ...Object.fromEntries(axes.map((axis) => [`SIGNALBOX_AXIS_${axis}`, parameter(axis)])),
    ...(axes.length > 0 && { [LEG]: axes.map(parameter).join('-') }),
    ...Object.fromEntries(
      filled.flatMap((part) =>
        part.is === 'input'
          ? [[`SIGNALBOX_INPUT_${part.name}`, `<< pipeline.parameters.${part.name} >>`]]
          : [],
      ),
    ),
  }
  return {
    parameters:
      axes.length > 0
        ? Object.fromEntries(axes.map((axis) => [axis, { type: 'string' }]))
        : undefined,
    ...(job.image === undefined
      ? { machine: { image: MACHINE } }
      : { docker: [{ image: plain(job.image) }, ...servicesOf(job)] }),
    shell: '/bin/sh -eu',
    environment,
    steps: stepsOf(lowered, job),
  }
}

function servicesOf({ services }: LoweredJob): Yaml[] {
  return Object.entries(services).map(([name, { image = '', env }]) => ({
    image: plain(image),
    name,
    environment: Object.fromEntries(Object.entries(env).map(([key, text]) => [key, plain(text)])),
  }))
}

function stepsOf(lowered: Lowered, job: LoweredJob): Yaml[] {
  const at = (path: string) => (lowered.directory === '.' ? path : `${lowered.directory}/${path}`)
  const isNeeded = job.isPackage || lowered.jobs.some((one) => one.restores.includes(job.name))
  const cache = cacheOf(lowered, job)
  const secrets = Object.entries(job.secrets).flatMap(([variable, name]) =>
    variable === name ? [] : [`export ${variable}="$${name}"`],
  )
  // Their longest job is an hour or five, by plan; this one has its own limit.
  const limit = `timeout -k 10 ${Math.ceil(job.timeoutMs / 1000)} `
  const [first = '', ...rest] = wholeScript(lowered, job, fillCircleci, limit)
  const lines = first.startsWith('cd ')
    ? [first, ...secrets, ...rest]
    : [...secrets, first, ...rest]
  const idle = job.idleMs === undefined ? undefined : `${Math.ceil(job.idleMs / 1000)}s`
  const archive = job.legs.length > 0 ? `${job.name}+*.tgz` : `${job.name}.tgz`
  return [
    'checkout',
    ...(job.restores.length > 0 ? [{ attach_workspace: { at: '.' } }] : []),
    ...cache.before,
    { run: { name: job.name, command: plain(`${lines.join('\n')}\n`), no_output_timeout: idle } },
    ...cache.after,
    ...(isNeeded && job.keeps !== undefined
      ? [{ persist_to_workspace: { root: '.', paths: [`.signalbox/out/${archive}`] } }]
      : []),
    ...job.junit.map((path) => ({ store_test_results: { path: at(folderOf(path)) } })),
    ...job.gotest.map((path) => ({ store_artifacts: { path: at(folderOf(path)) } })),
    ...(job.isPackage ? [{ store_artifacts: { path: `.signalbox/out/${job.name}.tgz` } }] : []),
    ...job.artifacts.flatMap(({ name, paths }) =>
      paths.map((path) => ({ store_artifacts: { path: at(folderOf(path)), destination: name } })),
    ),
    ...reporting(lowered, job),
  ]
}

/** No variable says how it ended, but two steps know. */
function reporting(lowered: Lowered, job: LoweredJob): Yaml[] {
  const ends = [
    ['on_success', 'success'],
    ['on_fail', 'failure'],
  ] as const
  return ends.flatMap(([when, outcome]) =>
    reportOf(lowered, job, outcome, CI_SCRIPT_PATH).map((command) => ({
      run: { name: `Report ${outcome}`, when, command: plain(command) },
    })),
  )
}

/** They take a file or a folder, and no glob. */
function folderOf(glob: string): string {
  const names = glob.split('/')
  const i = names.findIndex((name) => /[*?{]/.test(name))
  return i < 0 ? glob : names.slice(0, i).join('/') || '.'
}

function cacheOf(lowered: Lowered, job: LoweredJob): { before: Yaml[]; after: Yaml[] } {
  const key = asking(lowered, job, 'key')
  if (key === undefined || job.cached === undefined) return { before: [], after: [] }
  const leg = job.legs.length > 0 ? '-{{ .Environment.SIGNALBOX_LEG }}' : ''
  // Only the own branch is written, and no other writes what this one reads.
  const nameOf = (branch: string) =>
    `signalbox-${lowered.name}-${job.name}${leg}-${branch}-{{ checksum "${KEY}" }}`
  const name = nameOf('{{ .Branch }}')
  const keys = job.cached.scope === 'branch' ? [name] : [name, nameOf(lowered.branch)]
  const folder = lowered.directory === '.' ? [] : [`cd ${lowered.directory}`]
  const lines = [...folder, ...exporting(job, fillCircleci), key].map((line) => `  ${line}`)
  const command = ['mkdir -p .signalbox/out', '(', ...lines, `) >${KEY}`, ''].join('\n')
  return {
    before: [
      { run: { name: 'Digest of the inputs', command: plain(command) } },
      { restore_cache: { keys } },
    ],
    after: [{ save_cache: { key: name, paths: ['.signalbox/cache'] } }],
  }
}

function orderOf(lowered: Lowered, job: LoweredJob): Yaml {
  const main = lowered.jobs.filter(({ isFinal }) => !isFinal).map(({ name }) => name)
  const ended = (names: readonly string[]) => names.map((name) => ({ [name]: 'terminal' }))
  const requires: Yaml[] = job.isFinal
    ? [...ended(main), ...(isAlways(job.when) ? ended(job.needs) : job.needs)]
    : isAlways(job.when)
      ? ended(job.needs)
      : [...job.needs]
  const whole = effective(lowered.jobs, job)
  const isOpen = whole.kind !== 'constant' || !whole.value
  return {
    requires: requires.length > 0 ? requires : undefined,
    filters: isOpen ? print(whole, WORDS) : undefined,
    matrix:
      job.legs.length > 0
        ? {
            alias: job.name,
            parameters: Object.fromEntries(
              Object.entries(job.axes).map(([axis, values]) => [axis, values.map(String)]),
            ),
            exclude: job.excludes.length > 0 ? fullExcludes(job) : undefined,
          }
        : undefined,
  }
}

/** They exclude only legs that are named in full. */
function fullExcludes({ axes, excludes }: LoweredJob): Yaml {
  return excludes.flatMap((row) => {
    let all: readonly Readonly<Record<string, string>>[] = [{}]
    for (const [axis, values] of Object.entries(axes)) {
      const these = axis in row ? [row[axis] ?? ''] : values
      all = all.flatMap((one) => these.map((value) => ({ ...one, [axis]: String(value) })))
    }
    return all
  })
}
