/**
 * gate: the question of a pipeline that deploys by itself. The server's answer is the exit code;
 * when nobody answers, the service's tier decides as it was last known, and what is not known is
 * closed.
 */
import { type CliContext, EXIT } from '../context.ts'
import { ago, raw, red, yellow } from '../output.ts'
import type { AddVerbs } from '../program.ts'
import { ensureRegistered, openSpool } from '../spool/registering.ts'
import { recall, remember, type WithoutServer } from '../spool/tiers.ts'
import { isDown } from '../spool/upload.ts'
import { explain } from './asking.ts'

interface Place {
  readonly service: string
  readonly environment: string
  readonly release?: string | undefined
}

export const addGate: AddVerbs = (program, run) => {
  program
    .command('gate')
    .description('may it go there: for a pipeline that deploys by itself, by its exit code')
    .argument('<service>')
    .requiredOption('--to <environment>')
    .option('--release <release>', 'left out: the newest')
    .action((service: string, { to: environment, release }: { to: string; release?: string }) =>
      run((context) => gate(context, { service, environment, release })),
    )
}

async function gate(context: CliContext, place: Place): Promise<number> {
  const { service, environment, release } = place
  try {
    const flags = { to: environment, ...(release !== undefined && { release }) }
    const answer = await explain(context, service, flags)
    await keepForLater(context, place, answer === EXIT.done)
    return answer
  } catch (error) {
    if (!isDown(error)) throw error
    return withoutServer(context, place)
  }
}

/** An answer stands, whatever becomes of what is kept for the day when there is none. */
async function keepForLater(
  context: CliContext,
  { service, environment, release }: Place,
  isAllowed: boolean,
): Promise<void> {
  try {
    const query = { service, environment }
    const said = await context.api.get<WithoutServer>('/gates/unreachable', query)
    const spool = await openSpool(context)
    await ensureRegistered(context.api, spool)
    const notYet = isAllowed ? null : (release ?? null)
    await remember(spool, { ...said, notYet }, Date.now())
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    context.io.err(`Without the server this gate would be closed: ${why}\n`)
  }
}

/** Open only by what is known to say so; undefined: open. */
export function whyClosed(
  known: (Pick<WithoutServer, 'policy' | 'sourceDown'> & { notYet: string | null }) | undefined,
  release: string | undefined,
): string | undefined {
  if (known === undefined) return 'what its tier says of that is not known here'
  if (known.sourceDown !== 'open') return `${known.policy} says: closed`
  if (release !== undefined && known.notYet === release)
    return `the last answer was that ${release} may not go, or not yet`
  return undefined
}

async function withoutServer(context: CliContext, place: Place): Promise<number> {
  const { io, api } = context
  const { service, environment, release } = place
  const spool = await openSpool(context)
  const known = await recall(spool, place, Date.now())
  const where = `${service} to ${environment}`
  const why = whyClosed(known, release)
  if (known === undefined || why !== undefined) {
    if (context.format !== 'table')
      raw(context, { answered: false, goesAhead: false, policy: known?.policy ?? null, why })
    io.err(`${red('gate closed', io)}  ${where}: nobody answers at ${api.url}, and ${why}.\n`)
    io.err('Start the server and ask again. In an emergency let a person decide, and say so.\n')
    return EXIT.unreachable
  }
  const { policy, answeredAt } = known
  const what = { kind: 'unanswered', service, environment, policy, answeredAt } as const
  // Written down first: what cannot be told afterwards does not go ahead.
  const { number } = await spool.append(
    { ...what, ...(release !== undefined && { release }) },
    Date.now(),
  )
  if (context.format !== 'table')
    raw(context, { answered: false, goesAhead: true, policy, record: number })
  io.err(`${yellow('GATE OPEN WITHOUT AN ANSWER', io)}  ${where}: nobody answers at ${api.url}.\n`)
  io.err(`${policy} lets it pass, as was said ${ago(answeredAt)}. It is record ${number} of the\n`)
  io.err('spool here; somebody will be asked to review it.\n')
  return EXIT.done
}
