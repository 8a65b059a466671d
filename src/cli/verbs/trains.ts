/** train: release plans that leave by a timetable. */
import { type CliContext, EXIT } from '../context.ts'
import { ago, bold, clean, dim, green, raw, show, yellow } from '../output.ts'
import type {
  Departure,
  Forecast,
  LeftBehind,
  Passenger,
  Train,
  TrainSummary,
} from '../plan-answers.ts'
import type { AddVerbs } from '../program.ts'

export const addTrains: AddVerbs = (program, run) => {
  const train = program.command('train').description('release plans that leave by a timetable')
  train
    .command('list', { isDefault: true })
    .description('when each leaves next')
    .action(() => run(list))
  train
    .command('show')
    .description('its timetable, and its last departures')
    .argument('<train>')
    .action((id: string) => run((context) => showTrain(context, id)))
  train
    .command('forecast')
    .description('who will board the next one, and who will be left behind why')
    .argument('<train>')
    .action((id: string) => run((context) => forecast(context, id)))
  train
    .command('board')
    .description('the last departure: who was on board')
    .argument('<train>')
    .action((id: string) => run((context) => board(context, id)))
  train
    .command('withdraw')
    .description('let it run no more')
    .argument('<train>')
    .requiredOption('--reason <text>')
    .action((id: string, flags: { reason: string }) =>
      run(async ({ api, io }) => {
        await api.post(`/trains/${encodeURIComponent(id)}/withdraw`, flags)
        io.out(`${id}: withdrawn.\n`)
      }),
    )
}

const get = <T>({ api }: CliContext, id: string, more = '') =>
  api.get<T>(`/trains/${encodeURIComponent(id)}${more}`)

/** `2026-01-12 16:00Z`. */
const minute = (at: number) => `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')}Z`

async function list(context: CliContext): Promise<void> {
  show(
    context,
    await context.api.get<TrainSummary[]>('/trains'),
    [
      ['train', ({ id }) => id],
      ['way', ({ from, to }) => `${from} → ${to}`],
      ['leaves', ({ next }) => (next === null ? 'not in sight' : `${minute(next)}, ${ago(next)}`)],
      ['cut-off', ({ cutOffAt }) => (cutOffAt === null ? '' : minute(cutOffAt))],
      ['services', ({ services }) => services.join(', ')],
    ],
    'No trains run: apply a manifest of kind ReleaseTrain.',
  )
}

async function showTrain(context: CliContext, id: string): Promise<number> {
  const train = await get<Train>(context, id)
  if (context.format !== 'table') {
    raw(context, train)
    return EXIT.done
  }
  const { io } = context
  const rule = dim(`${train.rule} ${train.zone}`, io)
  io.out(`${bold(train.id, io)} ${train.from} → ${train.to}  ${rule}\n`)
  for (const at of train.timetable) io.out(`  leaves ${minute(at)}, ${ago(at)}\n`)
  if (train.timetable.length === 0) io.out('  no departure in the next 60 days\n')
  show(
    context,
    train.departures,
    [
      ['departure', ({ departsAt }) => minute(departsAt)],
      ['left', ({ leftAt }) => (leftAt === null ? '✕ missed' : '✓')],
      ['plan', ({ plan }) => plan],
      ['on board', ({ boards }) => boards.map((p) => `${p.service} ${p.version}`).join(', ')],
      ['why', ({ reason }) => reason ?? ''],
    ],
    'It has not left yet.',
  )
  return EXIT.done
}

async function forecast(context: CliContext, id: string): Promise<number> {
  const answer = await get<Forecast>(context, id, '/forecast')
  if (context.format !== 'table') {
    raw(context, answer)
    return EXIT.done
  }
  const { next, cutOffAt } = answer
  const when = next === null ? 'does not leave' : `leaves ${minute(next)}, ${ago(next)}`
  const cut = cutOffAt === null || cutOffAt === next ? '' : `, cut-off ${minute(cutOffAt)}`
  context.io.out(`${bold(answer.id, context.io)} ${when}${cut}; as things stand now:\n`)
  seats(context, answer)
  return EXIT.done
}

async function board(context: CliContext, id: string): Promise<number> {
  const [last] = (await get<Train>(context, id)).departures
  if (context.format !== 'table') {
    raw(context, last ?? null)
    return EXIT.done
  }
  if (last === undefined) {
    context.io.out('It has not left yet.\n')
    return EXIT.waiting
  }
  context.io.out(`${bold(last.train, context.io)} ${said(last)}\n`)
  seats(context, last)
  return last.leftAt === null ? EXIT.refused : EXIT.done
}

function said({ departsAt, leftAt, plan, reason }: Departure): string {
  if (leftAt === null) return `missed ${minute(departsAt)}: ${clean(reason)}`
  return `left ${minute(departsAt)}, ${ago(leftAt)}${plan === null ? ', empty' : `: plan ${plan}`}`
}

function seats(
  { io }: CliContext,
  { boards, leftBehind }: { boards: readonly Passenger[]; leftBehind: readonly LeftBehind[] },
): void {
  for (const { service, version, waits } of boards)
    io.out(
      `  ${green('✓', io)} ${service} ${version}${waits === null ? '' : `  ${clean(waits)}`}\n`,
    )
  for (const { service, version, reason, remedy } of leftBehind) {
    const what = version === null ? service : `${service} ${version}`
    io.out(`  ${yellow('–', io)} ${what}  ${clean(reason)} ${dim(clean(remedy), io)}\n`)
  }
}
