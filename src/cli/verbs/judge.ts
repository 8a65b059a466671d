/**
 * judge: recorded ticks of a canary, judged again on this machine; and the judges of other tools,
 * read from their own files. No server is asked.
 */
import { readFileSync, statSync } from 'node:fs'
import { parse, parseAllDocuments, stringify } from 'yaml'
import { InvalidArgumentError } from 'commander'
import { type Rejection, isRejection } from '#kernel/decider.ts'
import { Fault } from '#kernel/fault.ts'
import { type CliContext, EXIT } from '../context.ts'
import { clean, raw, red, show } from '../output.ts'
import type { AddVerbs, ImportedJudges, JudgeRuling, Roles } from '../program.ts'
import { addBacktest } from './backtest.ts'

const BYTES_MAX = 64 * 1024 * 1024
const CONFIG_BYTES_MAX = 1024 * 1024

export const addJudge = (roles: Pick<Roles, 'judge' | 'judgeImport'>): AddVerbs =>
  function add(program, run) {
    const verb = program.command('judge')
    addBacktest(verb, run)
    verb
      .description('judge recorded ticks of a canary again, with the settings of a file')
      .argument('<ticks.ndjson>', 'one tick a line; - reads standard input')
      .option('--settings <file>', 'needed; JSON or YAML: alpha, delta, and what else there is')
      .action((file: string, flags: { settings?: string }) =>
        run(async (context) => {
          if (flags.settings === undefined) {
            context.io.err(`error: required option '--settings <file>' not specified\n`)
            return EXIT.usage
          }
          const settings: unknown = parse(textOf(flags.settings, BYTES_MAX))
          const answer = await roles.judge(settings, textOf(file, BYTES_MAX).split('\n'))
          return isRejection(answer) ? refused(context, answer) : told(context, answer)
        }),
      )
    verb
      .command('import')
      .description('read a judge of Argo Rollouts, Flagger or Kayenta, to be asked beside ours')
      .argument('<file>', 'AnalysisTemplate, Canary or canary config; - reads standard input')
      .option('--arg <name=value>', 'of an AnalysisTemplate, as often as needed', named, {})
      .action((file: string, { arg }: { arg: Readonly<Record<string, string>> }) =>
        run(async (context) => {
          const answer = await roles.judgeImport(documentsIn(file), arg)
          return 'rejected' in answer ? refused(context, answer) : imported(context, answer)
        }),
      )
  }

function named(given: string, before: Readonly<Record<string, string>>) {
  const [name = '', ...value] = given.split('=')
  if (name === '' || value.length === 0)
    throw new InvalidArgumentError('write it as --arg name=value.')
  return { ...before, [name]: value.join('=') }
}

/** Refused is what the judge would take back. */
function told(context: CliContext, rulings: readonly JudgeRuling[]): number {
  show(
    context,
    rulings,
    [
      ['tick', ({ tick }) => tick],
      ['weight', ({ weight }) => `${weight} %`],
      ['verdict', ({ verdict }) => verdict.verdict],
      ['reason', ({ verdict }) => verdict.reason],
      ['evidence', ({ verdict }) => verdict.evidence.toPrecision(3)],
      ['ratio', ({ verdict }) => verdict.ratio.toFixed(2)],
      ['says', ({ verdict }) => verdict.says],
    ],
    'No ticks.',
  )
  return rulings.some(({ verdict }) => verdict.verdict === 'rollback') ? EXIT.refused : EXIT.done
}

/** The block is for the manifest; what is said of it goes beside it, so that it can be piped. */
function imported(context: CliContext, answer: ImportedJudges): number {
  const { io } = context
  if (context.format !== 'table') {
    raw(context, answer)
    return EXIT.done
  }
  const block = stringify(
    { analysis: { shadows: answer.shadows } },
    { aliasDuplicateObjects: false },
  )
  io.out(`# Below spec of the service's manifest:\n${block}`)
  for (const { kind, name, metrics } of answer.shadows) {
    const read = metrics.map((metric) => `${metric.name} (${metric.measure})`).join(', ')
    io.err(`${clean(name)}: ${kind}, ${clean(read === '' ? 'no metric that can be told' : read)}\n`)
  }
  for (const { path, says } of answer.notes) io.err(`  ${clean(path)}: ${clean(says)}\n`)
  return EXIT.done
}

function refused({ io }: CliContext, { code, message, remedy }: Rejection): number {
  io.err(`${red(code, io)}  ${clean(message)}\n${clean(remedy)}\n`)
  return EXIT.refused
}

/** Aliases are refused: ten of them are a gigabyte. */
function documentsIn(file: string): readonly unknown[] {
  const text = textOf(file, CONFIG_BYTES_MAX)
  try {
    return parseAllDocuments(text).map((document) => {
      const [error] = document.errors
      if (error !== undefined) throw error
      return document.toJS({ maxAliasCount: 0 }) as unknown
    })
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.split('\n')[0] : String(cause)
    throw unreadable(`${file}: ${why}`, 'Give one file of YAML or JSON, without aliases.', cause)
  }
}

function textOf(file: string, bytesMax: number): string {
  try {
    if (file !== '-' && statSync(file).size > bytesMax)
      throw unreadable(
        `${file} is larger than ${bytesMax / 1024 / 1024} MiB.`,
        'Judge one rollout at a time.',
      )
    return readFileSync(file === '-' ? 0 : file, 'utf8')
  } catch (cause) {
    if (cause instanceof Fault) throw cause
    const why = cause instanceof Error ? cause.message : String(cause)
    throw unreadable(why, 'Name a file that can be read; see docs/guides/judge-a-canary.md.', cause)
  }
}

function unreadable(message: string, remedy: string, cause?: unknown): Fault {
  return new Fault('judge.unreadable', message, { remedy, retry: false, cause })
}
