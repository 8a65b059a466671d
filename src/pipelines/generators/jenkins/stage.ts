/** What one job does inside its stage. */
import { legSlug, type Lowered, type LoweredJob, type Part } from '../lowered.ts'
import { escaped } from '../shell.ts'
import { CI_SCRIPT_PATH } from '../ci-script.ts'
import { LEG, plainEnv, reportOf, reportsTo, wholeScript } from '../steps.ts'
import { around, groovy, inputName, keysOf, type Legs } from './groovy.ts'

/** What is done where it runs: failures are caught, so that others may go on. */
export function body(
  lowered: Lowered,
  job: LoweredJob,
  leg: Legs | undefined,
  key: string,
): string[] {
  const env = {
    CI: 'true',
    LANG: 'C.UTF-8',
    SIGNALBOX_SERVICE: lowered.name,
    ...plainEnv(job),
    ...(leg !== undefined && { [LEG]: legSlug(leg) }),
  }
  const variables = Object.entries(env).map(([name, value]) => groovy(`${name}=${value}`))
  const secrets = Object.entries(job.secrets).map(
    ([variable, name]) => `string(credentialsId: ${groovy(name)}, variable: ${groovy(variable)})`,
  )
  const minutes = Math.max(1, Math.ceil(job.timeoutMs / 60_000))
  let inner = [
    ...fetching(lowered, job),
    ...shOf(lowered, job, leg),
    ...stashing(lowered, job, leg),
  ]
  if (secrets.length > 0) inner = around(`withCredentials([${secrets.join(', ')}])`, inner)
  const event = '"SIGNALBOX_EVENT=" + eventOf()'
  const commit = '"GIT_COMMIT=" + source.GIT_COMMIT'
  inner = around(`withEnv([${[...variables, event, commit].join(', ')}])`, inner)
  // What an earlier build left here is not the commit.
  inner = ['deleteDir()', 'def source = checkout(scm)', ...inner]
  if (job.retry !== undefined && !job.isShim && !job.isEffect)
    inner = around(`retry(${job.retry.max + 1})`, inner)
  if (job.idleMs !== undefined) {
    const seconds = Math.ceil(job.idleMs / 1000)
    inner = around(`timeout(time: ${seconds}, unit: 'SECONDS', activity: true)`, inner)
  }
  inner = around(`timeout(time: ${minutes}, unit: 'MINUTES')`, inner)
  return [
    `outcomes[${groovy(key)}] = 'failed'`,
    ...around("catchError(buildResult: 'FAILURE', stageResult: 'FAILURE')", [
      ...inner,
      `outcomes[${groovy(key)}] = 'succeeded'`,
    ]),
    ...reporting(lowered, job),
    ...telling(lowered, job, leg, key),
  ]
}

/** It signs nothing for its jobs: they report with a token of an account. */
function telling(lowered: Lowered, job: LoweredJob, leg: Legs | undefined, key: string): string[] {
  const lines = reportOf(lowered, job, '"$SIGNALBOX_OUTCOME"', CI_SCRIPT_PATH)
  if (lines.length === 0) return []
  const ended = `outcomes[${groovy(key)}] == 'succeeded' ? 'success' : 'failure'`
  const outcome = `"SIGNALBOX_OUTCOME=" + (${ended})`
  const variables = [
    ...Object.entries(reportsTo(lowered)),
    ...(leg === undefined ? [] : [[LEG, legSlug(leg)]]),
  ].map(([name, value]) => groovy(`${name}=${value}`))
  const credentials = `string(credentialsId: ${groovy(CREDENTIALS)}, variable: ${groovy(TOKEN)})`
  return around(
    `withCredentials([${credentials}])`,
    around(`withEnv([${[...variables, outcome].join(', ')}])`, [`sh ${groovy(lines.join(''))}`]),
  )
}

const CREDENTIALS = 'signalbox-report'
const TOKEN = 'SIGNALBOX_REPORT_TOKEN'

function shOf(lowered: Lowered, job: LoweredJob, leg: Legs | undefined): string[] {
  const cache =
    job.cached === undefined ? [] : ['export SIGNALBOX_CACHE="$HOME/.cache/signalbox/$JOB_NAME"']
  const lines = wholeScript(lowered, job, (part) => fillJenkins(part, leg))
  const text = ['#!/bin/sh -eu', ...cache, ...lines].join('\n')
  return `sh '''${text.replaceAll('\\', '\\\\').replaceAll("'''", String.raw`\'\'\'`)}\n'''`.split(
    '\n',
  )
}

const stashName = (name: string, i?: number) => (i === undefined ? name : `${name}.${i + 1}`)

function fetching({ jobs }: Lowered, { restores }: LoweredJob): string[] {
  return jobs
    .filter(({ name }) => restores.includes(name))
    .flatMap((job) =>
      keysOf(job).map(
        (key) => `if (outcomes[${groovy(key)}] == 'succeeded') unstash ${groovy(key)}`,
      ),
    )
}

function stashing(lowered: Lowered, job: LoweredJob, leg: Legs | undefined): string[] {
  const isNeeded = lowered.jobs.some((one) => one.restores.includes(job.name))
  const file = leg === undefined ? `${job.name}.tgz` : `${job.name}+*.tgz`
  const i = leg === undefined ? undefined : job.legs.indexOf(leg)
  const stash = `stash name: ${groovy(stashName(job.name, i))}, includes: '.signalbox/out/${file}'`
  return [
    ...(isNeeded && job.keeps !== undefined ? [`${stash}, useDefaultExcludes: false`] : []),
    ...(job.isPackage ? [`archiveArtifacts artifacts: '.signalbox/out/${file}'`] : []),
  ]
}

function reporting(lowered: Lowered, job: LoweredJob): string[] {
  const at = (path: string) => (lowered.directory === '.' ? path : `${lowered.directory}/${path}`)
  const kept = [...job.gotest, ...job.artifacts.flatMap(({ paths }) => paths)].map(at)
  const junit = job.junit.map(at).join(',')
  return [
    ...(junit === '' ? [] : [`junit testResults: ${groovy(junit)}, allowEmptyResults: true`]),
    ...(kept.length === 0
      ? []
      : [`archiveArtifacts artifacts: ${groovy(kept.join(','))}, allowEmptyArchive: true`]),
  ]
}

export function fillJenkins(
  part: Exclude<Part, { is: 'text' }>,
  leg: Legs | undefined,
): string | undefined {
  switch (part.is) {
    case 'branch':
      return '${CHANGE_ID:+pull/}${CHANGE_ID:-$BRANCH_NAME}'
    case 'sha':
      return '$GIT_COMMIT'
    case 'event':
      return '$SIGNALBOX_EVENT'
    case 'input':
      return `$${inputName(part.name)}`
    case 'matrix':
      return leg === undefined ? undefined : escaped(String(leg[part.axis] ?? ''))
    case 'ref':
    case 'result':
      return undefined
  }
}
