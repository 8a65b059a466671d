/**
 * insights: the figures with n, target and reason; what one is of; of pipelines, where runs wait.
 */
import { formatDuration } from '#kernel/duration.ts'
import { Refusal } from '../api.ts'
import { type CliContext, EXIT } from '../context.ts'
import { bold, clean, dim, raw, show } from '../output.ts'
import type { AddVerbs } from '../program.ts'
import { pipelineInsights } from './pipeline-insights.ts'

interface Flags {
  readonly from?: string
  readonly to?: string
  readonly asOf?: string
  readonly service?: string
  readonly team?: string
  readonly tier?: string
  readonly environment?: string
  readonly debug?: string
}

interface Measured {
  readonly value: number | null
  readonly reason?: string
  readonly n: number
  readonly interval?: readonly [number, number]
  readonly p90?: number | null
  readonly target: Target | null
}
interface Target {
  readonly of: 'value' | 'p90'
  readonly isAtMost: boolean
  readonly value: number
  readonly isMet: boolean | null
}
type Unit = 'perDay' | 'ms' | 'share' | 'count' | 'score'
interface Kpi extends Measured {
  readonly name: string
  readonly title: string
  readonly unit: Unit
  readonly tiers: Readonly<Record<string, Measured>>
}
interface Report {
  readonly from: number
  readonly to: number
  readonly asOf: number
  readonly kpis: Readonly<Record<string, Kpi>>
  readonly anomalies: Readonly<Record<string, number>>
}
interface ReviewFigures {
  readonly overdueReviews: Measured
  readonly reviewsInTime: Measured
}
interface Counted {
  readonly kpi: string
  readonly name: string
  readonly counted: number
  readonly parts: readonly Part[]
}
interface Part {
  readonly what: string
  readonly id: string
  readonly at: number
  readonly counts: string
  readonly value?: number
  readonly from: readonly string[]
}

export const addInsights: AddVerbs = (program, run) => {
  program
    .command('insights')
    .description('the figures K1 to K20, or one of them; of pipelines, where runs wait')
    .argument('[kpi]', 'K1 to K20 or a name such as leadTime; pipelines', 'all')
    .option('--from <instant>', 'where the window begins (left out: 91 days before its end)')
    .option('--to <instant>', 'where it ends, which is outside of it (left out: as-of)')
    .option('--as-of <instant>', 'as it was known then (left out: now)')
    .option('--service <service>')
    .option('--team <team>')
    .option('--tier <tier>', '0 to 3')
    .option('--environment <environment>')
    .option('--debug [kpi]', 'what the figure was counted from, one by one')
    .action((kpi: string, flags: Flags & { debug?: string | true }) =>
      run((context) => insights(context, kpi, flags)),
    )
}

async function insights(
  context: CliContext,
  kpi: string,
  { debug, ...flags }: Omit<Flags, 'debug'> & { readonly debug?: string | true },
): Promise<number> {
  if (kpi === 'pipelines') {
    await pipelineInsights(context, flags)
    return EXIT.done
  }
  const isAll = kpi === 'all' || kpi === 'delivery'
  const doubted = debug === true ? kpi : debug
  if (doubted === 'all') {
    context.io.err('--debug takes a figure: --debug K3.\n')
    return EXIT.usage
  }
  if (doubted !== undefined) await sayCounted(context, doubted, flags)
  else await sayReport(context, { ...flags, ...(!isAll && { kpi }) }, isAll)
  return EXIT.done
}

