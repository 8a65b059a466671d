/** emergency, review: rights for a while when it burns, and looking back at how they were used. */
import { type Emergency, type Review } from '../answers.ts'
import { type CliContext, EXIT } from '../context.ts'
import { ago, bold, clean, dim, raw, red, show, yellow } from '../output.ts'
import type { AddVerbs } from '../program.ts'

const SHOWN_MAX = 100

interface StartFlags {
  readonly env: string
  readonly incident?: string
  readonly reason: string
  readonly for?: string
  readonly alone: boolean
}

type Drill = Pick<StartFlags, 'env' | 'reason' | 'for'>

export const addEmergencies: AddVerbs = (program, run) => {
  const emergency = program.command('emergency').description('rights for a while, when it burns')
  emergency
    .command('list', { isDefault: true })
    .description('what stands, is asked for, or still owes a review')
    .option('--service <service>')
    .option('--all', 'all there ever were', false)
    .action((flags: { service?: string; all: boolean }) => run((context) => list(context, flags)))
  emergency
    .command('start')
    .description('ask for it; it stands once somebody else who is on call says yes')
    .argument('<service>')
    .requiredOption('--env <environment>')
    .option('--incident <incident>', 'what it is about; tiers 0 and 1 ask for it')
    .requiredOption('--reason <text>')
    .option('--for <duration>', 'how long; left out: as long as its policy allows, 4h at most')
    .option('--alone', 'nobody else is there: two others review it later', false)
    .action((service: string, flags: StartFlags) =>
      run(async (context) => {
        const { env: environment, incident, reason, for: lasts, alone } = flags
        const body = { service, environment, incident, reason, lasts, alone }
        return say(context, await context.api.post<Emergency>('/emergencies', body))
      }),
    )
  emergency
    .command('drill')
    .description('rehearse it, out of production: the same rules, rights and review')
    .argument('<service>')
    .requiredOption('--env <environment>')
    .option('--reason <text>', '', 'The quarterly drill.')
    .option('--for <duration>', 'how long; left out: as long as its policy allows, 4h at most')
    .action((service: string, { env: environment, reason, for: lasts }: Drill) =>
      run(async (context) => {
        const body = { service, environment, reason, lasts, drill: true }
        return say(context, await context.api.post<Emergency>('/emergencies', body))
      }),
    )
  emergency
    .command('drills')
    .description('which services of tiers 0 and 1 are to be drilled, the first one first')
    .action(() => run(drills))
  emergency
    .command('show')
    .argument('<emergency>')
    .action((id: string) =>
      run(async (context) => say(context, await context.api.get<Emergency>(pathOf(id)))),
    )
  emergency
    .command('approve')
    .description('say yes: you are an approver of the team that owns the service')
    .argument('<emergency>')
    .action((id: string) =>
      run(async (context) =>
        say(context, await context.api.post<Emergency>(`${pathOf(id)}/approve`)),
      ),
    )
  emergency
    .command('end')
    .description('before its time: its rights are over at once')
    .argument('<emergency>')
    .requiredOption('--reason <text>')
    .action((id: string, flags: { reason: string }) =>
      run(async (context) => {
        const body = { reason: flags.reason }
        return say(context, await context.api.post<Emergency>(`${pathOf(id)}/end`, body), true)
      }),
    )
  addReviews(program, run)
}

const pathOf = (id: string) => `/emergencies/${encodeURIComponent(id)}`

const addReviews: AddVerbs = (program, run) => {
  const review = program.command('review').description('looking back at emergencies')
  review
    .command('list', { isDefault: true })
    .description('those that are due, the first one first')
    .option('--service <service>')
    .option('--all', 'those that are done too', false)
    .action((flags: { service?: string; all: boolean }) =>
      run((context) => listReviews(context, flags)),
    )
  review
    .command('done')
    .description('you looked at it, and say what you learned')
    .argument('<emergency>')
    .requiredOption('--note <text>', 'what was learned, and what has to change')
    .action((id: string, flags: { note: string }) =>
      run(async (context) => {
        const path = `/reviews/${encodeURIComponent(id)}/sign`
        const done = await context.api.post<Review>(path, { note: flags.note })
        if (context.format !== 'table') return raw(context, done)
        context.io.out(`${done.id}: ${reviewText(done)}\n`)
      }),
    )
}

