/** connect: the tools that deliver to this server, and how each of them does. */
import { type CliContext, EXIT } from '../context.ts'
import { ago, clean, dim, raw, show } from '../output.ts'
import type { AddVerbs } from '../program.ts'

interface Connection {
  readonly connection: string
  readonly kind: string
  readonly address: string
  readonly lastAt: number | null
  readonly deliveries: number
  readonly observations: number
  readonly unmapped: number
  readonly refused: {
    readonly unsigned: number
    readonly forged: number
    readonly stale: number
    readonly unreadable: number
    readonly lastAt: number | null
  }
  readonly notes: readonly {
    readonly event: string
    readonly note: string
    readonly deliveries: number
  }[]
}

const NOTES_SHOWN = 15

export const addConnect: AddVerbs = (program, run) => {
  const connect = program.command('connect').description('tools that deliver to this server')
  connect
    .command('list', { isDefault: true })
    .description('each with its address, its last delivery, and what was refused')
    .option('--days <count>', 'how far back', '7')
    .action((flags: { days: string }) => run((context) => list(context, flags)))
  connect
    .command('show')
    .description('what one of them told that nobody could use')
    .argument('<connection>')
    .option('--days <count>', 'how far back', '7')
    .action((name: string, flags: { days: string }) => run((context) => one(context, name, flags)))
  addBackfill(connect, run)
}

const addBackfill: AddVerbs = (connect, run) => {
  connect
    .command('backfill')
    .description('ask a tool for what came before its hook was set up')
    .argument('<connection>')
    .option('--days <count>', 'how far back', '456')
    .option('--status', 'ask for nothing, and say how it goes', false)
    .action((name: string, flags: { days: string; status: boolean }) =>
      run(async (context) => {
        const path = `/connections/${encodeURIComponent(name)}/backfill`
        if (!flags.status) await context.api.post(path, { days: Number(flags.days) })
        show(
          context,
          await context.api.get<Filled[]>(path),
          [
            ['repository', ({ repository }) => repository],
            ['status', ({ status }) => status],
            ['reading', ({ place }) => (place === null ? '–' : `${place.resource} ${place.page}`)],
            ['pages', ({ pages }) => pages],
            ['observations', ({ observations }) => observations],
            ['not used', ({ notes }) => notes],
            ['why', ({ reason }) => reason],
          ],
          'It names no repositories.',
        )
      }),
    )
}

interface Filled {
  readonly repository: string
  readonly status: string
  readonly place: { readonly resource: string; readonly page: number } | null
  readonly pages: number
  readonly observations: number
  readonly notes: number
  readonly reason: string
}

const asked = ({ api }: CliContext, { days }: { days: string }) =>
  api.get<Connection[]>('/connections', { days })

const refusedOf = ({ refused: { unsigned, forged, stale, unreadable } }: Connection) =>
  unsigned + forged + stale + unreadable

async function list(context: CliContext, flags: { days: string }): Promise<void> {
  show(
    context,
    await asked(context, flags),
    [
      ['connection', ({ connection }) => connection],
      ['kind', ({ kind }) => kind],
      ['address', ({ address }) => address],
      ['last delivery', ({ lastAt }) => (lastAt === null ? 'never' : ago(lastAt))],
      ['deliveries', ({ deliveries }) => deliveries],
      ['observations', ({ observations }) => observations],
      ['unmapped', ({ unmapped }) => unmapped],
      ['refused', refusedOf],
    ],
    'No tool delivers here: name them in the file that SIGNALBOX_CONNECTIONS points to.',
  )
}

async function one(
  context: CliContext,
  name: string,
  flags: { days: string },
): Promise<number | void> {
  const all = await asked(context, flags)
  const found = all.find(({ connection }) => connection === name)
  const { io } = context
  if (found === undefined) {
    io.err(`There is no connection ${clean(name)}.\n`)
    io.err(`There are: ${all.map(({ connection }) => connection).join(', ') || 'none'}\n`)
    return EXIT.refused
  }
  if (context.format !== 'table') return raw(context, found)
  const { unsigned, forged, stale, unreadable } = found.refused
  io.out(`${found.connection} (${found.kind}) at ${context.api.url}${found.address}\n`)
  io.out(`Last delivery: ${found.lastAt === null ? 'never' : ago(found.lastAt)}\n`)
  io.out(`Refused since the server started: ${refusedOf(found)}`)
  io.out(dim(` (unsigned ${unsigned}, wrongly signed ${forged}, `, io))
  io.out(dim(`too old ${stale}, no JSON ${unreadable})\n`, io))
  show(
    context,
    found.notes.slice(0, NOTES_SHOWN),
    [
      ['event', ({ event }) => event],
      ['what was not used, and why', ({ note }) => note],
      ['deliveries', ({ deliveries }) => deliveries],
    ],
    'Everything that came was used.',
  )
}
