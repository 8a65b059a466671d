/** promote, approve, reject, hold, resume, waiver, freeze: what people decide. */
import { parseDuration } from '#kernel/duration.ts'
import type { Api } from '../api.ts'
import type { Promotion } from '../answers.ts'
import { type CliContext, EXIT } from '../context.ts'
import { raw } from '../output.ts'
import type { AddVerbs } from '../program.ts'
import { sayForecast, sayVerdict } from './asking.ts'

export const addDeciding: AddVerbs = (program, run) => {
  program
    .command('promote')
    .description('put a release into an environment, as soon as it may')
    .argument('<service>')
    .requiredOption('--to <environment>')
    .option('--version <version>', 'left out: the newest release')
    .option('--skip <environment...>', 'pass it by; takes an approval that names it')
    .option('--reason <text>', 'why it is skipped')
    .option('--hotfix', 'the short path: same evidence, fewer waits', false)
    .option('--emergency', 'by the rights of an emergency that stands there', false)
    .option('--fixes <what>', 'rolling forward: the deployment, release or incident it mends')
    .action((service: string, flags: PromoteFlags) =>
      run((context) => promote(context, service, flags)),
    )
  program
    .command('approve')
    .description('say yes to a promotion: its id, or a service and --to')
    .argument('<promotion>')
    .option('--to <environment>')
    .option('--note <text>', '', '')
    .option('--skip <environment...>', 'what you know that it passes by')
    .action((name: string, flags: { to?: string; note: string; skip?: string[] }) =>
      run(async (context) => {
        const promotion = await findPromotion(context.api, name, flags.to)
        const options = { ifMatch: promotion.revision }
        const path = `/promotions/${promotion.id}/approve`
        await context.api.post(path, { note: flags.note, skips: flags.skip }, options)
        await reportPromotion(context, promotion.id)
      }),
    )
  program
    .command('reject')
    .description('say no to a promotion: its id, or a service and --to')
    .argument('<promotion>')
    .option('--to <environment>')
    .requiredOption('--reason <text>')
    .action((name: string, flags: { to?: string; reason: string }) =>
      run(async (context) => {
        const { id } = await findPromotion(context.api, name, flags.to)
        await context.api.post(`/promotions/${id}/reject`, { reason: flags.reason })
        await reportPromotion(context, id)
      }),
    )
  addSlots(program, run)
  addWaivers(program, run)
  addFreezes(program, run)
}

/** Keeps automation away from a slot, or lets it move it again. */
const addSlots: AddVerbs = (program, run) => {
  for (const verb of ['hold', 'resume'] as const)
    program
      .command(verb)
      .description(
        verb === 'hold' ? 'keep automation away from a slot' : 'let automation move it again',
      )
      .argument('<service>')
      .requiredOption('--env <environment>')
      .requiredOption('--reason <text>')
      .action((service: string, flags: { env: string; reason: string }) =>
        run(async ({ api, io }) => {
          const { env: environment, reason } = flags
          await api.post(`/slots/${verb}`, { service, environment, reason })
          io.out(`${service} in ${environment}: ${verb === 'hold' ? 'held' : 'resumed'}.\n`)
        }),
      )
}

interface PromoteFlags {
  readonly to: string
  readonly version?: string
  readonly fixes?: string
  readonly skip?: readonly string[]
  readonly reason?: string
  readonly hotfix: boolean
  readonly emergency: boolean
}

async function promote(context: CliContext, service: string, flags: PromoteFlags): Promise<number> {
  const { to: environment, version, hotfix, emergency, fixes, skip, reason } = flags
  if (skip !== undefined && reason === undefined) {
    context.io.err('--skip takes a --reason: it is shown wherever the gap is.\n')
    return EXIT.usage
  }
  const { id } = await context.api.post<{ id: string }>('/promotions', {
    service,
    environment,
    version,
    ...(hotfix && { priority: 'hotfix' }),
    ...(emergency && { priority: 'emergency' }),
    skips: skip?.map((name) => ({ environment: name, reason })),
    fixes,
  })
  return reportPromotion(context, id)
}

/** What stands now, and how far it is: waiting is an answer of its own. */
export async function reportPromotion(context: CliContext, id: string): Promise<number> {
  const promotion = await context.api.get<Promotion>(`/promotions/${id}`)
  if (context.format !== 'table') raw(context, promotion)
  else {
    const title = `${promotion.service} ${promotion.version} to ${promotion.environment}`
    context.io.out(`${promotion.id}  ${promotion.outcome ?? promotion.status}\n`)
    if (promotion.fixes) context.io.out(`It mends ${promotion.fixes}.\n`)
    if (promotion.status === 'waiting' && promotion.verdict)
      sayVerdict(context, promotion.verdict, title)
    if (promotion.status !== 'ended') sayForecast(context, promotion.forecast)
    if (promotion.deployment !== null)
      context.io.out(`Watch it: signalbox rollout watch ${promotion.deployment}\n`)
  }
  if (promotion.status === 'waiting') return EXIT.waiting
  const failed = promotion.status === 'ended' && promotion.outcome !== 'succeeded'
  return failed ? EXIT.refused : EXIT.done
}

