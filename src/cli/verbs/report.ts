/** report: a week, month or quarter as text, page, PDF or data; and its publishing. */
import { writeFileSync } from 'node:fs'
import { InvalidArgumentError, Option } from 'commander'
import { type CliContext, EXIT } from '../context.ts'
import { clean, raw, show } from '../output.ts'
import type { AddVerbs, Roles } from '../program.ts'

type Form = 'md' | 'html' | 'pdf' | 'json'

interface Flags {
  readonly period: string
  readonly from?: string | undefined
  readonly team?: string | undefined
  readonly tier?: string | undefined
  readonly all?: true
  readonly revision?: string
  readonly format: Form
  readonly out?: string
  readonly publish?: true
  readonly list?: true
}

interface Published {
  readonly report: string
  readonly revision: number
  readonly isNew: boolean
  readonly differences: readonly { readonly number: string; readonly name: string }[]
}

interface Listed {
  readonly report: string
  readonly revision: number
  readonly at: number
  readonly by: string
}

export function addReport(roles: Pick<Roles, 'printPdf'>): AddVerbs {
  return (program, run) => {
    program
      .command('report')
      .description('what a week, month or quarter was: figures, targets, where to look')
      .addOption(
        new Option('--period <period>').choices(['week', 'month', 'quarter']).default('month'),
      )
      .option('--from <day>', 'a day inside of it (left out: the last one that is over)')
      .addOption(new Option('--team <team>', 'of one team').conflicts('all'))
      .addOption(new Option('--tier <tier>', 'of one tier, 0 to 3').conflicts('all'))
      .option('--all', 'of all services, which is what nothing said means')
      .option('--revision <number>', 'as it was published then', counted)
      .addOption(
        new Option('--format <format>').choices(['md', 'html', 'pdf', 'json']).default('md'),
      )
      .option('--out <file>', 'write it there')
      .option('--publish', 'keep it as it is; what is known later makes the next revision')
      .option('--list', 'which were published')
      .action((flags: Flags) =>
        run((context) => report(context, flags, (page) => roles.printPdf(page))),
      )
  }
}

function counted(text: string): string {
  if (/^[1-9]\d{0,2}$/.test(text)) return text
  throw new InvalidArgumentError('A revision is a number from 1 on.')
}

async function report(
  context: CliContext,
  flags: Flags,
  printPdf: Roles['printPdf'],
): Promise<number> {
  const { api, io } = context
  if (flags.list === true) return list(context)
  const { period, from, team, tier, revision, format, out } = flags
  const about = { period, from, team, tier }
  if (flags.publish === true) return publish(context, about)
  if (format === 'pdf' && out === undefined) {
    io.err('A PDF is written to a file: --out report.pdf.\n')
    return EXIT.usage
  }
  const asked = { ...about, revision, format: format === 'pdf' ? 'html' : format }
  const { bytes } = await api.bytes('/insights/report', asked)
  const whole = format === 'pdf' ? await printPdf(bytes.toString('utf8')) : bytes
  if (out === undefined) io.out(`${whole.toString('utf8').trimEnd()}\n`)
  else {
    writeFileSync(out, whole)
    io.err(`${clean(out)}: ${whole.length} bytes.\n`)
  }
  return EXIT.done
}

async function publish(
  context: CliContext,
  { tier, ...about }: Pick<Flags, 'period' | 'from' | 'team' | 'tier'>,
): Promise<number> {
  const body = { ...about, ...(tier !== undefined && { tier: Number(tier) }) }
  const done = await context.api.post<Published>('/insights/report', body)
  if (context.format !== 'table') raw(context, done)
  else {
    const changed = done.differences.map(({ number, name }) => `${number} ${name}`)
    const because = changed.length === 0 ? '' : ` Another than before: ${changed.join(', ')}.`
    const said = done.isNew ? 'published' : 'as it was published'
    context.io.out(clean(`${done.report}: revision ${done.revision}, ${said}.${because}`) + '\n')
  }
  return EXIT.done
}

async function list(context: CliContext): Promise<number> {
  const rows = await context.api.get<readonly Listed[]>('/insights/reports')
  if (context.format !== 'table') raw(context, rows)
  else
    show(
      context,
      rows,
      [
        ['report', (row) => row.report],
        ['revision', (row) => row.revision],
        ['published', (row) => new Date(row.at).toISOString().slice(0, 16)],
        ['by', (row) => row.by],
      ],
      'No report was published.',
    )
  return EXIT.done
}
