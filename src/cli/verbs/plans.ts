/** plan: several services into one environment, in their order. */
import { type CliContext, EXIT } from '../context.ts'
import { ago, bold, clean, dim, green, raw, red, show, table, yellow } from '../output.ts'
import type { Plan, PlanPreview, PlanSummary, Vector } from '../plan-answers.ts'
import type { AddVerbs } from '../program.ts'

interface Making {
  readonly to: string
  readonly name?: string
  readonly onFailure: string
  readonly start: boolean
  readonly dryRun: boolean
}

const ON_FAILURE = 'what follows when one fails: halt, continue, undo-group or undo-plan'

export const addPlans: AddVerbs = (program, run) => {
  const plan = program.command('plan').description('several services together, in their order')
  plan
    .command('list', { isDefault: true })
    .option('--env <environment>')
    .action((flags: { env?: string }) => run((context) => list(context, flags.env)))
  plan
    .command('show')
    .description('how far it is, and what each of its services waits for')
    .argument('<plan>')
    .action((id: string) => run((context) => report(context, id)))
  plan
    .command('create')
    .description('make one of services, each with its newest release or as service@version')
    .argument('<service...>')
    .requiredOption('--to <environment>')
    .option('--name <name>')
    .option('--edge <first:then...>', 'one before the other, besides what they depend on', [])
    .option('--on-failure <policy>', ON_FAILURE, 'halt')
    .option('--start', 'at once', false)
    .option('--dry-run', 'only say what it would be', false)
    .action((services: string[], flags: Making & { edge: string[] }) =>
      run((context) => create(context, services, flags)),
    )
  plan
    .command('from')
    .description('make one of what an environment ran and validated together')
    .argument('<environment>')
    .requiredOption('--to <environment>')
    .option('--vector <digest>', 'left out: the last one')
    .option('--name <name>')
    .option('--on-failure <policy>', ON_FAILURE, 'halt')
    .option('--start', 'at once', false)
    .option('--dry-run', 'only say what it would be', false)
    .action((from: string, { vector, ...flags }: Making & { vector?: string }) =>
      run((context) =>
        make(context, '/plans/from-environment', { ...madeOf(flags), from, vector }),
      ),
    )
  plan
    .command('vectors')
    .description('what an environment ran and validated together, newest first')
    .argument('<environment>')
    .action((environment: string) => run((context) => vectors(context, environment)))
  addDecisions(plan, run)
}

const addDecisions: AddVerbs = (plan, run) => {
  plan
    .command('start')
    .argument('<plan>')
    .action((id: string) => run((context) => say(context, id, 'start')))
  for (const [verb, what] of [
    ['cancel', 'start nothing more; what is on its way goes on'],
    ['resume', 'try again what failed, after a halt'],
  ] as const)
    plan
      .command(verb)
      .description(what)
      .argument('<plan>')
      .requiredOption('--reason <text>')
      .action((id: string, flags: { reason: string }) =>
        run((context) => say(context, id, verb, flags)),
      )
  plan
    .command('undo')
    .description('take it back from the top, or some of its services and what stands on them')
    .argument('<plan>')
    .option('--service <service...>', 'left out: all')
    .requiredOption('--reason <text>')
    .action((id: string, { service: services, reason }: { service?: string[]; reason: string }) =>
      run((context) => say(context, id, 'undo', { services, reason })),
    )
}

async function list(context: CliContext, environment: string | undefined): Promise<void> {
  show(
    context,
    await context.api.get<PlanSummary[]>('/plans', { environment }),
    [
      ['plan', ({ id }) => id],
      ['to', ({ environment: to }) => to],
      ['state', (plan) => stateOf(plan)],
      ['services', ({ services }) => services.join(', ')],
      ['by', ({ plannedBy }) => plannedBy],
      ['made', ({ plannedAt }) => ago(plannedAt)],
    ],
    'No plans yet: signalbox plan create <service…> --to <environment>',
  )
}

const stateOf = ({ status, outcome, halted }: PlanSummary) =>
  outcome ?? (halted === null ? status : 'halted')

