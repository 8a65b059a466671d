/** retention and legal-hold: what is kept how long, what goes next, and what may not go. */
import type { CliContext } from '../context.ts'
import { ago, bold, type Column, dim, raw, show, table } from '../output.ts'
import type { AddVerbs } from '../program.ts'
import { instantOf } from './evidence.ts'

interface Hold {
  readonly id: string
  readonly service: string
  readonly from: number | null
  readonly to: number | null
  readonly incident: string | null
  readonly reason: string
  readonly owner: string
  readonly until: number | null
  readonly placedBy: string
  readonly lifted: { readonly at: number; readonly by: string } | null
  readonly isInForce: boolean
}

interface Logs {
  readonly run: string
  readonly service: string
  readonly endedAt: number
}

interface Kept {
  readonly tiers: readonly { readonly tier: number; readonly days: number }[]
  readonly kinds: readonly {
    readonly kind: string
    readonly kept: string
    readonly dropped: string
  }[]
  readonly holds: readonly Hold[]
  readonly going: readonly (Logs & { readonly orderedAt: number; readonly rule: string })[]
  readonly dropped: readonly (Logs & { readonly droppedAt: number; readonly bytes: number })[]
  readonly next: readonly (Logs & {
    readonly until: number
    readonly rule: string
    readonly keptBy: readonly string[]
    readonly goes: boolean
  })[]
}

interface PlaceFlags {
  readonly service?: string
  readonly incident?: string
  readonly from?: string
  readonly to?: string
  readonly until?: string
  readonly reason: string
  readonly owner: string
}

export const addRetention: AddVerbs = (program, run) => {
  program
    .command('retention')
    .description('what is kept how long, what holds it, and which logs go next; nothing is changed')
    .option('--service <name>')
    .option('--at <date>', 'as if it were then; left out: now')
    .option('--limit <count>', 'runs', '20')
    .action((flags: { service?: string; at?: string; limit: string }) =>
      run((context) => retention(context, flags)),
    )
  const hold = program
    .command('legal-hold')
    .description('nothing of a service and a time is thrown away or erased, whatever its age')
  hold
    .command('place')
    .description('from now on; what was dropped before does not come back')
    .option('--service <name>', 'left out: of the incident, or of all')
    .option('--incident <incident>', 'its service, from a week before it to a week after')
    .option('--from <date>', 'what happened since; left out: from the first')
    .option('--to <date>', 'what happened before; left out: whatever comes too')
    .option('--until <date>', 'when it ends by itself; left out: when it is lifted')
    .requiredOption('--reason <text>')
    .requiredOption('--owner <person>', 'who is asked whether it is still needed')
    .action((flags: PlaceFlags) => run((context) => place(context, flags)))
  hold
    .command('list')
    .description('those in force, the newest first')
    .option('--all', 'with those that are over', false)
    .action(({ all }: { all: boolean }) =>
      run(async (context) =>
        list(context, await context.api.get<Hold[]>('/legal-holds', all ? { all } : {})),
      ),
    )
  hold
    .command('lift')
    .description('what it held goes by the table again, with the next sweep')
    .argument('<hold>')
    .requiredOption('--reason <text>')
    .action((id: string, { reason }: { reason: string }) =>
      run(async (context) => {
        const path = `/legal-holds/${encodeURIComponent(id)}/lift`
        list(context, [await context.api.post<Hold>(path, { reason })])
      }),
    )
}

async function place(context: CliContext, flags: PlaceFlags): Promise<void> {
  const { service, incident, reason, owner } = flags
  const span = {
    from: instantOf(flags.from, 'from'),
    to: instantOf(flags.to, 'to'),
    until: instantOf(flags.until, 'until'),
  }
  const body = { service, incident, ...span, reason, owner }
  list(context, [await context.api.post<Hold>('/legal-holds', body)])
}

function list(context: CliContext, holds: readonly Hold[]): void {
  show(context, holds, HOLDS, 'No legal hold is in force: signalbox legal-hold place')
}

const day = (at: number | null, other: string) =>
  at === null ? other : new Date(at).toISOString().slice(0, 10)

const HOLDS = [
  ['hold', ({ id }: Hold) => id],
  ['service', ({ service }) => (service === '*' ? 'all' : service)],
  ['of', ({ from, to }) => `${day(from, 'the first')} to ${day(to, 'whatever comes')}`],
  ['until', ({ until }) => day(until, 'lifted')],
  ['reason', ({ reason, incident }) => (incident === null ? reason : `${reason} (${incident})`)],
  ['owner', ({ owner }) => owner],
  ['state', ({ isInForce, lifted }) => (isInForce ? '✓ holds' : lifted ? 'lifted' : 'over')],
] satisfies readonly Column<Hold>[]

async function retention(
  context: CliContext,
  flags: { readonly service?: string; readonly at?: string; readonly limit: string },
): Promise<void> {
  const { service, limit } = flags
  const at = instantOf(flags.at, 'at')
  const found = await context.api.get<Kept>('/retention', { service, at, limit })
  if (context.format !== 'table') return raw(context, found)
  const { io } = context
  const tiers = found.tiers.map(({ tier, days }) => `tier ${tier}: ${days} days`).join(', ')
  io.out(`${dim('kept', io)} ${tiers}\n\n`)
  const kinds = [
    ['what', ({ kind }: Kept['kinds'][number]) => kind],
    ['kept', ({ kept }) => kept],
    ['goes', ({ dropped }) => dropped],
  ] satisfies readonly Column<Kept['kinds'][number]>[]
  io.out(`${table(found.kinds, kinds, io)}\n\n`)
  if (found.holds.length > 0) io.out(`${table(found.holds, HOLDS, io)}\n\n`)
  const next = [
    ['run', ({ run }: Kept['next'][number]) => run],
    ['service', ({ service: whose }) => whose],
    ['ended', ({ endedAt }) => ago(endedAt)],
    ['until', ({ until }) => day(until, '')],
    ['logs', ({ goes }) => (goes ? '✕ go with the next sweep' : 'kept')],
    ['because', ({ keptBy, rule }) => keptBy[0] ?? rule],
  ] satisfies readonly Column<Kept['next'][number]>[]
  io.out(found.next.length === 0 ? 'No logs are kept.\n' : `${table(found.next, next, io)}\n`)
  const { going, dropped } = found
  if (going.length > 0)
    io.out(`${bold(`${going.length} runs`, io)} lose their logs within a day, unless held.\n`)
  const [last] = dropped
  if (last !== undefined)
    io.out(`${dim('dropped last', io)} the logs of ${last.run}, ${ago(last.droppedAt)}\n`)
}
