/** A workflow of GitHub Actions. */
import { isAboutOthers, leavesOf } from '../conditions/condition.ts'
import type { Generated, GeneratedFile } from '../generator.ts'
import { jobPath } from '../generator.ts'
import type { Lowered, LoweredJob, Part } from '../lowered.ts'
import { reportsTo, unfilledIn } from '../steps.ts'
import { toYaml, type Yaml } from '../yaml.ts'
import {
  askedOf,
  ASKING,
  askingLines,
  EVENTS,
  expressionOf,
  isOpen,
  literal,
  SUBJECTS,
  variableOf,
} from './conditions.ts'
import { plain } from './plain.ts'
import { stepsOf } from './steps.ts'
import { triggersOf } from './triggers.ts'
import { withVersions } from './actions.ts'
import type { PlanProblem } from '../../language/problem.ts'

export function github(lowered: Lowered): Generated {
  const problems = problemsOf(lowered)
  if (problems.length > 0) return { problems }
  const asked = askedOf(lowered)
  const workflow: Yaml = {
    name: lowered.name,
    on: triggersOf(lowered),
    permissions: {
      contents: 'read',
      // What its jobs ask for their own token with.
      ...(lowered.report !== undefined && { 'id-token': 'write' }),
    },
    concurrency: concurrencyOf(lowered),
    env: { CI: 'true', LANG: 'C.UTF-8', SIGNALBOX_SERVICE: lowered.name, ...reportsTo(lowered) },
    defaults: {
      run: {
        shell: 'sh -eu {0}',
        'working-directory': lowered.directory === '.' ? undefined : lowered.directory,
      },
    },
    jobs: {
      ...(asked.length > 0 && { [ASKING]: askingJob(lowered) }),
      ...Object.fromEntries(lowered.jobs.map((job) => [job.name, jobOf(lowered, job)])),
    },
  }
  return { files: [file(lowered, withVersions(toYaml(workflow)))] }
}

function file({ name }: Lowered, text: string): GeneratedFile {
  return { path: `.github/workflows/signalbox-${name}.yml`, text, comment: '#' }
}

function problemsOf(lowered: Lowered): readonly PlanProblem[] {
  const { concurrency, jobs } = lowered
  const cancels = concurrency?.cancels
  const isAsked = cancels !== undefined && leavesOf(cancels).some((leaf) => isOpen(leaf, lowered))
  return [
    ...(isAsked
      ? [
          {
            path: ['spec', 'concurrency', 'cancelInProgress'],
            message: 'GitHub would take Main for main here.',
            remedy: 'Ask for the event alone: event == "pullRequest".',
          },
        ]
      : []),
    ...jobs.flatMap((job): PlanProblem[] => [
      ...unfilledIn('GitHub', job, (part) => (fillGithub(part) === undefined ? undefined : '')),
      ...(Object.keys(job.services).length > 0 && job.image === undefined
        ? [
            {
              path: [...jobPath(job), 'services'],
              message: `${job.name} would not find its services by their names.`,
              remedy: 'Give the job an image: then it runs beside them.',
            },
          ]
        : []),
      ...(job.name === ASKING
        ? [{ path: jobPath(job), message: `${ASKING} is a name of ours.`, remedy: 'Rename it.' }]
        : []),
    ]),
  ]
}

export function fillGithub(part: Exclude<Part, { is: 'text' }>): string | undefined {
  switch (part.is) {
    case 'branch':
    case 'ref':
    case 'sha':
      return SUBJECTS[part.is]
    case 'event': {
      const [first, second] = [literal('push'), literal('pullRequest')]
      const is = (event: string) => `github.event_name == '${event}'`
      return `${is(EVENTS.push)} && ${first} || ${is(EVENTS.pullRequest)} && ${second} || 'manual'`
    }
    case 'input': {
      const otherwise = literal(String(part.otherwise))
      return `github.event_name != 'workflow_dispatch' && ${otherwise} || inputs.${part.name}`
    }
    case 'matrix':
      return `matrix.${part.axis}`
    case 'result':
      return undefined
  }
}

const filled = (parts: readonly Part[]): string =>
  parts
    .map((part) => (part.is === 'text' ? plain(part.text) : `\${{ ${fillGithub(part) ?? ''} }}`))
    .join('')

function concurrencyOf(lowered: Lowered): Yaml | undefined {
  if (lowered.concurrency === undefined) return undefined
  const { group, cancels } = lowered.concurrency
  const around = { lowered, needs: [], main: [] }
  const asked = cancels.kind === 'constant' ? cancels.value : expressionOf(cancels, around)
  return {
    group: `signalbox-${lowered.name}-${filled(group)}`,
    'cancel-in-progress': typeof asked === 'string' ? `\${{ ${asked} }}` : (asked ?? false),
  }
}

function askingJob(lowered: Lowered): Yaml {
  const asked = askedOf(lowered)
  const env = asked.map((one): [string, string] => {
    const value = one.of.is === 'input' ? `inputs.${one.of.name}` : subjectOf(one.of.is)
    return [variableOf(one), `\${{ ${value} }}`]
  })
  const outputs = asked.map((_, i) => [`c${i + 1}`, `\${{ steps.ask.outputs.c${i + 1} }}`])
  return {
    name: 'conditions',
    'runs-on': 'ubuntu-latest',
    'timeout-minutes': 5,
    outputs: Object.fromEntries(outputs) as Record<string, string>,
    defaults: { run: { 'working-directory': '.' } },
    steps: [{ id: 'ask', env: Object.fromEntries(env), run: `${askingLines(asked).join('\n')}\n` }],
  }
}

