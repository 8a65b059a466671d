/** evidence: what proves that the controls worked, and where it is missing. */
import type { Command } from 'commander'
import { type CliContext, EXIT } from '../context.ts'
import { ago, bold, clean, type Column, dim, green, raw, red, show, table } from '../output.ts'
import type { AddVerbs } from '../program.ts'

/** The family's head, made by whichever of its files comes first. */
export function evidenceVerb(program: Command): Command {
  return (
    program.commands.find((each) => each.name() === 'evidence') ??
    program.command('evidence').description('what proves that the controls worked, and its gaps')
  )
}

interface Finding {
  readonly sha: string
  readonly subject: string
  readonly author: string
  readonly verdict: 'PASS' | 'FAIL'
  readonly reason: string
  readonly message: string
  readonly approvedBy: readonly string[]
}

interface FourEyes {
  readonly service: string
  readonly environment: string
  readonly from: { readonly ref: string; readonly sha: string } | null
  readonly to: { readonly ref: string; readonly sha: string }
  readonly isRequired: boolean
  readonly verdict: 'PASS' | 'FAIL'
  readonly message: string
  readonly commits: readonly Finding[]
}

interface FourEyesFlags {
  readonly service: string
  readonly env?: string
  readonly from?: string
  readonly to?: string
  readonly mergeFromBase: string
  readonly serviceAccount: readonly string[]
  readonly exempt: readonly string[]
  readonly failed: boolean
}

export const addEvidence: AddVerbs = (program, run) => {
  evidenceVerb(program)
    .command('four-eyes')
    .description('was every commit in between looked at by somebody who had no hand in it?')
    .requiredOption('--service <name>')
    .option('--env <environment>', 'left out: the last on its path')
    .option('--from <ref>', 'version, commit or deployment; left out: what ran before')
    .option('--to <ref>', 'left out: what runs there')
    .option(
      '--merge-from-base <mode>',
      'a branch brought up to date after its approval: ignore or strict',
      'ignore',
    )
    .option('--service-account <glob...>', 'names or addresses that need no second person', [])
    .option('--exempt <glob...>', 'files; a commit passes only if all of its files match', [])
    .option('--failed', 'only the commits that fail', false)
    .action((flags: FourEyesFlags) => run((context) => fourEyes(context, flags)))
  evidenceVerb(program)
    .command('coverage')
    .description('which production deployments can be followed back to a ticket, and which not')
    .option('--service <name>')
    .option('--from <date>', 'left out: 91 days ago')
    .option('--to <date>', 'left out: now')
    .option('--exempt-kinds <list>', 'conventional types that need no ticket: docs,chore')
    .action((flags: WindowFlags & { exemptKinds?: string }) =>
      run((context) => coverage(context, flags)),
    )
  evidenceVerb(program)
    .command('snapshots')
    .description('what was seen to run, and what of it nobody deployed')
    .option('--service <name>')
    .option('--untraced', 'only where something runs that nobody deployed', false)
    .action((flags: { untraced: boolean; service?: string }) =>
      run((context) => snapshots(context, flags)),
    )
}

interface Share {
  readonly value: number | null
  readonly covered: number
  readonly n: number
}

interface Coverage extends Share {
  readonly target: number
  readonly untraced: number
  readonly isCut: boolean
  readonly byTier: Readonly<Record<string, Share>>
  readonly gaps: readonly {
    readonly deployment: string
    readonly service: string
    readonly environment: string
    readonly version: string
    readonly finishedAt: number
    readonly missing: readonly { readonly leg: string; readonly message: string }[]
  }[]
}

async function coverage(context: CliContext, flags: WindowFlags & { exemptKinds?: string }) {
  const { exemptKinds } = flags
  const query = { ...windowOf(flags), exemptKinds }
  const found = await context.api.get<Coverage>('/evidence/coverage', query)
  if (context.format !== 'table') return raw(context, found)
  const { io } = context
  const percent = ({ value, covered, n }: Share) =>
    value === null ? 'nothing was deployed' : `${(100 * value).toFixed(1)} % (${covered} of ${n})`
  const isGood = found.value !== null && found.value > found.target
  const mark = found.value === null ? '–' : isGood ? green('✓', io) : red('✕', io)
  const goal = dim(`target: more than ${100 * found.target} %`, io)
  io.out(`${mark} ${bold(`traceability ${percent(found)}`, io)}  ${goal}\n`)
  for (const [tier, share] of Object.entries(found.byTier))
    io.out(`${dim(`tier ${tier}`.padEnd(8), io)} ${percent(share)}\n`)
  if (found.untraced > 0)
    io.out(`${red(`${found.untraced} running, deployed by nobody`, io)}: evidence snapshots\n`)
  if (found.isCut) io.err('There are more deployments in the window: ask for less of it.\n')
  const rows = found.gaps.flatMap((gap) => gap.missing.map((missing) => ({ ...gap, ...missing })))
  if (rows.length === 0) return
  const columns = [
    ['deployment', ({ deployment }: (typeof rows)[number]) => deployment],
    ['service', ({ service, environment }) => `${service} in ${environment}`],
    ['version', ({ version }) => version],
    ['when', ({ finishedAt }) => new Date(finishedAt).toISOString().slice(0, 16)],
    ['missing', ({ leg }) => leg],
    ['why', ({ message }) => message],
  ] satisfies readonly Column<(typeof rows)[number]>[]
  io.out(`${table(rows, columns, io)}\n`)
}

