/** calendar explain, notice and override: the calendar in words, and a person's word against it. */
import type { Command } from 'commander'
import type { CalendarNow } from '../answers.ts'
import { type CliContext, EXIT } from '../context.ts'
import { clean, raw, yellow } from '../output.ts'
import type { Act } from '../program.ts'
import { sayNow } from './calendar-now.ts'
import { findPromotion, reportPromotion } from './deciding.ts'

interface Explained extends CalendarNow {
  readonly contradictions: readonly { readonly what: string; readonly message: string }[]
}

export function addCalendarWords(calendar: Command, run: (act: Act) => Promise<void>): void {
  calendar
    .command('explain')
    .description('what its windows and freezes do to each other')
    .requiredOption('--service <service>')
    .requiredOption('--env <environment>')
    .option('--days <count>', 'how far ahead', '31')
    .action((flags: { service: string; env: string; days: string }) =>
      run((context) => explain(context, flags)),
    )
  calendar
    .command('notice')
    .description('draft a notice of a window or a freeze, as Markdown')
    .argument('<window>')
    .option('--zone <zone>', 'the reader’s; that of this machine when left out')
    .action((name: string, flags: { zone?: string }) =>
      run(async (context) => {
        // Asked for here: what knows zones takes longer to load than the rest of this program.
        const zone = flags.zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone
        const path = `/calendar/notices/${encodeURIComponent(name)}`
        const answer = await context.api.get<{ text: string }>(path, { zone })
        if (context.format === 'table') context.io.out(answer.text)
        else raw(context, answer)
      }),
    )
  calendar
    .command('override')
    .description('let a promotion start although it does not fit before its slot closes')
    .argument('<promotion>', 'its id, or a service with --env')
    .option('--env <environment>')
    .requiredOption('--reason <text>')
    .action((name: string, flags: { env?: string; reason: string }) =>
      run(async (context) => {
        const { id } = await findPromotion(context.api, name, flags.env)
        await context.api.post(`/promotions/${id}/override-window`, { reason: flags.reason })
        await reportPromotion(context, id)
      }),
    )
}

async function explain(
  context: CliContext,
  { service, env: environment, days }: { service: string; env: string; days: string },
): Promise<number> {
  const query = { service, environment, days }
  const answer = await context.api.get<Explained>('/calendar/explain', query)
  if (context.format !== 'table') {
    raw(context, answer)
    return EXIT.done
  }
  const { io } = context
  sayNow(context, `${service} in ${environment}`, answer)
  if (answer.contradictions.length === 0) io.out('  Nothing on it contradicts anything.\n')
  for (const { message } of answer.contradictions)
    io.out(`  ${yellow('≠', io)} ${clean(message)}\n`)
  return EXIT.done
}