/** Where people look first: what stands, what failed late, and what is overdue. */
export async function sayEmergencies(context: CliContext, service?: string): Promise<void> {
  const query = { service, owing: true, limit: SHOWN_MAX }
  const { io } = context
  for (const each of await context.api.get<Emergency[]>('/emergencies', query)) {
    const place = `${each.service} in ${each.environment}`
    const line = (mark: string, text: string) => io.out(`${mark}  ${clean(text)}\n`)
    if (each.status !== 'ended')
      line(yellow('⚠ emergency', io), `${place} ${stateOf(each)}: ${each.reason} (${each.id})`)
    const late = each.lateFailed.map(({ name }) => name).join(', ')
    if (late !== '') line(red('✕ late', io), `${place}: ${late} failed afterwards (${each.id})`)
    if (each.review?.state === 'overdue')
      line(red('✕ review overdue', io), `${place}: ${each.id}; the next one takes one yes more`)
  }
}

async function list(context: CliContext, flags: { readonly service?: string; all: boolean }) {
  const query = { service: flags.service, owing: !flags.all, limit: SHOWN_MAX }
  show(
    context,
    await context.api.get<Emergency[]>('/emergencies', query),
    [
      ['emergency', ({ id }) => id],
      ['service', ({ service }) => service],
      ['environment', ({ environment }) => environment],
      ['state', (row) => stateOf(row)],
      ['review', ({ review }) => review?.state],
      ['late failures', ({ lateFailed }) => lateFailed.map(({ name }) => name).join(', ')],
      ['reason', ({ reason }) => reason],
    ],
    flags.all ? 'There never was one.' : 'None stands, and none owes a review.',
  )
}

interface DrillDue {
  readonly service: string
  readonly lastAt: number | null
  readonly dueAt: number | null
  readonly isOverdue: boolean
}

async function drills(context: CliContext): Promise<void> {
  show(
    context,
    await context.api.get<DrillDue[]>('/emergencies/drills'),
    [
      ['service', ({ service }) => service],
      ['last', ({ lastAt }) => (lastAt === null ? 'never' : ago(lastAt))],
      ['due', ({ dueAt, isOverdue }) => (isOverdue ? 'overdue' : ago(dueAt))],
    ],
    'No service is of tier 0 or 1.',
  )
}

function say(context: CliContext, it: Emergency, isEnding = false): number {
  if (context.format !== 'table') raw(context, it)
  else {
    const { io } = context
    io.out(`${it.id}  ${bold(stateOf(it), io)}${it.drill ? '  drill' : ''}\n`)
    const line = (what: string, text: string) =>
      io.out(`${dim(what.padEnd(11), io)} ${clean(text)}\n`)
    line('slot', `${it.service} in ${it.environment}`)
    if (it.incident !== null) line('incident', it.incident)
    line('reason', it.reason)
    line('asked by', `${it.requestedBy}${it.alone ? ', alone' : ''}`)
    if (it.approvals.length > 0) line('approved by', it.approvals.join(', '))
    if (it.overdue.length > 0)
      line('overdue', `review of ${it.overdue.join(', ')}: one approval more is needed`)
    if (it.review !== null)
      line('review', `${it.review.state}, due ${new Date(it.review.dueAt).toISOString()}`)
    for (const { promotion, version, late, judged } of it.uses) {
      line('used by', `${version} (${promotion}), late: ${late.join(', ') || 'nothing'}`)
      for (const { name, state, message } of judged) line(`  ${state}`, `${name}: ${message}`)
    }
    if (it.status === 'requested')
      io.out(`Let an approver say: signalbox emergency approve ${it.id}\n`)
    if (it.status === 'standing')
      io.out(`Use it: signalbox promote ${it.service} --to ${it.environment} --emergency\n`)
  }
  return it.status === 'requested' && !isEnding ? EXIT.waiting : EXIT.done
}

function stateOf({ status, approvalsMissing: missing, endsAt }: Emergency): string {
  if (status === 'requested') return `waits for ${missing} approval${missing === 1 ? '' : 's'}`
  return status === 'standing' && endsAt !== null ? `stands, ends ${ago(endsAt)}` : 'ended'
}

async function listReviews(
  context: CliContext,
  flags: { readonly service?: string; all: boolean },
) {
  const query = { service: flags.service, done: flags.all, limit: SHOWN_MAX }
  show(
    context,
    await context.api.get<Review[]>('/reviews', query),
    [
      ['review of', ({ id }) => id],
      ['service', ({ service }) => service],
      ['environment', ({ environment }) => environment],
      ['due', ({ dueAt }) => ago(dueAt)],
      ['state', reviewText],
    ],
    flags.all ? 'There never was one.' : 'None is open.',
  )
}

function reviewText({ status, dueAt, state }: Review): string {
  if (status === 'done') return `done by ${state.signed.map(({ by }) => by).join(', ')}`
  const missing = state.reviewers - state.signed.length
  const late = Date.now() >= dueAt ? 'overdue, ' : ''
  const who = `${missing} reviewer${missing === 1 ? '' : 's'} other than ${state.requestedBy}`
  return `${late}waits for ${who}`
}