async function create(
  context: CliContext,
  services: readonly string[],
  { edge, ...flags }: Making & { readonly edge: readonly string[] },
): Promise<number> {
  const edges = edge.map((text) => text.split(':'))
  const bad = edge.find((_, i) => edges[i]?.length !== 2)
  if (bad !== undefined) {
    context.io.err(`--edge takes first:then, such as payments:storefront, not ${bad}.\n`)
    return EXIT.usage
  }
  const items = services.map((text) => {
    const [service = '', version] = text.split('@')
    const after = edges.flatMap(([first, then]) => (then === service && first ? [first] : []))
    return { service, version, after }
  })
  // An edge to what is no item would be lost here, and a slip of the pen with it.
  const stray = edges.flatMap(([, then]) => then ?? []).find((each) => !isOne(items, each))
  if (stray !== undefined) {
    context.io.err(`--edge names ${stray}, which is not in the plan.\n`)
    return EXIT.usage
  }
  const { to: environment, ...rest } = madeOf(flags)
  return make(context, '/plans', { ...rest, environment, items })
}

const isOne = (items: readonly { readonly service: string }[], name: string) =>
  items.some(({ service }) => service === name)

const madeOf = ({ to, name, onFailure, start, dryRun }: Making) => ({
  ...{ to, name, onFailure, start, dryRun },
})

async function make(context: CliContext, path: string, body: object): Promise<number> {
  const made = await context.api.post<Plan | PlanPreview>(path, body)
  return 'dryRun' in made ? preview(context, made) : tell(context, made)
}

function preview(context: CliContext, plan: PlanPreview): number {
  const denied = plan.items.some(({ verdict }) => verdict?.verdict === 'deny')
  const exit = denied ? EXIT.refused : EXIT.done
  if (context.format !== 'table') {
    raw(context, plan)
    return exit
  }
  const { io } = context
  io.out(`${bold(`Into ${plan.environment}`, io)}, in this order; nothing was changed.\n`)
  const says = { allow: '✓ may go', wait: '◐ waits', deny: '✕ may not go' }
  const rows = plan.items.map((item) => {
    const unmet = item.verdict?.reasons.find(({ state }) => state !== 'met')
    return { ...item, says: says[item.verdict?.verdict ?? 'wait'], why: unmet?.message ?? '' }
  })
  io.out(
    `${table(
      rows,
      [
        ['service', (row) => row.service],
        ['version', (row) => row.version],
        ['after', (row) => row.after.join(', ')],
        ['now', (row) => row.says],
        ['why', (row) => row.why],
      ],
      io,
    )}\n`,
  )
  return exit
}

async function vectors(context: CliContext, environment: string): Promise<void> {
  show(
    context,
    await context.api.get<Vector[]>('/vectors', { environment }),
    [
      ['vector', ({ digest }) => digest],
      ['validated', ({ validatedAt }) => ago(validatedAt)],
      ['members', ({ members }) => members.map((m) => `${m.service} ${m.version}`).join(', ')],
    ],
    `Nothing was validated together in ${environment} yet.`,
  )
}

async function say(
  context: CliContext,
  id: string,
  verb: string,
  body: object = {},
): Promise<number> {
  return tell(
    context,
    await context.api.post<Plan>(`/plans/${encodeURIComponent(id)}/${verb}`, body),
  )
}

async function report(context: CliContext, id: string): Promise<number> {
  return tell(context, await context.api.get<Plan>(`/plans/${encodeURIComponent(id)}`))
}

function tell(context: CliContext, plan: Plan): number {
  const { outcome } = plan
  const isGood = outcome === 'succeeded'
  const exit = outcome === null ? EXIT.waiting : isGood ? EXIT.done : EXIT.refused
  if (context.format !== 'table') {
    raw(context, plan)
    return exit
  }
  const { io } = context
  const paint = outcome === null ? yellow : isGood ? green : red
  io.out(`${bold(plan.id, io)} to ${plan.environment}: ${paint(stateOf(plan), io)}\n`)
  const columns = [
    ['service', (item: Plan['items'][number]) => item.service],
    ['version', (item: Plan['items'][number]) => item.version],
    ['group', (item: Plan['items'][number]) => item.group],
    ['state', (item: Plan['items'][number]) => item.status],
    ['why', (item: Plan['items'][number]) => firstLine(item.waits ?? item.reason ?? '')],
  ] as const
  io.out(`${table(plan.items, columns, io)}\n`)
  for (const { why } of plan.waits.filter(({ service }) => service === null))
    io.out(`${yellow('◐', io)} ${clean(firstLine(why))}\n`)
  if (plan.tasks.length > 0) io.out('Left to do:\n')
  for (const { text } of plan.tasks) io.out(`  • ${clean(firstLine(text))}\n`)
  if (plan.status === 'planned') io.out(dim(`Start it: signalbox plan start ${plan.id}\n`, io))
  return exit
}

/** What instances said last stands below it, and is told by the deployment. */
const firstLine = (text: string) => text.split('\n', 1)[0] ?? ''
