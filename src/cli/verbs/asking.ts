/** status, changes, trace, explain, insights: questions, which change nothing. */
import { formatDuration, parseDuration } from '#kernel/duration.ts'
import type { Deployment, Happening, Slot, Stall, Trace, Verdict, Forecast } from '../answers.ts'
import { type CliContext, EXIT } from '../context.ts'
import { ago, bold, clean, dim, green, raw, red, show, yellow } from '../output.ts'
import { planLines } from './planned.ts'
import type { AddVerbs } from '../program.ts'
import { sayFlags } from './flag-words.ts'
import { sayEmergencies } from './emergencies.ts'
import { sayUnanswered } from './recording.ts'
import { sayCalling } from './incidents.ts'

/** A table has one line a slot; `explain` tells the whole reason. */
const STATE_MAX = 72
/** Promotions on their way that are looked through for what waits; the newest come first. */
const OPEN_MAX = 500
/** Deployments looked through for the last one of each slot. */
const RECENT_MAX = 200

export const addAsking: AddVerbs = (program, run) => {
  program
    .command('status')
    .description('which version is where, and what is moving')
    .argument('[service]')
    .action((service: string | undefined) => run((context) => status(context, service)))
  program
    .command('changes')
    .description('what changed?')
    .option('--env <environment>')
    .option('--service <service>')
    .option('--since <duration>', 'how far back', '24h')
    .action((flags: { env?: string; service?: string; since: string }) =>
      run((context) => changes(context, flags)),
    )
  program
    .command('trace')
    .description('the whole chain of a commit, digest, version or release')
    .argument('<ref>')
    .action((ref: string) => run((context) => trace(context, ref)))
  program
    .command('explain')
    .description('may it go there, why not, until when, who can act')
    .argument('<service>')
    .requiredOption('--to <environment>')
    .option('--release <release>', 'left out: the newest')
    .action((service: string, flags: { to: string; release?: string }) =>
      run((context) => explain(context, service, flags)),
    )
}

async function status(context: CliContext, service: string | undefined): Promise<void> {
  // Machines ask for slots and get slots; incidents have a list of their own.
  if (context.format === 'table') {
    await sayCalling(context, service)
    await sayEmergencies(context, service)
    await sayUnanswered(context, service)
  }
  const [all, recent, open] = await Promise.all([
    context.api.get<Slot[]>('/slots'),
    context.api.get<Deployment[]>('/deployments', { service, limit: RECENT_MAX }),
    context.api.get<Wanted[]>('/promotions', { service, open: true, limit: OPEN_MAX }),
  ])
  show(
    context,
    all.filter((slot) => service === undefined || slot.service === service),
    [
      ['service', (slot) => slot.service],
      ['environment', (slot) => slot.environment],
      ['version', (slot) => slot.deployed?.version],
      ['state', (slot) => stateOf(slot, recent, open)],
      ['address', (slot) => slot.url],
    ],
    'Nothing is deployed yet.',
  )
  if (context.format === 'table') await sayFlags(context, service)
}

export function stateOf(
  slot: Slot,
  recent: readonly Deployment[],
  open: readonly Wanted[] = [],
): string {
  const { deployed, validated, hold, stalled, inFlight } = slot
  if (inFlight !== null) {
    const { version, status: state, weight, fixes, reason, verdict } = inFlight
    if (state === 'paused' && reason)
      return brief(`⏸ ${version} at ${weight} %, a person decides: ${reason}`)
    const held = verdict?.verdict === 'hold' && verdict.says ? `: ${verdict.says}` : ''
    return brief(`◐ ${version} ${state} at ${weight} %${fixes ? `, mends ${fixes}` : ''}${held}`)
  }
  if (hold !== null) return brief(`⏸ held: ${hold.reason}`)
  if (stalled) return brief(`⚠ stalled for ${lasts(stalled)}: ${stalled.why.message}`)
  // The newest comes first: what went wrong last is news until something else was tried.
  const last = recent.find(
    ({ service, environment }) => service === slot.service && environment === slot.environment,
  )
  const wrong = last?.outcome === 'failed' || last?.outcome === 'rolledBack' ? last : undefined
  const news = wrong && `✕ ${wrong.version} ${outcomeText(wrong)}: ${wrong.reason ?? ''}`
  const wanted = waitsFor(slot, open)
  if (deployed === null) return brief(news ?? wanted ?? '–')
  const is = validated?.version === deployed.version ? '✓ validated' : '○ not validated'
  const gaps = slot.gaps?.map(({ environment }) => environment).join(', ') ?? ''
  const unproven = slot.unproven?.map((weight) => `${weight} %`).join(', ') ?? ''
  const doubts = [gaps && `gap: ${gaps} skipped`, unproven && `unproven at ${unproven}`]
  const state = [is, ...doubts].filter((each) => each !== '').join(', ')
  return brief([state, news ?? wanted].filter((each) => each !== undefined).join(', '))
}

