/** insights pipelines: where runs wait, for which jobs, and how it goes from week to week. */
import { formatDuration } from '#kernel/duration.ts'
import type { CliContext } from '../context.ts'
import { dim, raw, show } from '../output.ts'

interface Cache {
  readonly found: number
  readonly asked: number
}

export interface PipelineFigures {
  readonly runs: number
  /** One run in so many was looked at. */
  readonly every: number
  readonly wallP50Ms: number | null
  readonly wallP90Ms: number | null
  readonly queueMs: number
  readonly costMs: number
  readonly lostMs: number
  readonly recoverable: {
    readonly byRunnersMs: number
    readonly byRetriesMs: number
    readonly byCacheMs: number
  }
  readonly cache: Cache
  readonly bottlenecks: readonly {
    readonly service: string
    readonly job: string
    readonly runs: number
    readonly waitedMs: number
    readonly share: number
    readonly queueMs: number
    readonly workMs: number
  }[]
  readonly weeks: readonly {
    readonly from: number
    readonly runs: number
    readonly wallP50Ms: number
    readonly wallP90Ms: number
    readonly costMs: number
    readonly cache: Cache
  }[]
}

const TOP = 5

export async function pipelineInsights(
  context: CliContext,
  flags: { readonly service?: string },
): Promise<void> {
  const figures = await context.api.get<PipelineFigures>('/insights/pipelines', flags)
  if (context.format !== 'table') return raw(context, figures)
  const { io } = context
  if (figures.runs === 0) return io.out('No run has ended in the last four weeks.\n')
  show(context, figureRows(figures), FIGURE_COLUMNS, '')
  io.out(`\n${bottleneckLine(figures)}\n`)
  show(context, figures.bottlenecks, BOTTLENECK_COLUMNS, '')
  io.out('\n')
  show(context, figures.weeks, WEEK_COLUMNS, '')
  if (figures.every > 1) io.out(dim(`One run in ${figures.every} was looked at.\n`, io))
}

type FigureRow = readonly [name: string, value: string]
const FIGURE_COLUMNS = [
  ['figure', (row: FigureRow) => row[0]],
  ['value', (row: FigureRow) => row[1]],
] as const

function figureRows(figures: PipelineFigures): readonly FigureRow[] {
  const { runs, wallP50Ms, wallP90Ms, queueMs, costMs, lostMs, recoverable, cache } = figures
  return [
    ['runs', String(runs)],
    ['from push to end', `${took(wallP50Ms)} (median), ${took(wallP90Ms)} (9 of 10)`],
    ['waiting for a runner', formatDuration(queueMs)],
    ['found in the cache', shareOf(cache)],
    ['minutes of runners', minutes(costMs)],
    ['of those lost in attempts', minutes(lostMs)],
    ['to be had back by runners', formatDuration(recoverable.byRunnersMs)],
    ['… by the cache', formatDuration(recoverable.byCacheMs)],
    ['… by fewer retries', formatDuration(recoverable.byRetriesMs)],
  ]
}

/** “These 5 jobs are 40 % of all waiting.” */
export function bottleneckLine({ bottlenecks }: Pick<PipelineFigures, 'bottlenecks'>): string {
  const top = bottlenecks.slice(0, TOP)
  const share = top.reduce((all, one) => all + one.share, 0)
  const which = top.length === 1 ? 'This job is' : `These ${top.length} jobs are`
  return `${which} ${percent(share)} of what runs waited for:`
}

type Bottleneck = PipelineFigures['bottlenecks'][number]
const BOTTLENECK_COLUMNS = [
  ['job', (row: Bottleneck) => `${row.service} ${row.job}`],
  ['share', (row: Bottleneck) => percent(row.share)],
  ['waited', (row: Bottleneck) => formatDuration(row.waitedMs)],
  ['queue', (row: Bottleneck) => formatDuration(row.queueMs / row.runs)],
  ['work', (row: Bottleneck) => formatDuration(row.workMs / row.runs)],
  ['runs', (row: Bottleneck) => row.runs],
] as const

type Week = PipelineFigures['weeks'][number]
const WEEK_COLUMNS = [
  ['week of', (row: Week) => new Date(row.from).toISOString().slice(0, 10)],
  ['runs', (row: Week) => row.runs],
  ['median', (row: Week) => formatDuration(row.wallP50Ms)],
  ['9 of 10', (row: Week) => formatDuration(row.wallP90Ms)],
  ['minutes', (row: Week) => minutes(row.costMs)],
  ['cache', (row: Week) => shareOf(row.cache)],
] as const

const took = (ms: number | null) => (ms === null ? '–' : formatDuration(ms))
const minutes = (ms: number) => (ms / 60_000).toFixed(1)
const percent = (share: number) => `${Math.round(share * 100)} %`
const shareOf = ({ found, asked }: Cache) =>
  asked === 0 ? '–' : `${percent(found / asked)} of ${asked}`
