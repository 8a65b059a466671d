/**
 * cancel, abort, rollback: three ways not to have something. Which one it is depends on how far the
 * thing is, and the server says when it is the wrong one.
 */
import type { Deployment, RollbackWay } from '../answers.ts'
import type { Api } from '../api.ts'
import { type CliContext, EXIT } from '../context.ts'
import { bold, clean, raw, yellow } from '../output.ts'
import type { AddVerbs } from '../program.ts'
import { sayVerdict } from './asking.ts'
import { findPromotion, reportPromotion } from './deciding.ts'
import { latest } from './rollouts.ts'
import { lineOf, watchRollout } from './watching.ts'

interface Where {
  readonly env?: string
  readonly reason: string
}

export const addUndoing: AddVerbs = (program, run) => {
  program
    .command('cancel')
    .description('take back a promotion that waits, before it has any effect')
    .argument('<promotion>', 'its id, or a service with --env')
    .option('--env <environment>')
    .option('--reason <text>', '', 'Not wanted any more.')
    .action((name: string, flags: Where) => run((context) => cancel(context, name, flags)))
  program
    .command('abort')
    .description('undo a rollout on its way: traffic back first')
    .argument('<deployment>', 'its id, or a service with --env')
    .option('--env <environment>')
    .requiredOption('--reason <text>')
    .action((name: string, flags: Where) => run((context) => abort(context, name, flags)))
  addRollback(program, run)
}

async function cancel(context: CliContext, name: string, { env, reason }: Where): Promise<number> {
  const { api } = context
  if (name.startsWith('dep_')) {
    // The server knows why that is too late, and what to do instead.
    await api.post(`/deployments/${name}/cancel`, { reason })
    return EXIT.done
  }
  const { id } = await findPromotion(api, name, env)
  await api.post(`/promotions/${id}/cancel`, { reason })
  await reportPromotion(context, id)
  return EXIT.done
}

async function abort(context: CliContext, name: string, { env, reason }: Where): Promise<number> {
  const { api, io } = context
  const path = name.startsWith('prm_')
    ? `/promotions/${name}`
    : `/deployments/${(await onItsWay(api, name, env)).id}`
  const done = await api.post<Deployment>(`${path}/abort`, { reason })
  if (context.format === 'table') io.out(`${lineOf(done)}\n`)
  else raw(context, done)
  return EXIT.done
}

/** Of a service the one that is under way; else its last one, for the server's word on that. */
async function onItsWay(api: Api, name: string, environment: string | undefined) {
  if (name.startsWith('dep_')) return { id: name }
  const query = { service: name, environment, open: true, limit: 2 }
  const [one, other] = await api.get<Deployment[]>('/deployments', query)
  if (one === undefined) return latest(api, name, environment)
  if (other === undefined) return one
  throw Object.assign(new Error(`Several rollouts of ${name} are on their way.`), {
    code: 'deployment.several',
    remedy: 'Name the environment with --env.',
  })
}

interface RollbackFlags {
  readonly env: string
  readonly to?: string
  readonly reason?: string
  readonly force: boolean
  readonly forward: boolean
  readonly dryRun: boolean
  readonly watch: boolean
}

const addRollback: AddVerbs = (program, run) => {
  program
    .command('rollback')
    .description('go back to the last validated release, or to a named one')
    .argument('<service>')
    .requiredOption('--env <environment>')
    .option('--to <version>')
    .option('--reason <text>', 'needed, but for --dry-run')
    .option('--force', 'below the rollback floor too', false)
    .option('--forward', 'as a promotion: what it takes out of the rollback window', false)
    .option('--dry-run', 'say where to, by which way and why, and do nothing', false)
    .option('--watch', 'until it has ended', false)
    .action((service: string, flags: RollbackFlags) =>
      run((context) => rollback(context, service, flags)),
    )
}

async function rollback(context: CliContext, service: string, flags: RollbackFlags) {
  const { api, io, format } = context
  const { env: environment, to, reason, force, forward, dryRun, watch } = flags
  if (reason === undefined && !dryRun) {
    io.err('--reason says why: everybody who looks at the slot will ask.\n')
    return EXIT.usage
  }
  const way = await api.get<RollbackWay>('/rollback', { service, environment, to, force, forward })
  if (format === 'table') sayWay(context, way)
  if (dryRun) {
    if (format !== 'table') raw(context, way)
    return EXIT.done
  }
  const body = { service, environment, to, reason, force, forward }
  const made = await api.post<{ id: string }>('/rollback', body)
  if (made.id.startsWith('prm_')) return reportPromotion(context, made.id)
  if (watch) return watchRollout(context, made.id)
  if (format === 'table') io.out(`Rolling back: ${made.id}\n`)
  else raw(context, made)
  return EXIT.done
}

const BY = {
  fast: 'at once and whole; its health is all that is looked at',
  forward: 'as a promotion, with gates, approvals, calendar and canary',
} as const

function sayWay(context: CliContext, way: RollbackWay): void {
  const { io } = context
  const { service, environment, undoes, to, path, why, caution, verdict } = way
  const title = `${service} in ${environment}: ${undoes.version} → ${to.version}`
  io.out(`${bold(clean(title), io)}  ${BY[path]}\n`)
  io.out(`  ${clean(why)}\n`)
  if (caution !== null) io.out(`  ${yellow(clean(caution), io)}\n`)
  if (verdict !== null) sayVerdict(context, verdict, `${service} ${to.version} to ${environment}`)
}
