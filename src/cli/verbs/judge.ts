/** judge: recorded ticks of a canary, judged again on this machine; no server is asked. */
import { readFileSync, statSync } from 'node:fs'
import { parse } from 'yaml'
import { type Rejection, isRejection } from '#kernel/decider.ts'
import { Fault } from '#kernel/fault.ts'
import { type CliContext, EXIT } from '../context.ts'
import { clean, red, show } from '../output.ts'
import type { AddVerbs, JudgeRuling, Roles } from '../program.ts'
import { addBacktest } from './backtest.ts'

const BYTES_MAX = 64 * 1024 * 1024

export const addJudge = (judge: Roles['judge']): AddVerbs =>
  function add(program, run) {
    const verb = program.command('judge')
    addBacktest(verb, run)
    verb
      .description('judge recorded ticks of a canary again, with the settings of a file')
      .argument('<ticks.ndjson>', 'one tick a line; - reads standard input')
      .requiredOption('--settings <file>', 'JSON or YAML: alpha, delta, and what else there is')
      .action((file: string, flags: { settings: string }) =>
        run(async (context) => {
          const settings: unknown = parse(textOf(flags.settings))
          const answer = await judge(settings, textOf(file).split('\n'))
          return isRejection(answer) ? refused(context, answer) : told(context, answer)
        }),
      )
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

function refused({ io }: CliContext, { code, message, remedy }: Rejection): number {
  io.err(`${red(code, io)}  ${clean(message)}\n${clean(remedy)}\n`)
  return EXIT.refused
}

function textOf(file: string): string {
  try {
    if (file !== '-' && statSync(file).size > BYTES_MAX)
      throw new Fault('judge.unreadable', `${file} is larger than 64 MiB.`, {
        retry: false,
        remedy: 'Judge one rollout at a time.',
      })
    return readFileSync(file === '-' ? 0 : file, 'utf8')
  } catch (cause) {
    if (cause instanceof Fault) throw cause
    const why = cause instanceof Error ? cause.message : String(cause)
    const remedy = 'Name a file that can be read; see docs/guides/judge-a-canary.md.'
    throw new Fault('judge.unreadable', why, { remedy, retry: false, cause })
  }
}
