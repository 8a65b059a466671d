/** templates propose, approve and the rest: a newer number on its way to those on the old one. */
import type { Command } from 'commander'
import type { CliContext } from '../context.ts'
import { ago, bold, clean, dim, green, raw, red, yellow } from '../output.ts'
import type { Act } from '../program.ts'

interface Proposal {
  readonly id: string
  readonly status: string
  readonly from: string
  readonly to: string
  readonly affected: readonly string[]
  readonly canaries: readonly string[]
  readonly adopted: Readonly<Record<string, number>>
  readonly left: readonly string[]
  readonly held: { readonly service: string; readonly run: string } | null
  readonly proposedBy: string
  readonly approvedBy: string | null
  readonly changedAt: number
  readonly reason: string
}

interface Possible {
  readonly from: string
  readonly to: string
  readonly isBreaking: boolean
  readonly changes: readonly { readonly job: string; readonly says: string }[]
  readonly affected: readonly { readonly service: string; readonly tier: number }[]
  readonly recorded: Proposal | null
}

type Run = (act: Act) => Promise<void>

export function addTemplateProposals(verb: Command, run: Run): void {
  verb
    .command('proposals')
    .description('newer numbers: what changes, for whom, and how far each proposal is')
    .action(() => run(list))
  verb
    .command('propose')
    .description('propose a new number to the services that are on the old one')
    .argument('<template>', 'the new number: paved-road/node-service@2')
    .requiredOption('--canary <services...>', 'of the affected ones, those that go first')
    .option('--from <template>', 'the number before it when left out')
    .option('--bake <duration>', 'how long their pipelines must be green first', '24h')
    .option('--reason <text>', 'why', '')
    .action(
      (to: string, flags: { canary: string[]; from?: string; bake: string; reason: string }) =>
        run(async (context) => {
          const { canary: canaries, from, bake, reason } = flags
          const asked = { to, canaries, bake, reason, ...(from !== undefined && { from }) }
          say(context, await context.api.post<Proposal>('/templates/proposals', asked))
        }),
    )
  for (const [name, says] of DECISIONS)
    verb
      .command(name)
      .description(says)
      .argument('<proposal>', 'its id')
      .option('--reason <text>', 'why', '')
      .action((id: string, { reason }: { reason: string }) =>
        run(async (context) => {
          const path = `/templates/proposals/${encodeURIComponent(id)}/${name}`
          say(context, await context.api.post<Proposal>(path, { reason }))
        }),
      )
}

const DECISIONS = [
  ['approve', 'let a proposal go to its canaries; somebody else than who made it'],
  ['reject', 'refuse a proposal'],
  ['resume', 'let a proposal that was held go on, when its failed run was looked at'],
  ['withdraw', 'end a proposal: nobody else follows, and who has followed stays'],
] as const

function say(context: CliContext, made: Proposal): void {
  if (context.format !== 'table') return raw(context, made)
  tell(context, made)
}

function tell({ io }: CliContext, one: Proposal): void {
  const { status, affected, adopted, held, canaries, left } = one
  const colour =
    status === 'held' || status === 'rejected' ? red : status === 'completed' ? green : yellow
  const count = `${Object.keys(adopted).length} of ${affected.length} have followed`
  const away = left.length === 0 ? '' : `, ${left.length} went another way`
  io.out(`${colour(status, io)}  ${bold(`${one.from} → ${one.to}`, io)}  ${dim(one.id, io)}\n`)
  io.out(`  by ${clean(one.proposedBy)}, changed ${ago(one.changedAt)}: ${count}${away}\n`)
  io.out(`  first ${clean(canaries.join(', '))}; affected ${clean(affected.join(', '))}\n`)
  if (held !== null)
    io.out(`  ${red('held', io)} by ${clean(held.service)}: signalbox runs show ${held.run}\n`)
  if (status === 'proposed') io.out(`  somebody else: signalbox templates approve ${one.id}\n`)
}

async function list(context: CliContext): Promise<void> {
  const { io } = context
  const all = await context.api.get<readonly Possible[]>('/templates/proposals')
  if (context.format !== 'table') return raw(context, all)
  if (all.length === 0) io.out('Everybody is on the newest number.\n')
  for (const { from, to, isBreaking, changes, affected, recorded } of all) {
    const breaks = isBreaking ? ', breaking' : ''
    const head = `${bold(`${from} → ${to}`, io)}${breaks}`
    if (recorded === null) io.out(`${yellow('not proposed', io)}  ${head}\n`)
    else tell(context, recorded)
    for (const { job, says } of changes) io.out(`  ${clean(job)} ${clean(says)}\n`)
    if (recorded === null)
      io.out(`  would affect ${clean(affected.map(({ service }) => service).join(', '))}\n`)
  }
}
