/** spool: what waits on this machine for the server. */
import { type CliContext, EXIT } from '../context.ts'
import { ago, raw, show } from '../output.ts'
import type { AddVerbs } from '../program.ts'
import { openSpool } from '../spool/registering.ts'
import type { Waiting } from '../spool/spool.ts'
import { isDown, upload } from '../spool/upload.ts'

export const addSpool: AddVerbs = (program, run) => {
  const spool = program.command('spool').description('records that wait here for the server')
  spool
    .command('list', { isDefault: true })
    .description('what waits, and what the server did not want and why')
    .action(() => run(list))
  spool
    .command('upload')
    .description('send what waits, in its order')
    .option('--again', 'also what was refused before', false)
    .option('--dry-run', 'say what would be sent, and send nothing', false)
    .action((flags: { again: boolean; dryRun: boolean }) => run((context) => send(context, flags)))
  spool
    .command('verify')
    .description('whether anything in it is missing, altered or out of order')
    .action(() => run(verify))
  spool
    .command('discard')
    .description('give up a record that the server refused; the server shows that it is missing')
    .argument('<number>')
    .option('--dry-run', 'say what would be given up', false)
    .action((number: string, flags: { dryRun: boolean }) =>
      run((context) => discard(context, Number(number), flags.dryRun)),
    )
}

const rowOf = ({ number, digest, record, refused }: Waiting) => ({
  number,
  digest,
  recordedAt: record.recordedAt,
  what: record.what,
  refused: refused ?? null,
})

async function list(context: CliContext): Promise<void> {
  const rows = (await (await openSpool(context)).waiting()).map(rowOf)
  show(
    context,
    rows,
    [
      ['number', (row) => row.number],
      ['service', (row) => row.what.service],
      ['what', ({ what }) => (what.kind === 'check' ? `${what.check} ${what.outcome}` : what.kind)],
      ['recorded', (row) => ago(row.recordedAt)],
      ['state', ({ refused }) => (refused ? `✕ refused: ${refused.detail}` : '◐ waiting')],
      ['remedy', ({ refused }) => refused?.remedy ?? ''],
    ],
    'Nothing waits.',
  )
}

async function send(
  context: CliContext,
  { again, dryRun }: { readonly again: boolean; readonly dryRun: boolean },
): Promise<number> {
  const spool = await openSpool(context)
  if (dryRun) {
    const due = (await spool.waiting()).filter(({ refused }) => again || refused === undefined)
    if (context.format !== 'table') raw(context, { dryRun: true, would: due.map(rowOf) })
    else context.io.out(`${due.length} records would be sent.\n`)
    return EXIT.done
  }
  const { sent, refused, left, stopped } = await upload(context.api, spool, { again })
  if (context.format !== 'table') raw(context, { sent, refused: refused.map(rowOf), left })
  else {
    const refusals = refused.length === 0 ? '' : `, ${refused.length} refused (spool list)`
    context.io.out(`${sent.length} uploaded${refusals}, ${left} left.\n`)
  }
  if (stopped !== undefined && !isDown(stopped)) throw stopped
  if (stopped !== undefined) {
    context.io.err(`${stopped.message}\n`)
    return EXIT.unreachable
  }
  return refused.length > 0 ? EXIT.refused : EXIT.done
}

async function verify(context: CliContext): Promise<number> {
  const { count, flaws } = await (await openSpool(context)).flaws()
  if (context.format !== 'table') raw(context, { count, flaws })
  else if (flaws.length === 0) context.io.out(`${count} records, whole and in order.\n`)
  else for (const { message } of flaws) context.io.err(`✕ ${message}\n`)
  return flaws.length === 0 ? EXIT.done : EXIT.refused
}

async function discard(context: CliContext, number: number, isDry: boolean): Promise<number> {
  const spool = await openSpool(context)
  const found = (await spool.waiting()).find((each) => each.number === number)
  if (found?.refused === undefined) {
    context.io.err(`${number} is no record that was refused. See: signalbox spool list.\n`)
    return EXIT.usage
  }
  if (!isDry) await spool.discard(number)
  const verb = isDry ? 'would be given up' : 'was given up; recorders show it as missing'
  context.io.out(`Record ${number} ${verb}.\n`)
  return EXIT.done
}
