/** evidence controls: what auditors' frameworks want, and how far it is met. */
import { Option } from 'commander'
import type { CliContext } from '../context.ts'
import { bold, type Column, dim, raw, table } from '../output.ts'
import type { AddVerbs } from '../program.ts'
import { evidenceVerb, windowOf } from './evidence.ts'

interface Control {
  readonly frameworkName: string
  readonly control: string
  readonly needs: readonly string[]
  readonly value: number | null
  readonly unanswered: readonly { readonly need: string; readonly reason: string }[]
  readonly gaps: number
}

interface Need {
  readonly need: string
  readonly wants: string
  readonly query: string
  readonly value: number | null
  readonly reason: string | null
  readonly covered: number
  readonly n: number
  readonly gaps: readonly { readonly of: string; readonly message: string }[]
}

interface Controls {
  readonly controls: readonly Control[]
  readonly needs: readonly Need[]
  readonly retention: readonly { readonly tier: number; readonly years: number }[]
}

interface Flags {
  readonly framework?: string
  readonly service?: string
  readonly from?: string
  readonly to?: string
  readonly gaps: boolean
}

export const addControls: AddVerbs = (program, run) => {
  evidenceVerb(program)
    .command('controls')
    .description(
      'what frameworks want of changes, which facts answer it, and where they are missing',
    )
    .addOption(
      new Option('--framework <framework>', 'left out: all four').choices([
        'soc2',
        'iso27001',
        'pci',
        'nist',
      ]),
    )
    .option('--service <name>')
    .option('--from <date>', 'left out: 91 days ago')
    .option('--to <date>', 'left out: now')
    .option('--gaps', 'each thing that is missing, one a line', false)
    .action((flags: Flags) => run((context) => controls(context, flags)))
}

async function controls(context: CliContext, flags: Flags): Promise<void> {
  const query = { ...windowOf(flags), framework: flags.framework }
  const found = await context.api.get<Controls>('/evidence/controls', query)
  if (context.format !== 'table') return raw(context, found)
  const { io } = context
  const gaps = found.needs.flatMap(({ need, gaps: all }) => all.map((each) => ({ need, ...each })))
  if (flags.gaps) {
    const columns = [
      ['need', ({ need }: (typeof gaps)[number]) => need],
      ['of', ({ of }) => of],
      ['missing', ({ message }) => message],
    ] satisfies readonly Column<(typeof gaps)[number]>[]
    return io.out(gaps.length === 0 ? 'Nothing is missing.\n' : `${table(gaps, columns, io)}\n`)
  }
  const controlColumns = [
    ['framework', ({ frameworkName }: Control) => frameworkName],
    ['control', ({ control }) => control],
    ['met', ({ value }) => percent(value)],
    ['needs', ({ needs }) => needs.join(', ')],
    ['gaps', ({ gaps: count }) => count],
  ] satisfies readonly Column<Control>[]
  const needColumns = [
    ['need', ({ need }: Need) => need],
    ['met', ({ value, reason, covered, n }) => `${percent(value)} ${counts(reason, covered, n)}`],
    ['wants', ({ wants }) => wants],
    ['ask', ({ query: ask }) => ask],
  ] satisfies readonly Column<Need>[]
  io.out(`${table(found.controls, controlColumns, io)}\n\n`)
  io.out(`${table(found.needs, needColumns, io)}\n\n`)
  const kept = found.retention.map(({ tier, years }) => `tier ${tier}: ${years} y`).join(', ')
  io.out(`${dim('evidence is kept', io)} ${kept}\n`)
  if (gaps.length > 0) io.out(`${bold(`${gaps.length} gaps`, io)}: evidence controls --gaps\n`)
}

const percent = (value: number | null) => (value === null ? '–' : `${(100 * value).toFixed(1)} %`)
const counts = (reason: string | null, covered: number, n: number) =>
  reason === null ? `(${covered} of ${n})` : `(${reason.replaceAll('_', ' ')})`