/** By id, or the one that waits for this service in that environment. */
export async function findPromotion(
  api: Api,
  name: string,
  environment: string | undefined,
): Promise<Promotion> {
  if (name.startsWith('prm_')) return api.get(`/promotions/${name}`)
  const query = { service: name, environment, open: true }
  const open = await api.get<Promotion[]>('/promotions', query)
  const waiting = open.filter(({ status }) => status === 'waiting')
  const [one] = waiting
  if (one !== undefined && waiting.length === 1) return one
  if (one === undefined) return lastPromotion(api, name, environment)
  const listed = waiting.map((each) => `${each.id} (${each.version} to ${each.environment})`)
  throw Object.assign(new Error(`Several promotions of ${name} wait: ${listed.join(', ')}.`), {
    code: 'promotion.several',
    remedy: 'Name one by its id, or the environment with --to.',
  })
}

/** Nothing waits: the last one, so that the server says what became of it, and what to do now. */
async function lastPromotion(
  api: Api,
  service: string,
  environment: string | undefined,
): Promise<Promotion> {
  const [last] = await api.get<Promotion[]>('/promotions', { service, environment, limit: 1 })
  if (last !== undefined) return api.get(`/promotions/${last.id}`)
  const where = environment === undefined ? '' : ` to ${environment}`
  throw Object.assign(new Error(`No promotion of ${service}${where} is on record.`), {
    code: 'promotion.none',
    remedy: 'Ask for one: signalbox promote; or list them: signalbox get promotions.',
  })
}

const addWaivers: AddVerbs = (program, run) => {
  const waiver = program.command('waiver').description('leave to pass one failed check')
  waiver
    .command('request')
    .requiredOption('--check <check>')
    .requiredOption('--artifact <digest>', 'the one artifact it is for')
    .requiredOption('--reason <text>')
    .option('--for <duration>', 'how long', '7d')
    .action((flags: { check: string; artifact: string; reason: string; for: string }) =>
      run(async (context) => {
        const { check, artifact: subject, reason, for: expiresIn } = flags
        raw(context, await context.api.post('/waivers', { check, subject, reason, expiresIn }))
      }),
    )
  for (const verb of ['approve', 'revoke'] as const)
    waiver
      .command(verb)
      .argument('<waiver>')
      .action((id: string) =>
        run(async (context) => raw(context, await context.api.post(`/waivers/${id}/${verb}`))),
      )
}

interface FreezeFlags {
  readonly env?: string[]
  readonly service?: string[]
  readonly for: string
  readonly immediate: boolean
  readonly hard: boolean
  readonly owner?: string
  readonly reason: string
}

/** By the token: the id that the server knows. */
async function whoAmI({ api }: CliContext): Promise<string> {
  return (await api.get<{ id: string }>('/me')).id
}

const addFreezes: AddVerbs = (program, run) => {
  const freeze = program.command('freeze').description('when deploying is not allowed')
  freeze
    .command('declare')
    .argument('<name>')
    .option('--env <environment...>', 'left out: all')
    .option('--service <service...>', 'left out: all')
    .option('--for <duration>', 'from now on', '1h')
    .option('--immediate', 'hold what is under way at once, wherever it is', false)
    .option('--hard', 'block rollbacks too; never an abort', false)
    .option('--owner <actor>', 'who answers for a hard one; left out: you')
    .requiredOption('--reason <text>')
    .action((name: string, flags: FreezeFlags) =>
      run(async (context) => {
        const { env: environments = ['*'], service: services = ['*'], reason } = flags
        const urgency = flags.immediate ? 'immediate' : 'planned'
        const lastsMs = parseDuration(flags.for)
        if (lastsMs === undefined) {
          context.io.err(`--for takes a duration such as 30m or 2h, not ${flags.for}.\n`)
          return EXIT.usage
        }
        const endsAt = Date.now() + lastsMs
        const hard = flags.hard ? { owner: flags.owner ?? (await whoAmI(context)) } : undefined
        const body = { name, environments, services, reason, endsAt, urgency, hard }
        raw(context, await context.api.post('/freezes', body))
        return EXIT.done
      }),
    )
  freeze
    .command('lift')
    .argument('<name>')
    .requiredOption('--reason <text>')
    .action((name: string, flags: { reason: string }) =>
      run(async (context) => raw(context, await context.api.post(`/freezes/${name}/lift`, flags))),
    )
}