/** The newest that waits there and is not on its way, and the first thing that it waits for. */
function waitsFor(slot: Slot, open: readonly Wanted[]): string | undefined {
  const found = open.find(
    ({ service, environment, status: is }) =>
      is === 'waiting' && service === slot.service && environment === slot.environment,
  )
  if (!found?.verdict) return undefined
  const { verdict, reasons } = found.verdict
  const why = reasons.find(({ state }) => state === (verdict === 'deny' ? 'refused' : 'waiting'))
  if (why === undefined) return undefined
  const how = verdict === 'deny' ? '✕ %s may not go' : '◐ %s waits'
  return `${how.replace('%s', found.version)}: ${why.message}`
}

const outcomeText = ({ outcome }: Deployment) =>
  outcome === 'rolledBack' ? 'was rolled back' : outcome

const brief = (text: string) => (text.length <= STATE_MAX ? text : `${text.slice(0, STATE_MAX)}…`)

async function changes(
  context: CliContext,
  flags: { readonly env?: string; readonly service?: string; readonly since: string },
): Promise<number> {
  const sinceMs = parseDuration(flags.since)
  if (sinceMs === undefined) {
    context.io.err(`--since takes a duration such as 30m or 2h, not ${flags.since}.\n`)
    return EXIT.usage
  }
  const { env: environment, service } = flags
  const query = { environment, service, since: Date.now() - sinceMs }
  const rows = await context.api.get<Happening[]>('/changes', query)
  show(
    context,
    rows.toReversed(),
    [
      ['when', (row) => new Date(row.at).toISOString().slice(11, 19)],
      ['environment', (row) => row.environment],
      [
        'what',
        (row) => `${row.tone === 'bad' ? '✕ ' : row.tone === 'good' ? '✓ ' : '  '}${row.text}`,
      ],
      ['by', (row) => row.by],
    ],
    `Nothing changed in the last ${flags.since}.`,
  )
  return EXIT.done
}

async function trace(context: CliContext, ref: string): Promise<void> {
  const found = await context.api.get<Trace>(`/trace/${encodeURIComponent(ref)}`)
  if (context.format !== 'table') return raw(context, found)
  const { io } = context
  const line = (what: string, text: string) =>
    io.out(`${dim(what.padEnd(11), io)} ${clean(text)}\n`)
  for (const { sha, subject, author_name: author, committed_at: at } of found.commits)
    line('commit', `${sha.slice(0, 8)} ${subject} (${author}, ${ago(at)})`)
  for (const { id, outcome, queued_at: at } of found.runs)
    line('run', `${id} ${outcome} ${ago(at)}`)
  for (const { digest, attestations } of found.artifacts) {
    const kinds = attestations.map(({ predicateType }) =>
      predicateType.split('/').slice(3).join('/'),
    )
    line('artifact', `${digest} (${kinds.join(', ')})`)
  }
  for (const { service, version, release } of found.releases)
    line('release', `${service} ${version} ${release}`)
  for (const {
    id,
    environment,
    status,
    outcome,
    reason,
    startedAt,
    ...more
  } of found.deployments) {
    const { fixes, noReturn, plan, unproven = [] } = more
    for (const skip of plan.skips ?? [])
      line('gap', `${skip.environment} skipped, not passed: ${skip.reason}`)
    const mends = fixes ? `mends ${fixes} ` : ''
    const how = `${outcome ?? status} ${ago(startedAt)}`
    line('deployment', `${environment} ${how} ${mends}${reason ?? ''}`)
    if (unproven.length > 0)
      line('unproven', `left ${unproven.map((each) => `${each} %`).join(', ')} by decision`)
    if (status === 'paused') line('asks', `a person decides: signalbox rollout show ${id}`)
    if (noReturn) line('no return', passedText(noReturn))
  }
  for (const { id, title, status: state } of found.incidents)
    line('incident', `${id} ${state} ${title}`)
}

function passedText({ steps, count, accepted }: NonNullable<Deployment['noReturn']>): string {
  const [worst] = steps
  const more = count > 1 ? ` and ${count - 1} more` : ''
  const what = worst?.statement || worst?.reason || 'it cannot be undone'
  return `${what}${more}, accepted by ${accepted.by}: ${accepted.reason}`
}

