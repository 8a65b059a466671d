/** access review: who may do what, looked at grant by grant by those who answer for it. */
import type { Command } from 'commander'
import { type CliContext, EXIT } from '../context.ts'
import { ago, bold, clean, dim, raw, show, table, type Column } from '../output.ts'
import type { AddVerbs } from '../program.ts'

interface Line {
  readonly grant: {
    readonly actor: string
    readonly kind: string
    readonly role: string
    readonly lastUsedAt: number | null
  }
  readonly decision?: { readonly what: string; readonly reason: string; readonly by: string }
  readonly effect?: { readonly what: string }
}

interface Review {
  readonly id: string
  readonly team: string
  readonly status: 'open' | 'closed' | 'signed'
  readonly dueAt: number
  readonly startedAt: number
  readonly counts: Readonly<Record<'grants' | 'kept' | 'revoked' | 'undecided', number>>
}

type WholeReview = Review & { readonly lines: readonly Line[]; readonly keyId?: string }

export const addAccessReviews: AddVerbs = (program, run) => {
  const review = program
    .command('access')
    .description('who may do what')
    .command('review')
    .description('grants that somebody else stands up for; what nobody does is revoked')
  review
    .command('start')
    .description('begin one now; otherwise the calendar does')
    .option('--team <team>', 'left out: who is in no team that owns a service')
    .option('--days <days>', 'until what nobody keeps is revoked', '14')
    .action((flags: { team?: string; days: string }) =>
      run(async (context) => {
        const body = { days: Number(flags.days), ...(flags.team && { team: flags.team }) }
        return say(context, await context.api.post<WholeReview>('/access/reviews', body))
      }),
    )
  review
    .command('list')
    .description('reviews, the newest first')
    .option('--open', 'only those that wait for decisions', false)
    .action((flags: { open: boolean }) => run((context) => list(context, flags)))
  review
    .command('show')
    .description('its grants with when each was last used; with -o json the signed result')
    .argument('<review>')
    .action((id: string) =>
      run(async (context) => say(context, await context.api.get<WholeReview>(pathOf(id)))),
    )
  decision(review, run, 'keep', 'it is needed, and you stand up for it')
  decision(review, run, 'revoke', 'it is not needed any more')
  review
    .command('close')
    .description('all is decided: take away what was revoked, and sign the result')
    .argument('<review>')
    .action((id: string) =>
      run(async (context) =>
        say(context, await context.api.post<WholeReview>(`${pathOf(id)}/close`)),
      ),
    )
}

function decision(
  review: Command,
  run: Parameters<AddVerbs>[1],
  what: 'keep' | 'revoke',
  description: string,
): void {
  review
    .command(what)
    .description(description)
    .argument('<review>')
    .argument('<actor>')
    .argument('<role>')
    .requiredOption('--reason <text>')
    .action((id: string, actor: string, role: string, flags: { reason: string }) =>
      run(async (context) => {
        const body = { actor, role, decision: what, reason: flags.reason }
        return say(context, await context.api.post<WholeReview>(`${pathOf(id)}/decide`, body))
      }),
    )
}

const pathOf = (id: string) => `/access/reviews/${encodeURIComponent(id)}`
const teamText = (team: string) => (team === '*' ? 'everybody else' : team)

async function list(context: CliContext, { open }: { readonly open: boolean }): Promise<void> {
  show(
    context,
    await context.api.get<Review[]>('/access/reviews', open ? { open } : {}),
    [
      ['review', ({ id }) => id],
      ['team', ({ team }) => teamText(team)],
      ['state', stateOf],
      ['grants', ({ counts }) => counts.grants],
      ['kept', ({ counts }) => counts.kept],
      ['revoked', ({ counts }) => counts.revoked],
      ['undecided', ({ counts }) => counts.undecided],
    ],
    open ? 'None is open.' : 'There never was one: signalbox access review start',
  )
}

function stateOf({ status, dueAt }: Review): string {
  if (status === 'open') return `open, ends ${ago(dueAt)}`
  return status === 'signed' ? '✓ signed' : 'closed'
}

function say(context: CliContext, review: WholeReview): number {
  const exit = review.status === 'open' && review.counts.undecided > 0 ? EXIT.waiting : EXIT.done
  if (context.format !== 'table') {
    raw(context, review)
    return exit
  }
  const { io } = context
  const { counts } = review
  const of = `${counts.kept} kept, ${counts.revoked} revoked, ${counts.undecided} undecided`
  io.out(`${review.id}  ${bold(clean(teamText(review.team)), io)}  ${stateOf(review)}\n`)
  io.out(`${dim(of, io)}\n`)
  const columns = [
    ['actor', ({ grant }: Line) => grant.actor],
    ['kind', ({ grant }) => grant.kind],
    ['role', ({ grant }) => grant.role],
    ['last used', ({ grant }) => (grant.lastUsedAt === null ? 'never' : ago(grant.lastUsedAt))],
    ['decision', ({ decision: said }) => said && `${said.what} by ${said.by}`],
    ['reason', ({ decision: said }) => said?.reason],
    ['effect', ({ effect }) => effect?.what],
  ] satisfies readonly Column<Line>[]
  io.out(`${table(review.lines, columns, io)}\n`)
  if (counts.undecided > 0)
    io.out(`Decide: signalbox access review keep ${review.id} <actor> <role> --reason "…"\n`)
  return exit
}
