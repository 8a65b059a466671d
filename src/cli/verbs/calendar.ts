/** calendar: when deploying is allowed, and what other calendars know of it. */
import { readFileSync, writeFileSync } from 'node:fs'
import type { CalendarEntry, CalendarNow, Imported } from '../answers.ts'
import { type CliContext, EXIT } from '../context.ts'
import { clean, dim, raw, show } from '../output.ts'
import type { AddVerbs } from '../program.ts'
import { addSubscriptions } from './subscriptions.ts'
import { minute, sayNow } from './calendar-now.ts'
import { addCalendarWords } from './calendar-words.ts'

const DAY_MS = 86_400_000
/** What the server shows at once. */
const DAYS_MAX = 100

interface Where {
  readonly service?: string
  readonly env?: string
}

export const addCalendar: AddVerbs = (program, run) => {
  const calendar = program
    .command('calendar')
    .description('when deploying is allowed, and when not')
  calendar
    .command('show', { isDefault: true })
    .description('windows and freezes in the next days')
    .option('--service <service>')
    .option('--env <environment>')
    .option('--days <count>', `how far ahead, ${DAYS_MAX} at most`, '14')
    .action((flags: Where & { days: string }) => run((context) => list(context, flags)))
  calendar
    .command('now')
    .description('is it open, why not, and when next')
    .requiredOption('--service <service>')
    .requiredOption('--env <environment>')
    .action((flags: Required<Where>) => run((context) => now(context, flags)))
  calendar
    .command('withdraw')
    .description('take a window off the calendar')
    .argument('<window>')
    .requiredOption('--reason <text>')
    .action((window: string, flags: { reason: string }) =>
      run(async ({ api, io }) => {
        await api.post(`/windows/${encodeURIComponent(window)}/withdraw`, flags)
        io.out(`${window}: withdrawn.\n`)
      }),
    )
  addExchange(calendar, run)
  addSubscriptions(calendar, run)
  addCalendarWords(calendar, run)
}

/** With other calendars, as iCalendar (.ics). */
const addExchange: AddVerbs = (calendar, run) => {
  calendar
    .command('export')
    .description('write the calendar as iCalendar, - for standard output')
    .argument('<file>')
    .option('--service <service>')
    .option('--env <environment>')
    .action((file: string, { service, env: environment }: Where) =>
      run(async ({ api, io }) => {
        const { bytes } = await api.bytes('/calendar.ics', { service, environment })
        if (file === '-') return io.out(bytes.toString())
        onDisk(file, () => writeFileSync(file, bytes))
        io.out(`Written to ${file}.\n`)
      }),
    )
  calendar
    .command('import')
    .description('make freezes of the events of an iCalendar file, - for standard input')
    .argument('<file>')
    .option('--env <environment...>', 'left out: all')
    .option('--service <service...>', 'left out: all')
    .option('--zone <zone>', 'of whole days', 'UTC')
    .action((file: string, flags: { env?: string[]; service?: string[]; zone: string }) =>
      run((context) => importFile(context, file, flags)),
    )
}

async function list(context: CliContext, flags: Where & { readonly days: string }) {
  const days = Number(flags.days)
  if (!Number.isInteger(days) || days < 1 || days > DAYS_MAX) {
    context.io.err(`--days takes a number from 1 to ${DAYS_MAX}, not ${flags.days}.\n`)
    return EXIT.usage
  }
  const from = Date.now()
  const where = { service: flags.service, environment: flags.env }
  const query = { ...where, from, to: from + days * DAY_MS }
  const answer = await context.api.get<{ entries: CalendarEntry[]; isCut: boolean }>(
    '/calendar',
    query,
  )
  show(
    context,
    answer.entries,
    [
      ['from', ({ startsAt }) => minute(startsAt)],
      ['to', ({ endsAt }) => minute(endsAt)],
      ['what', ({ kind }) => WHAT[kind]],
      ['name', ({ name }) => name],
      ['reason', ({ reason }) => reason],
    ],
    `Nothing is on the calendar in the next ${days} days: deploying is allowed.`,
  )
  if (answer.isCut) context.io.err('There is more: ask for fewer days, or for one service.\n')
  return EXIT.done
}

const WHAT = { freeze: 'frozen', allow: 'allowed', deny: 'closed' } as const

async function now(context: CliContext, { service, env: environment }: Required<Where>) {
  const answer = await context.api.get<CalendarNow>('/calendar/now', { service, environment })
  const exit = answer.isOpen ? EXIT.done : EXIT.waiting
  if (context.format !== 'table') {
    raw(context, answer)
    return exit
  }
  sayNow(context, `${service} in ${environment}`, answer)
  return exit
}

async function importFile(
  context: CliContext,
  file: string,
  flags: { readonly env?: string[]; readonly service?: string[]; readonly zone: string },
): Promise<number> {
  const text = onDisk(file, () => readFileSync(file === '-' ? 0 : file, 'utf8'))
  const { env: environments, service: services, zone } = flags
  const body = { text, zone, environments, services }
  const { taken, refused } = await context.api.post<Imported>('/calendar/import', body)
  const exit = refused.length > 0 ? EXIT.refused : EXIT.done
  if (context.format !== 'table') {
    raw(context, { taken, refused })
    return exit
  }
  const { io } = context
  for (const { summary, freeze, startsAt, endsAt, change } of taken) {
    const span = `${minute(startsAt)} – ${minute(endsAt)}`
    io.out(`✓ ${clean(summary)}  ${span}  ${dim(`freeze ${freeze} ${change}`, io)}\n`)
  }
  for (const { summary, uid, line, message, remedy } of refused)
    io.err(`✕ ${clean(summary || uid)} (line ${line}): ${clean(message)} ${clean(remedy)}\n`)
  if (taken.length + refused.length === 0) io.out('There are no events in there.\n')
  return exit
}

function onDisk<T>(file: string, act: () => T): T {
  try {
    return act()
  } catch (error) {
    const code = 'file.unreadable'
    const remedy = 'Check the path, and that you may use it.'
    throw Object.assign(new Error(`${file} cannot be used.`, { cause: error }), { code, remedy })
  }
}
