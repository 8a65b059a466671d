/** What a generated job does, as lines of `sh`: the same on every target. */
import type { PlanProblem } from '../language/problem.ts'
import { CI_SCRIPT_PATH } from './ci-script.ts'
import { jobPath } from './generator.ts'
import type { Lowered, LoweredJob, Part, Variable } from './lowered.ts'
import { plainText } from './parts.ts'
import { escaped, inItsOwnShell, quoted } from './shell.ts'

/** How a target fills in a part inside double quotes of the shell; undefined where it cannot. */
export type Fill = (part: Exclude<Part, { is: 'text' }>, job: LoweredJob) => string | undefined

export const LEG = 'SIGNALBOX_LEG'

export const ciScript = ({ directory }: Pick<Lowered, 'directory'>): string =>
  `${directory === '.' ? '' : '../'.repeat(directory.split('/').length)}${CI_SCRIPT_PATH}`

/** How its archive is called, quoted for the shell. */
export const archiveName = ({ name, legs }: LoweredJob): string =>
  legs.length === 0 ? name : `"${name}+$${LEG}"`

export function restoring(lowered: Lowered, { restores }: LoweredJob): string[] {
  return restores.length === 0 ? [] : [`sh ${ciScript(lowered)} restore ${restores.join(' ')}`]
}

export function waiting(lowered: Lowered, { services }: LoweredJob, hosts = true): string[] {
  return Object.entries(services).flatMap(([name, { ready }]) => {
    if (ready === undefined) return []
    const host = hosts ? name : '127.0.0.1'
    const start = `sh ${ciScript(lowered)} wait ${Math.ceil(ready.withinMs / 1000)}`
    if (ready.tcp !== undefined) return [`${start} tcp ${host} ${ready.tcp}`]
    if (ready.http !== undefined) return [`${start} http ${quoted(`http://${host}${ready.http}`)}`]
    return ready.cmd === undefined ? [] : [`${start} cmd ${quoted(ready.cmd)}`]
  })
}

/** Variables whose values are only known there; those that are known are the target's own. */
export function exporting(job: LoweredJob, fill: Fill): string[] {
  return job.env.flatMap(({ name, parts }) => {
    if (plainText(parts) !== undefined) return []
    const value = parts.map((part) =>
      part.is === 'text' ? escaped(part.text) : (filledIn(part, job, fill) ?? ''),
    )
    return [`export ${name}="${value.join('')}"`]
  })
}

function filledIn(part: Exclude<Part, { is: 'text' }>, job: LoweredJob, fill: Fill) {
  if (part.is !== 'result') return fill(part, job)
  return `$(cat ${quoted(`.signalbox/results/${part.job}/${part.name}`)})`
}

/** The variables that cannot be filled in on a target. */
export function unfilledIn(target: string, job: LoweredJob, fill: Fill): PlanProblem[] {
  const isOdd = ({ parts }: Variable) =>
    parts.some((part) => part.is !== 'text' && filledIn(part, job, fill) === undefined)
  return job.env.filter(isOdd).map(({ name }) => ({
    path: [...jobPath(job), 'env', name],
    message: `${target} cannot fill in ${name}.`,
    remedy: 'Compute it inside run.',
  }))
}

export const plainEnv = (job: LoweredJob): Readonly<Record<string, string>> =>
  Object.fromEntries(
    job.env.flatMap(({ name, parts }) => {
      const text = plainText(parts)
      return text === undefined ? [] : [[name, text]]
    }),
  )

/** Whether it ran on these inputs before; exits with 0 when it did. */
export function asking(lowered: Lowered, job: LoweredJob, verb = 'cached'): string | undefined {
  const { cached } = job
  if (cached === undefined) return undefined
  const restores = quoted(job.restores.join(' '))
  const variables = quoted(cached.variables.join(' '))
  const asked = `${cached.id} ${quoted(cached.inputs)} ${restores} ${variables}`
  return `sh ${ciScript(lowered)} ${verb} ${archiveName(job)} ${asked}`
}

/** The line itself, in a shell of its own; and what it says to others. */
export function running(lowered: Lowered, job: LoweredJob, before = ''): string[] {
  const line = job.isShim
    ? [`${before}signalbox exec ${job.name}`]
    : job.run === undefined
      ? []
      : [inItsOwnShell(job.run, before)]
  return [...line, ...telling(lowered, job)]
}

export const telling = (lowered: Lowered, job: LoweredJob): string[] =>
  Object.entries(job.results).map(
    ([name, file]) => `sh ${ciScript(lowered)} result ${job.name} ${name} ${quoted(file)}`,
  )

export function keeping(lowered: Lowered, job: LoweredJob): string[] {
  if (job.keeps === undefined) return []
  const musts = job.musts.map((file) => ` ${quoted(file)}`).join('')
  return [`sh ${ciScript(lowered)} keep ${archiveName(job)} ${quoted(job.keeps)}${musts}`]
}

export const reportsTo = ({ report }: Lowered): Readonly<Record<string, string>> =>
  report === undefined ? {} : { SIGNALBOX_URL: report.url }

/** Says when the job began; nothing, where jobs report to nobody. */
export function beginning(lowered: Lowered, job: LoweredJob): string[] {
  return lowered.report === undefined ? [] : [`sh ${ciScript(lowered)} began ${job.name}`]
}

/** Tells the server how it ended; `outcome` is a word of the shell. */
export function reportOf(
  lowered: Lowered,
  { name, isPackage, junit, gotest }: LoweredJob,
  outcome: string,
  script = ciScript(lowered),
): string[] {
  if (lowered.report === undefined) return []
  const kind = isPackage ? 'package' : 'job'
  const about = [kind, quoted(lowered.directory), name, `"\${${LEG}:-}"`, outcome]
  const words = [...about, quoted(lowered.name), ...[...junit, ...gotest].map(quoted)]
  return [`sh ${script} report ${words.join(' ')}`]
}

/** Everything in one script. */
export function wholeScript(lowered: Lowered, job: LoweredJob, fill: Fill, before = ''): string[] {
  const doing = running(lowered, job, before)
  const asked = asking(lowered, job)
  return [
    ...(lowered.directory === '.' ? [] : [`cd ${quoted(lowered.directory)}`]),
    ...beginning(lowered, job),
    ...restoring(lowered, job),
    ...waiting(lowered, job),
    ...exporting(job, fill),
    ...(asked === undefined ? doing : [`${asked} || ${grouped(doing)}`]),
    ...keeping(lowered, job),
  ]
}

/** The group is the last of its list: a line in it that fails ends the script, as anywhere. */
const grouped = ([first = 'true', ...rest]: readonly string[]): string =>
  rest.length === 0 ? first : ['{', first, ...rest, '}'].join('\n')
