/** flaky: test cases that do not always answer the same, and who answers for them meanwhile. */
import { formatDuration } from '#kernel/duration.ts'
import { nearest } from '#kernel/nearest.ts'
import { type CliContext, EXIT } from '../context.ts'
import { ago, bold, clean, dim, raw, red, show, yellow } from '../output.ts'
import type { AddVerbs } from '../program.ts'

interface FlakyCase {
  readonly id: string
  readonly service: string
  readonly case: string
  readonly state: string
  readonly mean: number
  readonly lastFailed: { readonly at: number; readonly run: string; readonly job: string } | null
  readonly message: string | null
  readonly quarantine: {
    readonly owner: string
    readonly issue: string
    readonly reason: string
    readonly by: string
    readonly expiresAt: number
  } | null
  readonly ended: { readonly why: string; readonly at: number; readonly reason: string } | null
}
interface FlakyDetail extends FlakyCase {
  readonly tier?: number
  readonly file: string | null
  readonly p75Ms: number | null
  readonly isBroken: boolean
  readonly isNew: boolean
  readonly recent: readonly {
    readonly at: number
    readonly run: string
    readonly job: string
    readonly attempt: number
    readonly sha: string
    readonly passes: number
    readonly fails: number
    readonly durationMs: number
  }[]
}

interface QuarantineFlags {
  readonly owner: string
  readonly issue: string
  readonly reason: string
  readonly for: string
  readonly service?: string
}

export const addFlaky: AddVerbs = (program, run) => {
  const flaky = program.command('flaky').description('tests that do not always answer the same')
  flaky
    .command('list', { isDefault: true })
    .description('those in doubt, and those in quarantine')
    .option('--service <service>')
    .option('--state <state>', 'suspect, flaky, quarantined or fixed')
    .action((flags: { service?: string; state?: string }) => run((context) => list(context, flags)))
  named(flaky.command('show').description('what it did lately, and what is believed of it')).action(
    (name: string, { service }: { service?: string }) =>
      run((context) => withCase(context, name, service, (id) => showCase(context, id))),
  )
  named(flaky.command('quarantine').description('its failures fail no job, for a while'))
    .requiredOption('--owner <owner>', 'the person or team that mends it')
    .requiredOption('--issue <issue>', 'where that is followed: a link, or SHOP-123')
    .requiredOption('--reason <text>')
    .option('--for <duration>', 'two weeks at most', '7d')
    .action((name: string, { for: expiresIn, service, owner, issue, reason }: QuarantineFlags) =>
      run((context) =>
        withCase(context, name, service, async (id) => {
          const path = `/flaky/${id}/quarantine`
          const body = { owner, issue, reason, expiresIn }
          return sayQuarantined(context, await context.api.post(path, body))
        }),
      ),
    )
  named(flaky.command('release').description('its failures count again'))
    .requiredOption('--reason <text>')
    .action((name: string, { reason, service }: { reason: string; service?: string }) =>
      run((context) =>
        withCase(context, name, service, async (id) => {
          const one = await context.api.post<FlakyDetail>(`/flaky/${id}/release`, { reason })
          if (context.format !== 'table') raw(context, one)
          else context.io.out(`${clean(one.case)} counts again; it is ${one.state}.\n`)
          return EXIT.done
        }),
      ),
    )
}

const named = (command: ReturnType<Parameters<AddVerbs>[0]['command']>) =>
  command.argument('<case>', 'its id, or its name').option('--service <service>')

async function list(
  context: CliContext,
  at: { readonly service?: string; readonly state?: string },
): Promise<void> {
  const rows = await context.api.get<FlakyCase[]>('/flaky', { ...at })
  show(
    context,
    rows,
    [
      ['id', (row) => row.id],
      ['service', (row) => row.service],
      ['test', (row) => row.case],
      ['state', (row) => row.state],
      ['disagrees', (row) => percent(row.mean)],
      ['failed', (row) => ago(row.lastFailed?.at)],
      ['owner', (row) => row.quarantine?.owner ?? null],
      ['ends', (row) => (row.quarantine === null ? null : ago(row.quarantine.expiresAt))],
    ],
    'No test is in doubt.',
  )
}

