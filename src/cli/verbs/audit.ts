/** audit: how the log is, an entry of it, the proof of one, and whether all is as it was sealed. */
import { writeFileSync } from 'node:fs'
import { type CliContext, EXIT } from '../context.ts'
import { ago, clean, green, raw, red, yellow } from '../output.ts'
import type { AddVerbs } from '../program.ts'

interface Status {
  readonly state: 'sealing' | 'lagging' | 'halted'
  readonly origin: string
  readonly epoch: number
  readonly size: number
  readonly root: string
  readonly signedAt: number | null
  readonly lagMs: number
  readonly heldBy: string | null
  readonly keys: readonly string[]
  readonly halted: { readonly size: number; readonly published: number } | null
  readonly witnessed: {
    readonly size: number
    readonly at: number
    readonly by: readonly string[]
  } | null
  readonly witnesses: readonly { readonly name: string }[]
  readonly timestamps: readonly {
    readonly authority: string
    readonly size: number | null
    readonly at: number | null
    readonly isOverdue: boolean
  }[]
}

interface Entry {
  readonly index: number
  readonly entry: Readonly<Record<string, unknown>>
  readonly actor: string | null
  readonly isErased: boolean
  readonly data: unknown
}

interface Checked {
  readonly to: number
  readonly size: number
  readonly erased: number
  readonly mismatches: readonly { readonly index: number; readonly why: string }[]
}

export const addAudit: AddVerbs = (program, run) => {
  const audit = program.command('audit').description('the audit log: what was done, provably')
  audit
    .command('status')
    .description('how much is sealed, how far behind it is, who cosigned')
    .action(() => run(status))
  audit
    .command('show')
    .description('an entry, and the event it was made of')
    .argument('<index>')
    .action((index: string) => run((context) => showEntry(context, index)))
  audit
    .command('verify')
    .description('read all of it again: entries, tree, checkpoint, events')
    .option('--from <index>', 'where to begin', '0')
    .action((flags: { from: string }) => run((context) => verify(context, Number(flags.from))))
  audit
    .command('prove')
    .description('the proof that an entry is in the log, as a tlog-proof')
    .argument('<index>')
    .option('--out <file>', 'where to write it; its entry goes beside it')
    .action((index: string, flags: { out?: string }) =>
      run((context) => prove(context, index, flags.out)),
    )
  audit
    .command('erase')
    .description('forget words of an event; its entry, and that this was done, stay')
    .argument('<index>')
    .requiredOption('--field <field...>', 'which texts of it')
    .requiredOption('--reason <reason>')
    .action((index: string, flags: { field: string[]; reason: string }) =>
      run(async (context) => {
        const { field: fields, reason } = flags
        const body = { index: Number(index), fields, reason }
        raw(context, await context.api.post('/audit/erasures', body))
      }),
    )
  audit
    .command('begin-epoch')
    .description('after a restore that lost entries: go on under a new name, and say what is lost')
    .requiredOption('--reason <reason>')
    .action((flags: { reason: string }) =>
      run(async (context) => raw(context, await context.api.post('/audit/epochs', flags))),
    )
}

async function status(context: CliContext): Promise<number> {
  const { api, io, format } = context
  const said = await api.get<Status>('/audit/status')
  const code = said.state === 'sealing' ? EXIT.done : EXIT.refused
  if (format !== 'table') {
    raw(context, said)
    return code
  }
  const paint = said.state === 'sealing' ? green : said.state === 'lagging' ? yellow : red
  const signed = said.signedAt === null ? 'never' : ago(said.signedAt)
  io.out(`${paint(said.state, io)}  ${clean(said.origin)}, epoch ${said.epoch}\n`)
  io.out(`entries    ${said.size}, signed ${signed}, ${said.lagMs} ms behind\n`)
  io.out(`root       ${said.root}\n`)
  io.out(`witnessed  ${witnessed(said)}\n`)
  for (const each of said.timestamps) io.out(`timestamp  ${timestampOf(each)}\n`)
  for (const key of said.keys) io.out(`key        ${clean(key)}\n`)
  if (said.heldBy !== null) io.out(`held by    ${clean(said.heldBy)}\n`)
  if (said.halted !== null)
    io.out(
      `${said.halted.published} entries were published and ${said.halted.size} are here: nothing ` +
        'more is signed. See docs/guides/audit.md, restoring.\n',
    )
  return code
}

function witnessed({ witnessed, witnesses }: Status): string {
  if (witnesses.length === 0) return 'by nobody: no witness is configured'
  if (witnessed === null) return `not yet, of ${witnesses.length}`
  return `${witnessed.size} entries, ${ago(witnessed.at)}, by ${witnessed.by.map(clean).join(', ')}`
}

function timestampOf({ authority, size, at, isOverdue }: Status['timestamps'][number]): string {
  const seen = size === null || at === null ? 'nothing yet' : `${size} entries, ${ago(at)}`
  return `${seen}, by ${clean(authority)}${isOverdue ? ': overdue' : ''}`
}

async function showEntry(context: CliContext, index: string): Promise<void> {
  const said = await context.api.get<Entry>(`/audit/entries/${encodeURIComponent(index)}`)
  if (context.format !== 'table') return raw(context, said)
  const { io } = context
  for (const [name, value] of Object.entries(said.entry))
    io.out(`${name.padEnd(12)}${clean(Array.isArray(value) ? value.join(' ') : String(value))}\n`)
  io.out(`${'by'.padEnd(12)}${clean(said.actor ?? 'somebody who was forgotten')}\n`)
  if (said.isErased) io.out(`${'erased'.padEnd(12)}words of it were erased\n`)
  io.out(`${'data'.padEnd(12)}${clean(JSON.stringify(said.data))}\n`)
}

async function verify(context: CliContext, from: number): Promise<number> {
  const { api, io } = context
  const mismatches: Checked['mismatches'][number][] = []
  let [at, erased, size] = [from, 0, 0]
  do {
    const part = await api.get<Checked>('/audit/verify', { from: at })
    for (const each of part.mismatches)
      if (!mismatches.some(({ index, why }) => index === each.index && why === each.why))
        mismatches.push(each)
    ;[at, erased, size] = [Math.max(part.to, at), erased + part.erased, part.size]
    if (io.isTerminal) io.err(`\r${at} of ${size}`)
    if (part.to >= part.size) break
  } while (mismatches.length < 1_000)
  if (io.isTerminal) io.err('\r')
  const code = mismatches.length === 0 ? EXIT.done : EXIT.refused
  if (context.format !== 'table') {
    raw(context, { from, to: at, size, erased, mismatches })
    return code
  }
  for (const { index, why } of mismatches) io.out(`${red(`${index}`, io)}  ${clean(why)}\n`)
  const forgotten = erased === 0 ? '' : `; words of ${erased} were erased by order`
  if (code === EXIT.done)
    io.out(`${green('✓', io)} ${at - from} entries, all as they were sealed${forgotten}\n`)
  return code
}

async function prove(context: CliContext, index: string, out: string | undefined): Promise<void> {
  const path = `/audit/proofs/${encodeURIComponent(index)}`
  const said = await context.api.get<{ entry: string; proof: string }>(path)
  if (context.format !== 'table') return raw(context, said)
  if (out === undefined) return context.io.out(said.proof)
  writeFileSync(out, said.proof)
  writeFileSync(`${out}.entry`, said.entry)
  context.io.out(`${out}, and the entry in ${out}.entry\n`)
}