async function sayReport(
  context: CliContext,
  query: Omit<Flags, 'debug'> & { readonly kpi?: string },
  isAll: boolean,
): Promise<void> {
  const report = await context.api.get<Report>('/insights', { ...query })
  const { service } = query
  if (context.format !== 'table') return raw(context, report)
  const { io } = context
  const day = (at: number) => new Date(at).toISOString().slice(0, 16)
  io.out(dim(`${day(report.from)} to ${day(report.to)}, as of ${day(report.asOf)} UTC\n`, io))
  show(context, rowsOf(report), COLUMNS, '')
  if (!isAll)
    for (const [number, kpi] of Object.entries(report.kpis)) {
      io.out(`\n${bold(`${number} ${kpi.name}`, io)} by tier\n`)
      const tiers = Object.entries(kpi.tiers).map(([tier, one]) => rowOf(`tier ${tier}`, kpi, one))
      show(context, tiers, COLUMNS, 'Nothing is known of tiers.')
    }
  const odd = Object.entries(report.anomalies).map(([name, count]) => `${name} ${count}`)
  if (odd.length > 0) io.out(`\nNot as it should be: ${clean(odd.join(', '))}\n`)
  if (isAll && query.team === undefined) await sayReviews(context, service)
}

async function sayReviews(context: CliContext, service: string | undefined): Promise<void> {
  const reviews = await context.api
    .get<ReviewFigures>('/insights/reviews', { service })
    .catch((error: unknown) => {
      // A service that others deploy has no emergencies here, and no reviews of them.
      if (error instanceof Refusal && error.status === 404) return undefined
      throw error
    })
  if (reviews === undefined) return
  const { overdueReviews, reviewsInTime } = reviews
  if (overdueReviews.value === null) return
  const share = reviewsInTime.value === null ? '–' : percent(reviewsInTime.value)
  context.io.out(
    `\nReviews of emergencies: ${overdueReviews.value} overdue, ${share} done in time.\n`,
  )
}

async function sayCounted(
  context: CliContext,
  kpi: string,
  flags: Omit<Flags, 'debug'>,
): Promise<void> {
  const path = `/insights/counted/${encodeURIComponent(kpi)}`
  const counted = await context.api.get<Counted>(path, { ...flags })
  if (context.format !== 'table') return raw(context, counted)
  show(
    context,
    counted.parts,
    [
      ['when', (row) => new Date(row.at).toISOString().slice(0, 19)],
      ['what', (row) => `${row.what} ${row.id}`],
      ['counts as', (row) => row.counts],
      ['from', (row) => row.from.join(' ')],
    ],
    'Nothing was counted.',
  )
  const more = counted.counted - counted.parts.length
  if (more > 0) context.io.out(`… and ${more} more\n`)
}

type Row = readonly [name: string, value: string, n: number, range: string, target: string]
const COLUMNS = [
  ['figure', (row: Row) => row[0]],
  ['value', (row: Row) => row[1]],
  ['of', (row: Row) => row[2]],
  ['95 %', (row: Row) => row[3]],
  ['target', (row: Row) => row[4]],
] as const

const rowsOf = (report: Report): readonly Row[] =>
  Object.entries(report.kpis).map(([number, kpi]) => rowOf(`${number} ${kpi.title}`, kpi, kpi))

function rowOf(name: string, { unit }: Pick<Kpi, 'unit'>, one: Measured): Row {
  const { value, reason, n, interval, p90, target } = one
  const more = typeof p90 === 'number' ? ` (9 of 10: ${said(unit, p90)})` : ''
  const shown = value === null ? `– (${reason ?? 'unknown'})` : `${said(unit, value)}${more}`
  const range = interval?.map((end) => said(unit, end)).join(' – ') ?? ''
  return [name, shown, n, range, target === null ? '' : targetText(unit, target)]
}

function targetText(unit: Unit, { isAtMost, value, isMet, of }: Target): string {
  const mark = isMet === null ? '' : isMet ? '✓ ' : '✕ '
  const ninety = of === 'p90' ? ' (9 of 10)' : ''
  return `${mark}${isAtMost ? '≤' : '≥'} ${said(unit, value)}${ninety}`
}

function said(unit: Unit, value: number): string {
  switch (unit) {
    case 'ms':
      return formatDuration(Math.round(value))
    case 'share':
      return percent(value)
    case 'perDay':
      return `${value.toFixed(2)} a day`
    case 'score':
      return value.toFixed(2)
    case 'count':
      return String(value)
  }
}

const percent = (share: number) => `${(share * 100).toFixed(1)} %`
