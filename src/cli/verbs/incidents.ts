/** incident: harm to users, whom it calls, and who looks after it. */
import { type Incident, type IncidentDetail } from '../answers.ts'
import { type CliContext, EXIT } from '../context.ts'
import { ago, bold, clean, dim, raw, red, show } from '../output.ts'
import type { AddVerbs } from '../program.ts'

const SHOWN_MAX = 100

export const addIncidents: AddVerbs = (program, run) => {
  const incident = program.command('incident').description('harm to users: what, whom it calls')
  incident
    .command('list', { isDefault: true })
    .description('those that are not resolved')
    .option('--service <service>')
    .option('--all', 'resolved ones too', false)
    .action((flags: { service?: string; all: boolean }) => run((context) => list(context, flags)))
  incident
    .command('open')
    .description('say that users are harmed')
    .argument('<service>')
    .requiredOption('--env <environment>')
    .requiredOption('--title <text>')
    .option('--severity <severity>', '1, the worst, to 4', '3')
    .action((service: string, flags: { env: string; title: string; severity: string }) =>
      run(async (context) => {
        const { env: environment, title } = flags
        const body = { service, environment, title, severity: Number(flags.severity) }
        const { id, status } = await context.api.post<Incident>('/incidents', body)
        context.io.out(`${id}: ${status}\n`)
      }),
    )
  incident
    .command('show')
    .argument('<incident>')
    .action((id: string) => run((context) => detail(context, id)))
  incident
    .command('acknowledge')
    .description('you look after it: it calls nobody any more')
    .argument('<incident>')
    .option('--note <text>', '', '')
    .action((id: string, flags: { note: string }) =>
      run((context) => say(context, id, 'acknowledge', flags)),
    )
  incident
    .command('page')
    .description('call people, until one of them acknowledges it')
    .argument('<incident>')
    .requiredOption('--reason <text>')
    .action((id: string, flags: { reason: string }) =>
      run((context) => say(context, id, 'page', flags)),
    )
  incident
    .command('resolve')
    .argument('<incident>')
    .option('--note <text>', '', '')
    .action((id: string, flags: { note: string }) =>
      run((context) => say(context, id, 'resolve', flags)),
    )
}

/** Those that call people; where people look first, they stand first. */
export async function sayCalling(context: CliContext, service?: string): Promise<void> {
  const query = { service, calling: true, limit: SHOWN_MAX }
  const calling = await context.api.get<Incident[]>('/incidents', query)
  for (const { id, severity, title, advice } of calling) {
    const { io } = context
    io.out(`${red(`‼ severity ${severity}`, io)}  ${clean(title)}\n`)
    if (advice !== null) io.out(`    ${clean(advice)}\n`)
    io.out(`    ${dim(`It is yours: signalbox incident acknowledge ${id}`, io)}\n`)
  }
}

async function list(context: CliContext, flags: { readonly service?: string; all: boolean }) {
  const query = { service: flags.service, open: !flags.all, limit: SHOWN_MAX }
  show(
    context,
    await context.api.get<Incident[]>('/incidents', query),
    [
      ['incident', ({ id }) => id],
      ['severity', ({ severity }) => severity],
      ['status', (row) => stateOf(row)],
      ['since', ({ opened_at: at }) => ago(at)],
      ['title', ({ title }) => title],
    ],
    flags.all ? 'There are none.' : 'None is open.',
  )
}

async function detail(context: CliContext, id: string): Promise<void> {
  const found = await context.api.get<IncidentDetail>(`/incidents/${encodeURIComponent(id)}`)
  if (context.format !== 'table') return raw(context, found)
  const { io } = context
  io.out(`${bold(clean(found.title), io)}  severity ${found.severity}, ${stateOf(found)}\n`)
  if (found.advice !== null) io.out(`${clean(found.advice)}\n`)
  for (const { deployment } of found.causes) io.out(`caused by   ${deployment}\n`)
  for (const { version, environment, promotion, outcome, status } of found.fixes)
    io.out(`mended by   ${clean(version)} in ${environment} (${promotion}, ${outcome ?? status})\n`)
  for (const { emergency, status, late } of found.emergencies ?? []) {
    io.out(`emergency   ${emergency}, ${status}\n`)
    for (const { name, message } of late)
      io.out(`${red('failed late', io)} ${name}: ${clean(message)}\n`)
  }
  for (const { share, says } of found.suspects ?? [])
    io.out(`suspect     ${(100 * share).toFixed(0).padStart(3)} %  ${clean(says)}\n`)
}

async function say(context: CliContext, id: string, verb: string, body: object): Promise<number> {
  const done = await context.api.post<Incident>(
    `/incidents/${encodeURIComponent(id)}/${verb}`,
    body,
  )
  if (context.format === 'table') context.io.out(`${done.id}: ${stateOf(done)}\n`)
  else raw(context, done)
  return EXIT.done
}

function stateOf({ status, calling, acknowledged_by: by }: Incident): string {
  if (calling) return `${status}, calling`
  return by === null || status === 'resolved' ? status : `${status}, ${by} looks after it`
}
