/**
 * A Jenkinsfile. Jobs stand in levels, each level in parallel. Left alone, Jenkins leaves out
 * everything behind a failure; so a failure is caught and written down by name, and each stage asks
 * for those it needs.
 */
import type { PlanProblem } from '../../language/problem.ts'
import { type Generated, jobPath } from '../generator.ts'
import { legSlug, type Lowered, type LoweredJob } from '../lowered.ts'
import { unfilledIn } from '../steps.ts'
import { conditionOf, triggered, whenOf } from './conditions.ts'
import { around, groovy, indented, inputName, keysOf, type Legs } from './groovy.ts'
import { body, fillJenkins } from './stage.ts'

export function jenkins(lowered: Lowered): Generated {
  const problems = problemsOf(lowered)
  if (problems.length > 0) return { problems }
  const text = [
    ...PRELUDE,
    '',
    'boolean isWanted() {',
    `  return ${triggered(lowered)}`,
    '}',
    '',
    'pipeline {',
    '  agent none',
    ...optionsOf(lowered),
    ...parametersOf(lowered),
    '  stages {',
    ...levelsOf(lowered).flatMap((level, i) => levelOf(lowered, level, i)),
    '  }',
    ...finallyOf(lowered),
    '}',
    '',
  ].join('\n')
  return { files: [{ path: 'Jenkinsfile', text, comment: '//' }] }
}

const PRELUDE = [
  '// How each job ended, by its name; a job that is not here was left out.',
  '@groovy.transform.Field Map outcomes = [:]',
  '',
  '@NonCPS',
  'String endOf(List<String> legs) {',
  '  def ends = legs.collect { outcomes[it] ?: "skipped" }',
  '  return ["failed", "cancelled", "skipped"].find { ends.contains(it) } ?: "succeeded"',
  '}',
  '',
  'String eventOf() {',
  '  if (env.CHANGE_ID) return "pullRequest"',
  "  def byHand = currentBuild.getBuildCauses('hudson.model.Cause$UserIdCause')",
  '  return byHand.isEmpty() ? "push" : "manual"',
  '}',
  '',
  'String branchOf() {',
  '  return env.CHANGE_ID ? "pull/" + env.CHANGE_ID : (env.BRANCH_NAME ?: "")',
  '}',
]

function problemsOf(lowered: Lowered): PlanProblem[] {
  const { concurrency, jobs } = lowered
  const group = concurrency?.group.map(({ is }) => is).join()
  const isPerBranch =
    concurrency === undefined ||
    ((group === 'branch' || group === 'ref') && concurrency.cancels.kind === 'constant')
  return [
    ...(isPerBranch
      ? []
      : [
          {
            path: ['spec', 'concurrency'],
            message: 'Jenkins knows only builds of one branch that wait for one another.',
            remedy: "Write group: '${{ branch }}' and cancelInProgress: true or false.",
          },
        ]),
    ...jobs.flatMap((job) => [
      ...unfilledIn('Jenkins', job, (part) => fillJenkins(part, job.legs[0])),
      ...(job.when !== undefined && conditionOf(lowered, job, job.when) === undefined
        ? [
            {
              path: [...jobPath(job), 'if'],
              message: 'Jenkins has no words for this condition.',
              remedy: 'Compare plain texts.',
            },
          ]
        : []),
    ]),
  ]
}

function optionsOf({ concurrency }: Lowered): string[] {
  const cancels = concurrency?.cancels
  const aborts = cancels?.kind === 'constant' && cancels.value
  return [
    '  options {',
    '    skipDefaultCheckout()',
    ...(concurrency === undefined ? [] : [`    disableConcurrentBuilds(abortPrevious: ${aborts})`]),
    '  }',
  ]
}

function parametersOf({ inputs }: Lowered): string[] {
  const all = Object.entries(inputs)
  if (all.length === 0) return []
  const lines = all.map(([name, { type, options = [], default: given, description = '' }]) => {
    const about = `name: ${groovy(inputName(name))}, description: ${groovy(description || name)}`
    if (type === 'boolean') return `booleanParam(${about}, defaultValue: ${given === true})`
    if (type !== 'choice') {
      const value = groovy(String(given ?? (type === 'number' ? 0 : '')))
      return `string(${about}, defaultValue: ${value})`
    }
    // The first is what is chosen when nobody chooses.
    const first = given === undefined ? [] : [String(given)]
    const choices = [...new Set([...first, ...options])].map(groovy).join(', ')
    return `choice(${about}, choices: [${choices}])`
  })
  return ['  parameters {', ...lines.map((line) => `    ${line}`), '  }']
}

/** Each job one level behind the last of those it needs. */
export function levelsOf({ jobs }: Lowered): readonly (readonly LoweredJob[])[] {
  const level = new Map<string, number>()
  const levels: LoweredJob[][] = []
  for (const job of jobs.filter(({ isFinal }) => !isFinal)) {
    const at = Math.max(-1, ...job.needs.map((need) => level.get(need) ?? -1)) + 1
    level.set(job.name, at)
    const here = levels[at] ?? []
    here.push(job)
    levels[at] = here
  }
  return levels
}

function levelOf(lowered: Lowered, level: readonly LoweredJob[], i: number): string[] {
  const stages = level.flatMap((job) =>
    job.legs.length === 0
      ? stageOf(lowered, job, undefined, job.name)
      : job.legs.flatMap((leg, at) => stageOf(lowered, job, leg, keysOf(job)[at] ?? '')),
  )
  return [
    `    stage('level ${i + 1}') {`,
    '      parallel {',
    ...indented(stages, 8),
    '      }',
    '    }',
  ]
}

function stageOf(lowered: Lowered, job: LoweredJob, leg: Legs | undefined, key: string): string[] {
  return [
    `stage(${groovy(leg === undefined ? job.name : `${job.name} ${legSlug(leg)}`)}) {`,
    `  when { beforeAgent true; expression { ${whenOf(lowered, job)} } }`,
    `  agent ${agentOf(job)}`,
    '  steps {',
    '    script {',
    ...indented(body(lowered, job, leg, key), 6),
    '    }',
    '  }',
    '}',
  ]
}

function agentOf({ image, labels }: LoweredJob): string {
  const label = labels.length > 0 ? groovy(labels.join(' && ')) : undefined
  if (image !== undefined)
    return `{ docker { image ${groovy(image)}${label === undefined ? '' : `; label ${label}`} } }`
  return label === undefined ? 'any' : `{ label ${label} }`
}

function finallyOf(lowered: Lowered): string[] {
  const last = lowered.jobs.filter(({ isFinal }) => isFinal)
  if (last.length === 0) return []
  const jobs = last.flatMap((job) => [
    `if (${whenOf(lowered, job)}) {`,
    ...indented(
      around(`node(${groovy(job.labels.join(' && '))})`, [
        ...(job.image === undefined
          ? body(lowered, job, undefined, job.name)
          : around(
              `docker.image(${groovy(job.image)}).inside`,
              body(lowered, job, undefined, job.name),
            )),
      ]),
      2,
    ),
    '}',
  ])
  return [
    '  post {',
    '    always {',
    '      script {',
    ...indented(jobs, 8),
    '      }',
    '    }',
    '  }',
  ]
}
