/** evidence: a folder that an auditor checks without us, and the check of one. */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseDuration } from '#kernel/duration.ts'
import { Fault } from '#kernel/fault.ts'
import { type CliContext, EXIT } from '../context.ts'
import { clean, green, raw, red, yellow } from '../output.ts'
import { evidenceVerb } from './evidence.ts'
import type { AddVerbs, BundleAnswer, Roles } from '../program.ts'

/** Parts of a path inside the folder: a server is not believed about where to write. */
const PATH = /^(?:[A-Za-z0-9_][A-Za-z0-9_.:-]*\/)*[A-Za-z0-9_][A-Za-z0-9_.:-]*$/
/** Of what is missing; the rest is in `-o json`. */
const SHOWN_MAX = 40
const TIMESTAMPS_SHOWN_MAX = 3

interface ExportFlags {
  readonly service: string
  readonly from: string
  readonly to?: string
  readonly env?: string
  readonly out?: string
}

interface VerifyFlags {
  readonly vkey?: string[]
  readonly policy?: string
  readonly tsa?: string
  readonly strict: boolean
}

export const addBundles = (roles: Pick<Roles, 'verifyBundle'>): AddVerbs =>
  function add(program, run) {
    const evidence = evidenceVerb(program)
    evidence
      .command('export')
      .description('the changes of a service, with proofs, in a folder that stands alone')
      .requiredOption('--service <service>')
      .requiredOption('--from <instant>', 'a date, an instant, or how long ago: 2026-10-01, 90d')
      .option('--to <instant>', 'left out: now')
      .option('--env <environment>', 'left out: every production environment')
      .option('--out <folder>', 'a new one; left out: evidence-<service>')
      .action((flags: ExportFlags) => run((context) => exportBundle(context, flags)))
    evidence
      .command('verify')
      .description('check a bundle on this machine, without a server, and name what is missing')
      .argument('<folder>')
      .option('--vkey <vkey...>', 'keys of the log that you were given by another way')
      .option('--policy <file>', 'witnesses that you trust, as a C2SP tlog-policy')
      .option('--tsa <file>', 'certificates of timestamp authorities that you trust, as PEM')
      .option('--strict', 'evidence that is missing counts as failed', false)
      .action((folder: string, flags: VerifyFlags) =>
        run(async (context) => {
          const { vkey: vkeys, policy, tsa, strict } = flags
          return told(context, await roles.verifyBundle(folder, { vkeys, policy, tsa }), strict)
        }),
      )
  }

async function exportBundle(context: CliContext, flags: ExportFlags): Promise<void> {
  const folder = flags.out ?? `evidence-${flags.service}`
  if (existsSync(folder) && readdirSync(folder).length > 0)
    throw new Fault('evidence.folder-taken', `${folder} holds something already.`, {
      remedy: 'Name another with --out: a bundle is never mixed with anything.',
      retry: false,
    })
  const body = {
    service: flags.service,
    from: instantOf(flags.from),
    to: flags.to === undefined ? new Date().toISOString() : instantOf(flags.to),
    ...(flags.env !== undefined && { environment: flags.env }),
  }
  let [files, isWhole, changes] = [0, false, '0']
  for await (const line of context.api.lines('/evidence/bundles', body)) {
    const said = JSON.parse(line) as Partial<Record<'path' | 'base64' | 'failed', string>>
    if (said.failed !== undefined) throw cut(said.failed)
    isWhole = said.path === undefined
    if (said.path === undefined) break
    if (!PATH.test(said.path) || said.path.includes('..')) throw cut(`it names ${clean(said.path)}`)
    const bytes = Buffer.from(said.base64 ?? '', 'base64')
    mkdirSync(dirname(join(folder, said.path)), { recursive: true })
    writeFileSync(join(folder, said.path), bytes, { flag: 'wx' })
    if (said.path === 'manifest.json')
      changes = String((JSON.parse(bytes.toString()) as { changes: number }).changes)
    files++
  }
  if (!isWhole) throw cut('the answer ended in the middle')
  if (context.format !== 'table') return raw(context, { folder, files, changes: Number(changes) })
  context.io.out(`${folder}: ${changes} changes in ${files} files\n`)
  context.io.out(
    `Check it: signalbox evidence verify ${folder}   (or as ${folder}/VERIFY.md says)\n`,
  )
}

const cut = (why: string) =>
  new Fault('evidence.cut', `The bundle is not whole: ${why}.`, {
    remedy: 'Remove the folder, and export again.',
  })

function instantOf(text: string): string {
  const ago = parseDuration(text)
  if (ago !== undefined) return new Date(Date.now() - ago).toISOString()
  const at = Date.parse(text)
  if (!Number.isNaN(at)) return new Date(at).toISOString()
  throw new Fault('evidence.bad-instant', `${text} is no instant.`, {
    remedy: 'Write 2026-10-01, 2026-10-01T12:00:00Z, or how long ago: 90d.',
    retry: false,
  })
}

function told(context: CliContext, report: BundleAnswer, isStrict: boolean): number {
  const { io } = context
  const { problems, missing } = report
  const isWrong = problems.length > 0 || (isStrict && missing.length > 0)
  const code = isWrong ? EXIT.refused : EXIT.done
  if (context.format !== 'table') {
    raw(context, { isBelieved: problems.length === 0, ...report })
    return code
  }
  for (const { where, why } of problems) io.out(`${red('✕', io)} ${clean(where)}  ${clean(why)}\n`)
  if (problems.length === 0)
    io.out(
      `${green('✓', io)} ${report.changes} changes, ${report.events} events, ` +
        `${report.attestations} attestations: all as they were sealed\n`,
    )
  const by = report.witnesses.length === 0 ? 'nobody' : report.witnesses.map(clean).join(', ')
  io.out(`  log        ${clean(report.origin)}, ${report.size} entries, witnessed by ${by}\n`)
  io.out(`  until      ${clean(report.until)}, the last entry in it\n`)
  const { timestamps } = report
  for (const { authority, at, size } of timestamps.slice(-TIMESTAMPS_SHOWN_MAX))
    io.out(`  seen       ${size} entries, ${clean(at)}, by ${clean(authority)}\n`)
  for (const key of report.keys) io.out(`  key        ${clean(key)}\n`)
  if (report.erased > 0) io.out(`  erased     words of ${report.erased} events, by order\n`)
  for (const { change, what, why } of missing.slice(0, SHOWN_MAX))
    io.out(`${yellow('missing', io)}  ${clean(change)}  ${clean(what)}: ${clean(why)}\n`)
  if (missing.length > SHOWN_MAX) io.out(`… and ${missing.length - SHOWN_MAX} more\n`)
  return code
}
