/** calendar subscribe: an address for programs that read calendars and send no headers. */
import type { Command } from 'commander'
import { EXIT } from '../context.ts'
import { ago, dim, raw, show } from '../output.ts'
import type { AddVerbs } from '../program.ts'

interface Subscribed {
  readonly id: string
  readonly path: string
  readonly expiresAt: number
}

interface Flags {
  readonly service?: string
  readonly env?: string
  readonly days: string
}

/** Beneath `calendar`. */
export function addSubscriptions(calendar: Command, run: Parameters<AddVerbs>[1]): void {
  calendar
    .command('subscribe')
    .description('an address of its own for your calendar program; shown once')
    .option('--service <service>', 'left out: all')
    .option('--env <environment>', 'left out: all')
    .option('--days <days>', 'how long it lasts', '366')
    .action(({ service, env: environment, days }: Flags) =>
      run(async (context) => {
        const { api, io, format } = context
        const body = { service, environment, days: Number(days) }
        const made = await api.post<Subscribed>('/calendar/subscriptions', body)
        const address = `${api.url}${made.path}`
        if (format !== 'table') return raw(context, { ...made, address })
        io.out(`${address}\n`)
        io.out(dim('Whoever has it reads the calendar; it is not shown again.\n', io))
        io.out(dim(`Take it back: signalbox calendar unsubscribe ${made.id}\n`, io))
        return EXIT.done
      }),
    )
  calendar
    .command('subscriptions')
    .description('your addresses, without their secrets')
    .action(() =>
      run(async (context) =>
        show(
          context,
          await context.api.get<Subscribed[]>('/calendar/subscriptions'),
          [
            ['subscription', ({ id }) => id],
            ['ends', ({ expiresAt }) => ago(expiresAt)],
          ],
          'None: signalbox calendar subscribe',
        ),
      ),
    )
  calendar
    .command('unsubscribe')
    .description('take an address back: it answers no more')
    .argument('<subscription>')
    .action((id: string) =>
      run(async ({ api, io }) => {
        await api.post(`/calendar/subscriptions/${encodeURIComponent(id)}/revoke`)
        io.out(`${id}: taken back.\n`)
      }),
    )
}
