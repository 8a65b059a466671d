/** flag: features that are turned on for some people, and off for all at once. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Command } from 'commander'
import { formatDuration, parseDuration } from '#kernel/duration.ts'
import { type CliContext, EXIT } from '../context.ts'
import type { FlagAnswer, FlagSummary } from '../flag-answers.ts'
import { ago, bold, clean, dim, green, raw, red, show, yellow } from '../output.ts'
import type { AddVerbs } from '../program.ts'
import { sayVerdict } from './asking.ts'
import { rulesText, standing } from './flag-words.ts'

/** A change that nothing stands against goes within milliseconds; this is for a busy server. */
const LOOKS_MAX = 20
const LOOK_MS = 100

export const addFlags: AddVerbs = (program, run) => {
  const flag = program.command('flag').description('features on for some people, and off for all')
  flag
    .command('list', { isDefault: true })
    .description('who gets what, where')
    .option('--service <service>')
    .action((flags: { service?: string }) => run((context) => list(context, flags.service)))
  flag
    .command('show')
    .description('its variants, its rules, and its last changes')
    .argument('<flag>')
    .action((name: string) => run((context) => showFlag(context, name)))
  flag
    .command('explain')
    .description('may it change there, why not, until when, who can act')
    .argument('<flag>')
    .requiredOption('--env <environment>')
    .action((name: string, flags: { env: string }) =>
      run(async (context) => sayPlace(context, await get(context, name), flags.env)),
    )
  place(flag.command('set').description('who gets it: --on 10%, or --serve VARIANT=PERCENT'))
    .option('--on <percent>', 'the same as --serve on=PERCENT')
    .option('--serve <variant=percent...>', 'of people; the rest gets the default')
    .option('--ramp <percents>', 'step by step: 1%,10%,50%,100%')
    .option('--every <duration>', 'how long each step of the ramp lasts', '10m')
    .option('--variant <variant>', 'whose ramp it is; needed only when there are several')
    .option('--reason <text>')
    .action((name: string, flags: SetFlags) => run((context) => set(context, name, flags)))
  place(flag.command('ramp').description('raise it step by step; a freeze or a hold pauses it'))
    .requiredOption('--steps <percents>', '1%,10%,50%,100%')
    .option('--every <duration>', 'how long each step lasts', '10m')
    .option('--variant <variant>', 'needed only when there are several')
    .option('--reason <text>')
    .action((name: string, { steps, ...flags }: SetFlags & { steps: string }) =>
      run((context) => set(context, name, { ...flags, ramp: steps })),
    )
  place(flag.command('kill').description('the default for everybody, now, past every gate'))
    .requiredOption('--reason <text>')
    .action((name: string, { env: environment, reason }: SetFlags) =>
      run(async (context) => {
        const body = { environment, reason }
        return say(context, await post(context, name, 'kill', body), environment)
      }),
    )
  addDecisions(flag, run)
}

function addDecisions(flag: Command, run: Parameters<AddVerbs>[1]): void {
  place(flag.command('approve').description('say yes to the change that waits'))
    .option('--note <text>', '', '')
    .action((name: string, { env: environment, note }: SetFlags & { note: string }) =>
      run(async (context) => {
        const seen = (await get(context, name)).environments.find(
          (each) => each.environment === environment,
        )
        const planHash = seen?.planHash ?? undefined
        await post(context, name, 'approve', { environment, note, planHash })
        return settled(context, name, environment)
      }),
    )
  for (const verb of ['reject', 'cancel'] as const)
    place(flag.command(verb).description(`${verb} the change that waits`))
      .option('--reason <text>')
      .action((name: string, { env: environment, reason }: SetFlags) =>
        run(async (context) => {
          const answer = await post(context, name, verb, { environment, reason })
          return say(context, answer, environment)
        }),
      )
}

const place = (command: Command) => command.argument('<flag>').requiredOption('--env <environment>')

interface SetFlags {
  readonly env: string
  readonly on?: string
  readonly serve?: readonly string[]
  readonly ramp?: string
  readonly every?: string
  readonly variant?: string
  readonly reason?: string
}

const path = (name: string, verb = '') =>
  `/flags/${encodeURIComponent(name)}${verb === '' ? '' : `/${verb}`}`
const get = ({ api }: CliContext, name: string) => api.get<FlagAnswer>(path(name))
const post = ({ api }: CliContext, name: string, verb: string, body: object) =>
  api.post<FlagAnswer>(path(name, verb), body)

