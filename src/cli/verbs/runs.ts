/** run: start one, look at it, cancel it, say how an effect went. */
import { InvalidArgumentError } from 'commander'
import { setTimeout as sleep } from 'node:timers/promises'
import { formatDuration } from '#kernel/duration.ts'
import { type CliContext, EXIT } from '../context.ts'
import { ago, clean, raw, show } from '../output.ts'
import type { AddVerbs } from '../program.ts'
import { addRunArtifacts } from './run-artifacts.ts'

const LOOK_MS = 500

interface Run {
  readonly id: string
  readonly service: string
  readonly branch: string
  readonly sha: string
  readonly outcome: string
  readonly refusal: string | null
  readonly held: boolean
  readonly turn: string | null
  readonly doubted: readonly string[]
  readonly queued_at: number
  readonly progress: { readonly ended: number; readonly total: number }
}
interface Job {
  readonly name: string
  readonly status: string
  readonly outcome?: string
  readonly reason?: string
  readonly message?: string
  readonly attempt: number
  readonly isFinal: boolean
  readonly durationMs?: number
  readonly tests?: { readonly passed: number; readonly failed: number; readonly skipped: number }
  readonly tested?: {
    readonly quarantined: { readonly count: number }
    readonly retriedNew: { readonly count: number }
  }
}

interface Noted {
  /** Those that follow the branch. */
  readonly services: readonly string[]
}

export const addRuns: AddVerbs = (program, run) => {
  program
    .command('push')
    .description('tell the server that a branch was pushed (what a webhook does)')
    .argument('<repository>')
    .argument('[branch]', 'which was pushed', 'main')
    .action((repository: string, branch: string) =>
      run(async ({ api, io }) => {
        const push = { repository, branch }
        const { services } = await api.post<Noted>('/repositories/push', push)
        const followed = services.length > 0
        const nobody =
          `but no service follows ${branch} of ${repository}: ` +
          'name the branch, or apply one that does'
        const watch = `for ${services.join(', ')}. Watch it with: signalbox runs list`
        io.out(`Noted${followed ? ` ${watch}` : `, ${nobody}.`}\n`)
      }),
    )
  const runs = program.command('runs').description('runs of pipelines')
  runs
    .command('start')
    .description('run the head of the service’s branch')
    .argument('<service>')
    .option('--input <name=value>', 'what the pipeline asks for; may be given again', gather, [])
    .action((service: string, flags: { input: readonly string[] }) =>
      run(async ({ api, io }) => {
        const inputs = Object.fromEntries(flags.input.map(nameAndValue))
        const { id } = await api.post<{ id: string }>('/runs', { service, inputs })
        io.out(`${id}\n`)
      }),
    )
  runs
    .command('list')
    .option('--service <service>')
    .action((flags: { service?: string }) => run((context) => list(context, flags.service)))
  runs
    .command('show')
    .argument('<run>')
    .option('--watch', 'until it has ended', false)
    .action((id: string, flags: { watch: boolean }) => run((c) => showRun(c, id, flags.watch)))
  runs
    .command('resolve')
    .description('say how an effect went whose runner was lost')
    .argument('<run>')
    .argument('<job>')
    .argument('<how>', 'succeeded, failed or again')
    .action((id: string, job: string, how: string) =>
      run(async ({ api, io }) => {
        await api.post(`/runs/${id}/jobs/${encodeURIComponent(job)}/resolve`, { as: how })
        io.out(`${job}: ${how}.\n`)
      }),
    )
  runs
    .command('cancel')
    .argument('<run>')
    .action((id: string) =>
      run(async ({ api, io }) => {
        await api.post(`/runs/${id}/cancel`)
        io.out('Cancelling.\n')
      }),
    )
  addRunArtifacts(runs, run)
}

function gather(one: string, before: readonly string[]): readonly string[] {
  if (one.indexOf('=') > 0) return [...before, one]
  throw new InvalidArgumentError('Write it as name=value.')
}

function nameAndValue(input: string): readonly [string, string] {
  const at = input.indexOf('=')
  return [input.slice(0, at), input.slice(at + 1)]
}

async function list(context: CliContext, service: string | undefined): Promise<void> {
  const rows = await context.api.get<Run[]>('/runs', { service })
  show(
    context,
    rows,
    [
      ['run', (row) => row.id],
      ['service', (row) => row.service],
      ['commit', (row) => row.sha.slice(0, 8)],
      ['outcome', (row) => (row.held ? 'waits for its turn' : row.outcome)],
      ['jobs', (row) => `${row.progress.ended}/${row.progress.total}`],
      ['queued', (row) => ago(row.queued_at)],
    ],
    'Nothing has run yet. Push a commit, then: signalbox push <repository>',
  )
}

const jobsColumns = [
  ['job', (job: Job) => (job.isFinal ? `${job.name} (finally)` : job.name)],
  ['state', (job: Job) => job.outcome ?? job.status],
  ['why', (job: Job) => job.message ?? job.reason],
  ['attempt', (job: Job) => (job.attempt > 1 ? String(job.attempt) : null)],
  ['took', (job: Job) => (job.durationMs === undefined ? null : formatDuration(job.durationMs))],
  ['tests', (job: Job) => testsOf(job)],
] as const

function testsOf({ tests, tested }: Job): string | null {
  if (tests === undefined) return null
  const { passed, failed, skipped } = tests
  const notes = [
    ...(skipped > 0 ? [`${skipped} skipped`] : []),
    ...(tested !== undefined && tested.quarantined.count > 0
      ? [`${tested.quarantined.count} of them quarantined`]
      : []),
    ...(tested !== undefined && tested.retriedNew.count > 0
      ? [`passed on retry: ${tested.retriedNew.count} new`]
      : []),
  ]
  return [`${passed} passed`, `${failed} failed`, ...notes].join(', ')
}

async function showRun(context: CliContext, id: string, watch: boolean): Promise<number> {
  type Whole = Run & { readonly jobs: readonly Job[] }
  let row = await context.api.get<Whole>(`/runs/${id}`)
  while (watch && row.outcome === 'running') {
    await sleep(LOOK_MS)
    row = await context.api.get<Whole>(`/runs/${id}`)
  }
  if (context.format !== 'table') raw(context, row)
  else {
    context.io.out(`${row.service} ${row.sha.slice(0, 8)} on ${row.branch}: ${row.outcome}\n`)
    if (row.held) context.io.out(`It waits for its turn in ${row.turn}.\n`)
    for (const job of row.doubted)
      context.io.out(
        `${job} may have changed the world before its runner was lost. Say how it went: ` +
          `signalbox runs resolve ${row.id} ${job} succeeded|failed|again\n`,
      )
    for (const line of row.refusal?.split('\n') ?? []) context.io.out(`${clean(line)}\n`)
    show(context, row.jobs, jobsColumns, 'No jobs.')
  }
  if (row.outcome === 'running') return EXIT.waiting
  return row.outcome === 'succeeded' ? EXIT.done : EXIT.refused
}
