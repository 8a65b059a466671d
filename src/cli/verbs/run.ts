/**
 * run: the pipeline of this repository, here. No server is asked; what a server and its runners
 * would do is done on this machine, in the tree that is there.
 */
import { InvalidArgumentError } from 'commander'
import { availableParallelism } from 'node:os'
import { formatDuration } from '#kernel/duration.ts'
import { type CliContext, EXIT } from '../context.ts'
import type {
  HereDifference,
  HereExplanation,
  HereJob,
  HereListener,
  HereRun,
  Refused,
} from '../here.ts'
import { ago, bold, clean, dim, green, raw, red, yellow } from '../output.ts'
import type { AddVerbs, Roles } from '../program.ts'
import { repositoryAt } from '../repository.ts'

interface Flags {
  readonly file?: string
  readonly explain?: string
  readonly dryRun: boolean
  readonly cache: boolean
  readonly slots: number
  readonly input: Readonly<Record<string, string>>
  readonly secrets: string
  readonly docker?: string
  readonly resume: boolean
}

export const addRun = (roles: Pick<Roles, 'here'>): AddVerbs =>
  function add(program, run) {
    program
      .command('run')
      .description('run the pipeline of this repository here, with or without a server')
      .argument(
        '[job...]',
        'these and what they need; all but what changes the world when left out',
      )
      .option('--file <manifest>', 'instead of signalbox.yaml here')
      .option('--explain <job>', 'run nothing: say what differs from when it was last kept')
      .option('--dry-run', 'run nothing: say of each job whether it would run, and why', false)
      .option('--no-cache', 'run everything, and keep what comes of it')
      .option('--slots <count>', 'jobs at once', slots, availableParallelism())
      .option('--input <name=value>', 'what the pipeline asks for; may be given again', gather, {})
      .option('--secrets <list>', 'what jobs may have of this machine: env:CI_*,file:/etc/ci/*', '')
      .option('--docker <socket>', 'for jobs with an image: /var/run/docker.sock')
      .option('--resume', 'go on with the run that was cut off', false)
      .action((jobs: string[], flags: Flags) => run((context) => act(context, roles, jobs, flags)))
  }

function slots(text: string): number {
  const count = Number(text)
  if (Number.isInteger(count) && count >= 1 && count <= 256) return count
  throw new InvalidArgumentError('A number from 1 to 256.')
}

function gather(one: string, before: Readonly<Record<string, string>>): Record<string, string> {
  const at = one.indexOf('=')
  if (at <= 0) throw new InvalidArgumentError('Write it as name=value.')
  return { ...before, [one.slice(0, at)]: one.slice(at + 1) }
}

async function act(
  context: CliContext,
  roles: Pick<Roles, 'here'>,
  jobs: readonly string[],
  flags: Flags,
): Promise<number> {
  const repository = repositoryAt(flags.file)
  const here = await roles.here()
  const { input: inputs, secrets, docker, resume: isResumed } = flags
  if (flags.explain !== undefined || flags.dryRun) {
    const asked = flags.explain === undefined ? jobs : [flags.explain]
    const answer = await here.explain({ repository, inputs }, asked)
    if ('problems' in answer) return refused(context, answer)
    return explained(context, answer, flags.explain !== undefined)
  }
  const end = new AbortController()
  const onSignal = () => end.abort()
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, onSignal)
  try {
    const request = { repository, jobs, inputs, secrets, docker, isResumed, signal: end.signal }
    const listener = context.format === 'table' ? teller(context) : silent(context)
    const rest = { isCacheRead: flags.cache, slots: flags.slots }
    const answer = await here.run({ ...request, ...rest }, listener)
    return 'problems' in answer ? refused(context, answer) : ended(context, answer)
  } finally {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.off(name, onSignal)
  }
}

function refused({ io }: CliContext, { problems }: Refused): number {
  io.err(`${red('run.refused', io)}  Nothing has run.\n`)
  for (const { file, line, column, message, remedy } of problems)
    io.err(`  ${clean(file)}:${line}:${column}  ${clean(message)} ${dim(clean(remedy), io)}\n`)
  return EXIT.refused
}

const silent = ({ io }: CliContext): HereListener => ({
  onBegin: () => {},
  onLog: () => {},
  onEnd: () => {},
  onNote: (text) => io.err(`${clean(text)}\n`),
})

/** The lines of jobs as they come, each with the name of its job before it. */
function teller({ io }: CliContext): HereListener {
  const open = new Map<string, string>()
  const tell = (job: string, line: string) => {
    const own = line.startsWith('signalbox: ')
    // What it is and where it runs is known to who started it.
    if (own && /^signalbox: (job|runner|cache miss|stored) /.test(line)) return
    io.out(`${dim(`${job} |`, io)} ${own ? dim(clean(line.slice(11)), io) : clean(line)}\n`)
  }
  return {
    onBegin: () => {},
    onLog(job, bytes) {
      const lines = `${open.get(job) ?? ''}${Buffer.from(bytes).toString()}`.split('\n')
      open.set(job, lines.pop() ?? '')
      for (const line of lines) tell(job, line)
    },
    onEnd(job) {
      const rest = open.get(job.name) ?? ''
      open.delete(job.name)
      if (rest !== '') tell(job.name, rest)
      io.out(`${endOf(job, io)}\n`)
    },
    onNote: (text) => io.err(`${yellow(clean(text), io)}\n`),
  }
}

