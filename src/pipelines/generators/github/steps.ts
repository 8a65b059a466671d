/** The steps of one job: sources, what others made, the line, what it made. */
import { isAboutOthers } from '../conditions/condition.ts'
import type { Lowered, LoweredJob } from '../lowered.ts'
import {
  asking,
  beginning,
  exporting,
  keeping,
  LEG,
  reportOf,
  restoring,
  telling,
  waiting,
} from '../steps.ts'
import type { Yaml } from '../yaml.ts'
import { action } from './actions.ts'
import { plain } from './plain.ts'

type Step = Readonly<Record<string, Yaml | undefined>>

export function stepsOf(lowered: Lowered, job: LoweredJob): readonly Yaml[] {
  const unless = job.cached === undefined ? {} : { if: "${{ steps.cached.outputs.hit != 'true' }}" }
  const steps: Step[] = [
    { uses: action('checkout'), with: { 'persist-credentials': false } },
    ...line('Begin', beginning(lowered, job)),
    ...fetching(lowered, job),
    ...line('Unpack what is needed', restoring(lowered, job)),
    ...line('Wait for services', waiting(lowered, job)),
    ...caching(lowered, job),
    ...runStep(job).map((step) => ({ ...unless, ...step })),
    ...line('Tell results', telling(lowered, job)).map((step) => ({ ...unless, ...step })),
    ...line('Pack', keeping(lowered, job)),
    ...uploading(lowered, job),
    ...reporting(lowered, job),
  ]
  return steps.map((step) => ordered(step))
}

/** `name` and `if` first, as people write them. */
function ordered({ name, id, if: condition, ...rest }: Step): Yaml {
  return { name, id, if: condition, ...rest }
}

function reporting(lowered: Lowered, job: LoweredJob): Step[] {
  const lines = reportOf(lowered, job, '"$SIGNALBOX_OUTCOME"')
  if (lines.length === 0) return []
  const env = {
    SIGNALBOX_OUTCOME: '${{ job.status }}',
    ...(job.legs.length > 0 && { [LEG]: "${{ join(matrix.*, '-') }}" }),
  }
  return [{ name: 'Report', if: '${{ always() }}', env, run: script(lines) }]
}

function line(name: string, lines: readonly string[]): Step[] {
  return lines.length === 0 ? [] : [{ name, run: script(lines) }]
}

const script = (lines: readonly string[]): string =>
  plain(lines.length === 1 ? (lines[0] ?? '') : `${lines.join('\n')}\n`)

function runStep(job: LoweredJob): Step[] {
  if (job.run === undefined) return []
  // The others stand in the job's env, as expressions of GitHub's.
  const fromOthers = job.env.filter(({ parts }) => parts.some(({ is }) => is === 'result'))
  const before = exporting({ ...job, env: fromOthers }, () => undefined)
  const own = job.isShim ? `signalbox exec ${job.name}` : job.run.trimEnd()
  const lines = [...before, own]
  return [{ run: script(own.includes('\n') ? [...before, ...own.split('\n')] : lines) }]
}

function fetching({ jobs }: Lowered, job: LoweredJob): Step[] {
  // What runs whatever happened takes what there is; a pattern may match nothing.
  const takesAny = job.isFinal || (job.when !== undefined && isAboutOthers(job.when))
  return job.restores.map((name) => {
    const hasLegs = (jobs.find((one) => one.name === name)?.legs.length ?? 0) > 0
    const which = hasLegs
      ? { pattern: `signalbox-${name}-leg-*`, 'merge-multiple': true }
      : takesAny
        ? { pattern: `signalbox-${name}`, 'merge-multiple': true }
        : { name: `signalbox-${name}` }
    return {
      uses: action('download-artifact'),
      with: { ...which, path: '.signalbox/out' },
    }
  })
}

const cacheName = (job: LoweredJob) =>
  job.legs.length === 0 ? job.name : `${job.name}+\${{ strategy.job-index }}`

function caching(lowered: Lowered, job: LoweredJob): Step[] {
  const { cached } = job
  const key = asking(lowered, job, 'key')
  const ask = asking(lowered, job)
  if (cached === undefined || key === undefined || ask === undefined) return []
  const scope = cached.scope === 'branch' ? '-${{ github.ref_name }}' : ''
  const name = cacheName(job)
  return [
    { id: 'key', run: plain(`echo "key=$(${key})" >>"$GITHUB_OUTPUT"`) },
    {
      uses: action('cache'),
      with: {
        path: `.signalbox/cache/${name}`,
        key: `signalbox-${lowered.name}-${name}${scope}-\${{ steps.key.outputs.key }}`,
      },
    },
    { id: 'cached', run: plain(`if ${ask}; then echo hit=true >>"$GITHUB_OUTPUT"; fi`) },
  ]
}

function uploading(lowered: Lowered, job: LoweredJob): Step[] {
  const leg = job.legs.length === 0 ? '' : '-leg-${{ strategy.job-index }}'
  const at = (path: string) => (lowered.directory === '.' ? path : `${lowered.directory}/${path}`)
  const reports = [...job.junit, ...job.gotest]
  const isNeeded = job.isPackage || lowered.jobs.some(({ restores }) => restores.includes(job.name))
  const steps: Step[] = []
  if (isNeeded && job.keeps !== undefined)
    steps.push({
      uses: action('upload-artifact'),
      with: {
        name: `signalbox-${job.name}${leg}`,
        path: `.signalbox/out/${cacheName(job)}.tgz`,
        'include-hidden-files': true,
        'if-no-files-found': 'error',
        ...(job.isPackage ? {} : { 'retention-days': 1 }),
      },
    })
  if (reports.length > 0)
    steps.push({
      if: '${{ !cancelled() }}',
      uses: action('upload-artifact'),
      with: { name: `reports-${job.name}${leg}`, path: many(reports.map(at)) },
    })
  for (const { name, paths, retentionDays } of job.artifacts)
    steps.push({
      if: '${{ !cancelled() }}',
      uses: action('upload-artifact'),
      with: { name: `${name}${leg}`, path: many(paths.map(at)), 'retention-days': retentionDays },
    })
  return steps
}

const many = (paths: readonly string[]): string =>
  plain(paths.length === 1 ? (paths[0] ?? '') : `${paths.join('\n')}\n`)