/** By id, by name or by the end of it; what several share takes --service. */
async function withCase(
  context: CliContext,
  name: string,
  service: string | undefined,
  act: (id: string) => Promise<number>,
): Promise<number> {
  if (name.startsWith('tst_')) return act(encodeURIComponent(name))
  const rows = await context.api.get<FlakyCase[]>('/flaky', { service, limit: 500 })
  // The end of a name is what people read off a report.
  const ends = rows.filter((row) => row.case === name || row.case.endsWith(`::${name}`))
  const exact = ends.filter((row) => row.case === name)
  const found = exact.length > 0 ? exact : ends
  const [one] = found
  if (one !== undefined && found.length === 1) return act(one.id)
  const { io } = context
  if (one !== undefined) {
    const all = found.map((row) => `${row.id} ${row.service} ${row.case}`).join('\n')
    io.err(`Several are called so: say --service, or an id.\n${clean(all)}\n`)
    return EXIT.usage
  }
  const names = rows.flatMap((row) => [row.case, row.case.split('::').slice(1).join('::')])
  const close = nearest(name, names)
  const help = close === undefined ? 'List them: signalbox flaky list' : `Did you mean ${close}?`
  io.err(`${red('✕', io)} case.unknown: no test in doubt is called ${clean(name)}. ${help}\n`)
  return EXIT.refused
}

async function showCase(context: CliContext, id: string): Promise<number> {
  const one = await context.api.get<FlakyDetail>(`/flaky/${id}`)
  if (context.format !== 'table') {
    raw(context, one)
    return EXIT.done
  }
  const { io } = context
  io.out(`${bold(clean(one.case), io)} of ${one.service}: ${one.state}\n`)
  io.out(`one commit sees it answer both ways in ${percent(one.mean)} of cases\n`)
  if (one.isBroken) io.out(`${red('it only fails', io)}: mend it; it cannot be quarantined\n`)
  if (one.isNew) io.out(`${yellow('it is new', io)}: it cannot be quarantined yet\n`)
  sayHold(context, one)
  for (const line of (one.message ?? '').split('\n').slice(0, 5))
    if (line !== '') io.out(`  ${dim(clean(line), io)}\n`)
  show(
    context,
    one.recent,
    [
      ['when', (row) => ago(row.at)],
      ['commit', (row) => row.sha.slice(0, 8)],
      ['answer', (row) => answerOf(row)],
      ['job', (row) => `${row.job} (attempt ${row.attempt})`],
      ['took', (row) => formatDuration(row.durationMs)],
      ['run', (row) => row.run],
    ],
    'Its results are not folded yet.',
  )
  return EXIT.done
}

function sayHold({ io }: CliContext, { quarantine, ended }: FlakyCase): void {
  if (quarantine !== null) {
    const { owner, issue, reason, by, expiresAt } = quarantine
    io.out(`quarantined by ${by} for ${owner} (${issue}), ends ${ago(expiresAt)}\n`)
    io.out(`  ${clean(reason)}\n`)
  } else if (ended !== null)
    io.out(`its quarantine ended ${ago(ended.at)} (${ended.why}): ${clean(ended.reason)}\n`)
}

function sayQuarantined(context: CliContext, one: FlakyDetail): number {
  if (context.format !== 'table') {
    raw(context, one)
    return EXIT.done
  }
  const { io } = context
  const until = new Date(one.quarantine?.expiresAt ?? 0).toISOString().slice(0, 16)
  io.out(`${clean(one.case)} fails no job until ${until}Z; it still runs.\n`)
  if (one.tier === 0)
    io.out('In tier 0 it passes no gate by that: the check tests needs a waiver.\n')
  return EXIT.done
}

function answerOf({ passes, fails }: { passes: number; fails: number }): string {
  if (fails === 0) return 'passed'
  return passes === 0 ? 'failed' : `failed ${fails}×, then passed`
}

const percent = (share: number) => `${(share * 100).toFixed(1)} %`
