/** evidence: what proves that the controls worked, and where it is missing. */
import type { Command } from 'commander'
import { type CliContext, EXIT } from '../context.ts'
import { bold, clean, dim, green, raw, red, table } from '../output.ts'
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