interface Snapshot {
  readonly service: string
  readonly environment: string
  readonly changedAt: number
  readonly artifacts: readonly string[]
  readonly untraced: readonly {
    readonly of: { readonly group: string; readonly why: string; readonly message: string }
    readonly at: number
  }[]
}

async function snapshots(context: CliContext, flags: { untraced: boolean; service?: string }) {
  const { service, untraced } = flags
  const query = { service, ...(untraced && { untraced }) }
  show(
    context,
    await context.api.get<Snapshot[]>('/evidence/snapshots', query),
    [
      ['service', (row) => row.service],
      ['environment', (row) => row.environment],
      ['runs', ({ artifacts }) => artifacts.map((each) => each.slice(0, 19)).join(', ')],
      ['since', ({ changedAt }) => ago(changedAt)],
      ['state', (row) => (row.untraced.length === 0 ? '✓ all of it was deployed' : '✕ untraced')],
      ['untraced', (row) => row.untraced.map(({ of }) => of.message).join(' ')],
    ],
    untraced ? 'All that runs was deployed.' : 'Nothing was seen to run yet.',
  )
}

interface WindowFlags {
  readonly service?: string
  readonly from?: string
  readonly to?: string
}

export function windowOf({ service, from, to }: WindowFlags) {
  return { service, from: instantOf(from, 'from'), to: instantOf(to, 'to') }
}

/** An instant as people write it; days begin in UTC. */
export function instantOf(text: string | undefined, flag: string): number | undefined {
  if (text === undefined) return undefined
  const at = Date.parse(text)
  if (!Number.isNaN(at)) return at
  const remedy = 'Write it as 2026-01-31 or 2026-01-31T09:00:00Z.'
  throw Object.assign(new Error(`--${flag} ${text} is no date.`), { code: 'date.unread', remedy })
}

/** Exit code 1 when a commit went out on one pair of eyes: a pipeline may ask it. */
async function fourEyes(context: CliContext, flags: FourEyesFlags): Promise<number> {
  const query = new URLSearchParams({ service: flags.service, mergeFromBase: flags.mergeFromBase })
  if (flags.env !== undefined) query.set('environment', flags.env)
  if (flags.from !== undefined) query.set('from', flags.from)
  if (flags.to !== undefined) query.set('to', flags.to)
  for (const glob of flags.serviceAccount) query.append('serviceAccounts', glob)
  for (const glob of flags.exempt) query.append('exemptPaths', glob)
  const found = await context.api.get<FourEyes>(`/evidence/four-eyes?${query.toString()}`)
  const commits = found.commits.filter(({ verdict }) => !flags.failed || verdict === 'FAIL')
  const exit = found.verdict === 'PASS' ? EXIT.done : EXIT.refused
  if (context.format !== 'table') {
    raw(context, { ...found, commits })
    return exit
  }
  sayFourEyes(context, found, commits)
  return exit
}

function sayFourEyes(
  { io }: CliContext,
  { service, environment, from, to, verdict, message, isRequired }: FourEyes,
  commits: readonly Finding[],
): void {
  const mark = verdict === 'PASS' ? green('✓ PASS', io) : red('✕ FAIL', io)
  io.out(`${mark}  ${bold(clean(message), io)}\n`)
  const begin = from === null ? 'its first commit' : `${from.ref} (${from.sha.slice(0, 8)})`
  const range = `${service} in ${environment}, from ${begin} to ${to.ref} (${to.sha.slice(0, 8)})`
  io.out(`${dim(clean(range), io)}\n`)
  if (!isRequired) io.out(`${dim('Its tier asks for no approval there.', io)}\n`)
  if (commits.length === 0) return
  const columns = [
    ['commit', ({ sha }: Finding) => sha.slice(0, 8)],
    ['verdict', (row: Finding) => (row.verdict === 'PASS' ? '✓ PASS' : '✕ FAIL')],
    ['reason', ({ reason }: Finding) => reason],
    ['author', ({ author }: Finding) => author],
    ['why', ({ message: why }: Finding) => why],
  ] as const
  io.out(`${table(commits, columns, io)}\n`)
}
