/** accept-no-return: a person's word for what nobody can undo. */
import type { NoReturn } from '../answers.ts'
import type { CliContext } from '../context.ts'
import { clean } from '../output.ts'
import type { AddVerbs } from '../program.ts'
import { findPromotion, reportPromotion } from './deciding.ts'

interface Flags {
  readonly to?: string
  readonly names?: readonly string[]
  readonly reason?: string
}

export const addNoReturn: AddVerbs = (program, run) => {
  program
    .command('accept-no-return')
    .description('answer for what of a promotion cannot be undone; without --names it is listed')
    .argument('<promotion>', 'its id, or a service and --to')
    .option('--to <environment>')
    .option('--names <file...>', 'the migrations that leave no way back')
    .option('--reason <text>', 'why now, and what stands in for the way back')
    .action((name: string, flags: Flags) => run((context) => accept(context, name, flags)))
}

async function accept(context: CliContext, name: string, flags: Flags): Promise<number> {
  const { id } = await findPromotion(context.api, name, flags.to)
  const { revision, planHash, plan } = await context.api.get<Planned>(`/promotions/${id}`)
  const { names = [], reason = '' } = flags
  if (plan.noReturn !== undefined) saySteps(context, plan.noReturn)
  if (plan.noReturn !== undefined && (names.length === 0 || reason === ''))
    throw Object.assign(new Error('Accepting it takes its name, and a reason.'), {
      code: 'promotion.no-return-unnamed',
      remedy: commandFor(id, plan.noReturn),
    })
  // Of a plan that takes nothing away the server says so itself.
  const body = { names: names.length > 0 ? names : ['-'], reason: reason || '-', planHash }
  await context.api.post(`/promotions/${id}/no-return`, body, { ifMatch: revision })
  return reportPromotion(context, id)
}

interface Planned {
  readonly revision: number
  readonly planHash: string
  readonly plan: { readonly noReturn?: NoReturn }
}

function saySteps({ io, format }: CliContext, { steps, count }: NoReturn): void {
  if (format !== 'table') return
  io.out('It cannot be undone:\n')
  for (const { version, kind, path, line, statement, reason } of steps)
    io.out(
      clean(`  ${path === '' ? version : `${path}:${line}`}  ${kind}  ${statement}`) +
        '\n' +
        clean(`    ${reason}`) +
        '\n',
    )
  if (count > steps.length) io.out(`  and ${count - steps.length} more\n`)
}

function commandFor(id: string, { steps }: NoReturn): string {
  const names = [...new Set(steps.map(({ path, version }) => (path === '' ? version : path)))]
  return `signalbox accept-no-return ${id} --names ${names.join(' ')} --reason …`
}