function endOf(job: HereJob, io: CliContext['io']): string {
  const { name, outcome, reason, message, durationMs, exitCode, hit, savedMs = 0 } = job
  if (outcome === 'cached') {
    const why = hit === 'content' ? ', since what it is made of is the same' : ''
    return `${green('✓', io)} ${name} ${dim(`cached${why}, saves ${formatDuration(savedMs)}`, io)}`
  }
  const took = dim(formatDuration(durationMs), io)
  if (outcome === 'succeeded') return `${green('✓', io)} ${name} ${took}`
  const code = exitCode === undefined || exitCode === 0 ? '' : `, exit code ${exitCode}`
  const why = message ?? `${reason ?? ''}${code}`
  if (outcome === 'skipped') return `${dim('–', io)} ${name} ${dim(`skipped: ${clean(why)}`, io)}`
  return `${red('✕', io)} ${name} ${red(outcome, io)}: ${clean(why)} ${took}`
}

function ended(context: CliContext, answer: HereRun): number {
  const { io } = context
  if (context.format !== 'table') raw(context, answer)
  else {
    const { outcome, jobs, wallMs, criticalPath, savedMs, byRunnersMs, byCacheMs, left } = answer
    const found = jobs.filter((job) => job.outcome === 'cached').length
    const is = outcome === 'succeeded' ? green(outcome, io) : red(outcome, io)
    io.out(`\n${bold('run', io)} ${is} in ${formatDuration(wallMs)}: ${jobs.length} jobs`)
    io.out(
      found === 0 ? '\n' : `, ${found} of them found, which saved ${formatDuration(savedMs)}\n`,
    )
    const path = criticalPath.jobs.join(' → ')
    if (criticalPath.jobs.length > 1)
      io.out(`critical path ${formatDuration(criticalPath.ms)}: ${clean(shortened(path))}\n`)
    io.out(
      dim(
        `could be shorter by ${formatDuration(byRunnersMs)} with a slot for every job, ` +
          `by ${formatDuration(byCacheMs)} with all found that can be\n`,
        io,
      ),
    )
    if (left.length > 0)
      io.out(`not run, since they change the world: ${left.join(', ')}; name them to run them\n`)
    for (const job of jobs)
      if (job.log !== undefined && !['succeeded', 'cached'].includes(job.outcome))
        io.out(`log of ${job.name}: ${clean(job.log)}\n`)
  }
  for (const job of answer.doubted)
    io.err(`${job} may have changed the world when it was killed: look there, then start anew.\n`)
  if (answer.outcome === 'waiting') return EXIT.waiting
  return answer.outcome === 'succeeded' ? EXIT.done : EXIT.refused
}

const PATH_LENGTH_MAX = 300
const shortened = (path: string) =>
  path.length <= PATH_LENGTH_MAX ? path : `${path.slice(0, PATH_LENGTH_MAX)} …`

function explained(
  context: CliContext,
  answers: readonly HereExplanation[],
  isOfOne: boolean,
): number {
  const [first] = answers
  if (context.format !== 'table') raw(context, isOfOne && answers.length === 1 ? first : answers)
  else for (const answer of answers) tellOne(context, answer)
  return EXIT.done
}

function tellOne({ io }: CliContext, answer: HereExplanation): void {
  const { job, verdict, because, lastAt, differences } = answer
  const since = lastAt === undefined ? '' : `, last kept ${ago(lastAt)}`
  const word = { cached: 'is cached', uncached: 'always runs', runs: 'runs', depends: 'may run' }
  const is = verdict === 'cached' ? green(word[verdict], io) : yellow(word[verdict], io)
  io.out(`${bold(job, io)} ${is}: ${because}${since}\n`)
  tellDifferences(io, differences, '  ')
}

const KINDS: Readonly<Record<string, string>> = {
  input: 'input',
  env: 'variable',
  secret: 'secret',
  need: 'job before it',
}
const VALUE_LENGTH_MAX = 60

function tellDifferences(
  io: CliContext['io'],
  differences: readonly HereDifference[],
  indent: string,
): void {
  for (const { part, was, is, because } of differences) {
    const at = part.indexOf('.')
    const kind = at < 0 ? undefined : KINDS[part.slice(0, at)]
    const name = kind === undefined ? part : `${kind} ${part.slice(at + 1)}`
    const how =
      was === undefined
        ? `is new: ${short(is)}`
        : is === undefined
          ? `is gone: it was ${short(was)}`
          : `was ${short(was)}, is ${short(is)}`
    const isNeed = part.startsWith('need.')
    io.out(`${indent}${clean(name)} ${isNeed ? 'differs' : clean(how)}\n`)
    if (because !== undefined) tellDifferences(io, because, `${indent}  `)
  }
}

/** Of a file its mode and the beginning of its hash; of a text its beginning. */
function short(value = ''): string {
  const [, mode, sha] = /^(\d{3}) ([0-9a-f]{64})$/.exec(value) ?? []
  if (sha !== undefined) return `${sha.slice(0, 12)}${mode === '755' ? ' (can be run)' : ''}`
  const text = JSON.stringify(value)
  return text.length <= VALUE_LENGTH_MAX ? text : `${text.slice(0, VALUE_LENGTH_MAX)}…`
}