async function set(context: CliContext, name: string, flags: SetFlags): Promise<number> {
  const { env: environment, on, serve: pairs = [], ramp, every = '10m', variant, reason } = flags
  const all = [...pairs, ...(on === undefined ? [] : [`on=${on}`])].map((pair) => pair.split('='))
  const everyMs = parseDuration(every)
  const wrong = all.find(([, share]) => share === undefined)
  if (wrong !== undefined || everyMs === undefined || (all.length === 0 && ramp === undefined)) {
    const what = wrong === undefined ? 'Say --on 10%, --serve blue=10% or --ramp' : 'Say --serve'
    const help = everyMs === undefined ? `--every ${every} is no duration; say 10m` : what
    context.io.err(`${help}, as in: signalbox flag set ${name} --env ${environment} --on 10%\n`)
    return EXIT.usage
  }
  const serve = Object.fromEntries(all.map(([one = '', share = '']) => [one, withSign(share)]))
  await post(context, name, 'set', {
    environment,
    reason,
    ...(all.length > 0 && { serve }),
    ...(ramp !== undefined && {
      ramp: { variant, everyMs, steps: ramp.split(',').map((step) => withSign(step)) },
    }),
  })
  return settled(context, name, environment)
}

const withSign = (text: string) => (text.trim().endsWith('%') ? text.trim() : `${text.trim()}%`)

/** Waits for the verdict that is there at once, and for no other. */
async function settled(context: CliContext, name: string, environment: string): Promise<number> {
  let answer = await get(context, name)
  for (let looks = 1; looks < LOOKS_MAX; looks++) {
    const now = answer.environments.find((each) => each.environment === environment)
    if (now?.waiting === null || now?.verdict?.verdict !== 'allow') break
    await sleep(LOOK_MS)
    answer = await get(context, name)
  }
  return say(context, answer, environment)
}

function say(context: CliContext, answer: FlagAnswer, environment: string): number {
  if (context.format === 'table') return sayPlace(context, answer, environment)
  raw(context, answer)
  return isWaiting(answer, environment) ? EXIT.waiting : EXIT.done
}

const isWaiting = ({ environments }: FlagAnswer, environment: string) =>
  environments.some((each) => each.environment === environment && each.waiting !== null)

function sayPlace(context: CliContext, answer: FlagAnswer, environment: string): number {
  const { io } = context
  const now = answer.environments.find((each) => each.environment === environment)
  if (now === undefined) {
    const all = `everybody gets ${answer.default}`
    io.out(`${bold(answer.flag, io)} in ${environment}: never changed, ${all}.\n`)
    return EXIT.done
  }
  io.out(`${bold(answer.flag, io)} in ${environment}: ${clean(standing(now, answer))}\n`)
  if (now.waiting === null && now.ramp === null) return EXIT.done
  const what = now.waiting === null ? 'next step' : `change to ${rulesText(now.waiting.rules)}`
  if (now.verdict !== null && (now.waiting !== null || now.verdict.verdict !== 'allow'))
    sayVerdict(context, now.verdict, what)
  return now.waiting === null ? EXIT.done : EXIT.waiting
}

async function list(context: CliContext, service: string | undefined): Promise<void> {
  const all = await context.api.get<FlagSummary[]>('/flags', { service })
  if (context.format !== 'table') return raw(context, all)
  const rows = all.flatMap((one) =>
    one.environments.length === 0
      ? [{ one, where: '', now: `everybody gets ${one.default}` }]
      : one.environments.map((each) => ({
          one,
          where: each.environment,
          now: standing(each, one),
        })),
  )
  show(
    context,
    rows,
    [
      ['flag', ({ one }) => one.flag],
      ['service', ({ one }) => one.service],
      ['environment', ({ where }) => where],
      ['who gets what', ({ now }) => now],
    ],
    'No flags yet: apply a manifest of kind Flag.',
  )
}

async function showFlag(context: CliContext, name: string): Promise<void> {
  const answer = await get(context, name)
  if (context.format !== 'table') return raw(context, answer)
  const { io } = context
  io.out(`${bold(answer.flag, io)} of ${answer.service}  ${dim(clean(answer.description), io)}\n`)
  for (const [variant, value] of Object.entries(answer.variants)) {
    const isRest = variant === answer.default ? dim('  default', io) : ''
    io.out(`  ${variant} = ${clean(JSON.stringify(value))}${isRest}\n`)
  }
  for (const each of answer.environments) {
    const mark = each.killed === null ? green('✓', io) : red('✕', io)
    const waits = each.waiting === null ? mark : yellow('◐', io)
    io.out(`${waits} ${each.environment}: ${clean(standing(each, answer))}\n`)
    for (const { when, serve } of each.rules?.targeting ?? []) {
      const met = when.map((one) => `${one.attribute} ${one.operator} ${one.values.join(' or ')}`)
      io.out(`    ${clean(met.join(' and '))} → ${serve}\n`)
    }
    if (each.ramp !== null)
      io.out(`    ${each.ramp.steps.join(', ')} %, each ${formatDuration(each.ramp.everyMs)}\n`)
  }
  show(
    context,
    answer.changes,
    [
      ['when', ({ plannedAt }) => ago(plannedAt)],
      ['environment', ({ environment }) => environment],
      ['to', ({ rules }) => (rules === null ? 'the default' : rulesText(rules))],
      ['outcome', ({ outcome }) => outcome],
      ['by', ({ by }) => by],
      ['why', ({ reason }) => reason],
    ],
    'It was never changed.',
  )
}