export async function explain(
  context: CliContext,
  service: string,
  flags: { readonly to: string; readonly release?: string },
): Promise<number> {
  const { to: environment, release } = flags
  const answer = await context.api.get<Explained>('/explain', {
    service,
    environment,
    release,
  })
  if (context.format !== 'table') raw(context, answer)
  else {
    sayVerdict(context, answer.verdict, `${service} ${answer.version} to ${environment}`)
    context.io.out(`How: ${answer.plan.strategy}\n`)
    if (answer.notAsAsked) context.io.out(`  ${clean(answer.notAsAsked)}\n`)
    for (const line of planLines(answer.plan)) context.io.out(`  ${clean(line)}\n`)
    sayForecast(context, answer.forecast)
    if (answer.stalled) sayStall(context, answer.stalled)
  }
  return { allow: EXIT.done, wait: EXIT.waiting, deny: EXIT.refused }[answer.verdict.verdict]
}

/** A promotion, as far as one line tells of it. */
export interface Wanted {
  readonly service: string
  readonly environment: string
  readonly version: string
  readonly status: string
  readonly verdict: Verdict | null
}

interface Explained {
  readonly verdict: Verdict
  readonly version: string
  readonly plan: Deployment['plan']
  readonly notAsAsked?: string | null
  readonly forecast?: Forecast | null
  readonly stalled: Stall | null
}

/** How long it will take to be proven, and what would shorten that. */
export function sayForecast({ io }: CliContext, forecast: Forecast | null | undefined): void {
  if (!forecast) return
  io.out(`${clean(forecast.says)}\n`)
  if (forecast.advice !== '') io.out(`  ${clean(forecast.advice)}\n`)
}

const lasts = ({ since }: Stall) => formatDuration(Date.now() - since)

function sayStall({ io }: CliContext, stalled: Stall): void {
  const { version, sha, subject } = stalled.oldest
  io.out(`${yellow('⚠ stalled', io)}: nothing has arrived there for ${lasts(stalled)}.\n`)
  io.out(`  The oldest that waits: ${version}, ${clean(`${sha.slice(0, 8)} ${subject}`)}\n`)
  io.out(`  It waited because: ${clean(stalled.why.message)}\n`)
}

/** The verdict as a list that anyone understands: what stands in the way first. */
export function sayVerdict({ io }: CliContext, verdict: Verdict, title: string): void {
  const says = {
    allow: green('may go', io),
    wait: yellow('waits', io),
    deny: red('may not go', io),
  }
  io.out(`${bold(title, io)}: ${says[verdict.verdict]}\n`)
  const mark = { met: green('✓', io), waiting: yellow('◐', io), refused: red('✕', io) }
  const order = { refused: 0, waiting: 1, met: 2 }
  for (const reason of verdict.reasons.toSorted((a, b) => order[a.state] - order[b.state])) {
    io.out(`  ${mark[reason.state]} ${clean(reason.message)}  ${dim(reason.policy, io)}\n`)
    if (reason.state !== 'met' && reason.remedy !== '') io.out(`      ${clean(reason.remedy)}\n`)
  }
  if (verdict.until !== undefined)
    io.out(`Worth asking again ${ago(verdict.until)} (${new Date(verdict.until).toISOString()}).\n`)
  if (verdict.whoCanAct.length > 0) io.out(`Who can act: ${verdict.whoCanAct.join(', ')}\n`)
}

interface Figure<T> {
  readonly value: T | null
  readonly n: number
  readonly reason?: string
}
export interface Dora {
  readonly deploymentFrequency: Figure<number>
  readonly leadTime: Figure<{ readonly p50Ms: number; readonly p90Ms: number }>
  readonly changeFailureRate: Figure<number>
  readonly recoveryTime: Figure<{ readonly p50Ms: number; readonly open: number }>
  readonly reworkRate: Figure<number>
}

type DoraRow = readonly [name: string, value: string, n: number]

export const DORA_COLUMNS = [
  ['figure', (row: DoraRow) => row[0]],
  ['value', (row: DoraRow) => row[1]],
  ['of', (row: DoraRow) => row[2]],
] as const

const percent = (share: number) => `${(share * 100).toFixed(1)} %`

export function doraRows(dora: Dora): readonly DoraRow[] {
  const say = <T>(figure: Figure<T>, how: (value: T) => string) =>
    figure.value === null ? `– (${figure.reason ?? 'unknown'})` : how(figure.value)
  const row = (name: string, value: string, n: number): DoraRow => [name, value, n]
  const { deploymentFrequency, leadTime, changeFailureRate, recoveryTime, reworkRate } = dora
  const times = ({ p50Ms }: { readonly p50Ms: number }) => `${formatDuration(p50Ms)} (median)`
  return [
    row(
      'deployment frequency',
      say(deploymentFrequency, (perDay) => `${perDay.toFixed(2)} a day`),
      deploymentFrequency.n,
    ),
    row('lead time for changes', say(leadTime, times), leadTime.n),
    row('change failure rate', say(changeFailureRate, percent), changeFailureRate.n),
    row('failed deployment recovery time', say(recoveryTime, times), recoveryTime.n),
    row('deployment rework rate', say(reworkRate, percent), reworkRate.n),
  ]
}
