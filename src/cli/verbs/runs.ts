/** run: start one, look at it, cancel it. */
import { setTimeout as sleep } from 'node:timers/promises'
import { formatDuration } from '#kernel/duration.ts'
import { type CliContext, EXIT } from '../context.ts'
import { ago, clean, raw, show } from '../output.ts'
import type { AddVerbs } from '../program.ts'

const LOOK_MS = 500

interface Run {
  readonly id: string
  readonly service: string
  readonly branch: string
  readonly sha: string
  readonly outcome: string
  readonly refusal: string | null
  readonly queued_at: number
  readonly progress: { readonly ended: number; readonly total: number }
}
interface Job {
  readonly name: string
  readonly status: string
  readonly outcome?: string
  readonly reason?: string
  readonly durationMs?: number
  readonly tests?: { readonly passed: number; readonly failed: number; readonly skipped: number }
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
    .argument('[branch]', '', 'main')
    .action((repository: string, branch: string) =>
      run(async ({ api, io }) => {
        const push = { repository, branch }
        const { services } = await api.post<Noted>('/repositories/push', push)
        const followed = services.length > 0
        const nobody = `but no service follows ${branch} of ${repository}: apply one that does`
        const watch = `for ${services.join(', ')}. Watch it with: signalbox runs list`
        io.out(`Noted${followed ? ` ${watch}` : `, ${nobody}.`}\n`)
      }),
    )
  const runs = program.command('runs').description('runs of pipelines')
  runs
    .command('start')
    .description('run the head of the service’s branch')
    .argument('<service>')
    .action((service: string) =>
      run(async ({ api, io }) => {
        const { id } = await api.post<{ id: string }>('/runs', { service })
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
    .command('cancel')
    .argument('<run>')
    .action((id: string) =>
      run(async ({ api, io }) => {
        await api.post(`/runs/${id}/cancel`)
        io.out('Cancelling.\n')
      }),
    )
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
      ['outcome', (row) => row.outcome],
      ['jobs', (row) => `${row.progress.ended}/${row.progress.total}`],
      ['queued', (row) => ago(row.queued_at)],
    ],
    'Nothing has run yet. Push a commit, then: signalbox push <repository>',
  )
}

const jobsColumns = [
  ['job', (job: Job) => job.name],
  ['state', (job: Job) => job.outcome ?? job.status],
  ['why', (job: Job) => job.reason],
  ['took', (job: Job) => (job.durationMs === undefined ? null : formatDuration(job.durationMs))],
  ['tests', (job: Job) => testsOf(job)],
] as const

function testsOf({ tests }: Job): string | null {
  if (tests === undefined) return null
  const { passed, failed, skipped } = tests
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
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
    for (const line of row.refusal?.split('\n') ?? []) context.io.out(`${clean(line)}\n`)
    show(context, row.jobs, jobsColumns, 'No jobs.')
  }
  if (row.outcome === 'running') return EXIT.waiting
  return row.outcome === 'succeeded' ? EXIT.done : EXIT.refused
}