const subjectOf = (is: 'event' | 'branch' | 'ref' | 'sha') =>
  is === 'event' ? 'github.event_name' : SUBJECTS[is]

function jobOf(lowered: Lowered, job: LoweredJob): Yaml {
  const needs = needsOf(lowered, job)
  const env = job.env.flatMap(({ name, parts }) =>
    parts.some(({ is }) => is === 'result') ? [] : [[name, filled(parts)]],
  )
  const secrets = Object.entries(job.secrets).map(([variable, name]) => [
    variable,
    `\${{ secrets.${name} }}`,
  ])
  const hasLegs = job.legs.length > 0
  return {
    'runs-on': job.labels.length > 0 ? ['self-hosted', ...job.labels] : 'ubuntu-latest',
    needs: needs.length > 0 ? needs : undefined,
    if: ifOf(lowered, job),
    'timeout-minutes': Math.max(1, Math.ceil(job.timeoutMs / 60_000)),
    strategy: hasLegs
      ? {
          'fail-fast': false,
          'max-parallel': job.legsMax,
          matrix: {
            ...job.axes,
            exclude: job.excludes.length > 0 ? job.excludes : undefined,
          },
        }
      : undefined,
    container: job.image === undefined ? undefined : { image: plain(job.image) },
    services: Object.keys(job.services).length > 0 ? servicesOf(job) : undefined,
    env: Object.fromEntries([
      ...env,
      ...secrets,
      ...(hasLegs ? [['SIGNALBOX_LEG', '${{ strategy.job-index }}']] : []),
    ]) as Record<string, string>,
    steps: stepsOf(lowered, job),
  }
}

function servicesOf({ services }: LoweredJob): Yaml {
  return Object.fromEntries(
    Object.entries(services).map(([name, { image = '', env }]) => [
      name,
      {
        image: plain(image),
        env:
          Object.keys(env).length > 0
            ? Object.fromEntries(Object.entries(env).map(([key, value]) => [key, plain(value)]))
            : undefined,
      },
    ]),
  )
}

/** What it needs, what it asks, and in finally everything. */
function needsOf(lowered: Lowered, job: LoweredJob): readonly string[] {
  const leaves = job.when === undefined ? [] : leavesOf(job.when)
  const main = job.isFinal ? lowered.jobs.filter(({ isFinal }) => !isFinal) : []
  const asked = leaves.flatMap((leaf) => (leaf.kind === 'outcome' ? [leaf.job] : []))
  const names = [...main.map(({ name }) => name), ...job.needs, ...asked]
  // Asked directly: what a job far above said is not there for others.
  const isAsked = leaves.some((leaf) => isOpen(leaf, lowered))
  return [...new Set([...(isAsked ? [ASKING] : []), ...names])]
}

/**
 * Left alone, GitHub skips a job when anything far above it failed, even where what it needs has
 * run after all. Where such a job is near, the condition says what is meant.
 */
const NO_FORK = '!github.event.pull_request.head.repo.fork'

function ifOf(lowered: Lowered, job: LoweredJob): string | undefined {
  const { when, needs, isFinal } = job
  const main = lowered.jobs.filter((one) => !one.isFinal).map(({ name }) => name)
  const around = { lowered, needs, main }
  const isExplicit = isFinal || isUnder(lowered, job) || (when && isAboutOthers(when)) === true
  const said = when === undefined ? undefined : expressionOf(when, around)
  // Whoever forked it may ask for a merge, and changes nothing outside by that.
  const fork = job.isEffect && lowered.pullRequest !== undefined ? [NO_FORK] : []
  const parts = [
    ...fork,
    ...(said === undefined || (said === 'true' && fork.length > 0) ? [] : [said]),
  ]
  const own =
    parts.length === 0
      ? undefined
      : parts
          .map((part) =>
            parts.length > 1 && when?.kind === 'or' && part === said ? `(${part})` : part,
          )
          .join(' && ')
  if (!isExplicit) return own === undefined ? undefined : `\${{ ${own} }}`
  const asks = when === undefined ? false : isAboutOthers(when)
  const succeeded = asks ? [] : needs.map((need) => `needs.${need}.result == 'success'`)
  // Cancelling ends what waits, however it asks; what must happen then stands in finally.
  const head = isFinal ? 'always()' : '!cancelled()'
  const mine =
    own === undefined || own === 'true'
      ? []
      : [when?.kind === 'or' && fork.length === 0 ? `(${own})` : own]
  return `\${{ ${[head, ...succeeded, ...mine].join(' && ')} }}`
}

/** Whether anything above it asks how others ended. */
function isUnder(lowered: Lowered, job: LoweredJob): boolean {
  const byName = new Map(lowered.jobs.map((one) => [one.name, one]))
  const seen = new Set<string>()
  const open = [...job.needs]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (seen.has(next)) continue
    seen.add(next)
    const above = byName.get(next)
    if (above?.when !== undefined && isAboutOthers(above.when)) return true
    open.push(...(above?.needs ?? []))
  }
  return false
}
