/** import git: a repository's tags as deployments, so that any project has figures at once. */
import type { Command } from 'commander'
import { formatDuration } from '#kernel/duration.ts'
import type { CliContext } from '../context.ts'
import { clean, dim, raw, yellow } from '../output.ts'
import type { Act } from '../program.ts'

/** What stands in a repository, as main.ts hands it in: the command line runs no git itself. */
export type ReadGit = (ask: {
  readonly where: string
  readonly tags: readonly string[]
  readonly branch?: string | undefined
  readonly service?: string | undefined
  readonly environment: string
  readonly tier?: number | undefined
  readonly withPaths: boolean
  readonly withPatches?: boolean | undefined
}) => Promise<GitRead>

export interface GitRead {
  readonly repository: string
  readonly service: string
  readonly commits: number
  readonly deployments: number
  readonly firstAt: number
  readonly lastAt: number
  readonly reverts: number
  readonly picks: number
  readonly patches: number
  readonly isShallow: boolean
  readonly tagsOther: number
  readonly observations: Iterable<object>
}

interface Flags {
  readonly tags?: readonly string[]
  readonly service?: string
  readonly environment: string
  readonly branch?: string
  readonly tier?: string
  readonly paths: boolean
  readonly patchIds?: boolean
  readonly recorded: string
  readonly dryRun: boolean
}

interface Sent {
  accepted: number
  duplicate: number
  refused: number
}

/** As `import` sends: below what one request may hold. */
const PART_BYTES = 1_500_000
const PART_LINES = 5_000
const YEAR_MS = 365 * 86_400_000

export function addImportGit(
  group: Command,
  run: (act: Act) => Promise<void>,
  read: ReadGit,
): void {
  group
    .command('git')
    .description('commits, and tags as deployments, of a folder or an address')
    .argument('[where]', 'a folder, or what git can clone', '.')
    .option('--tags <glob...>', 'which tags were deployed; `!` in front takes away', ['*'])
    .option('--service <service>', 'left out: as the repository is called')
    .option('--environment <environment>', 'where they were deployed', 'production')
    .option('--branch <branch>', 'left out: the default branch')
    .option('--tier <tier>', 'of the service, 0 to 3')
    .option(
      '--paths',
      'which files each commit touches, for services that share a repository',
      false,
    )
    .option('--patch-ids', 'know cherry-picks by what they change, also of an address')
    .option('--no-patch-ids', 'know them by what their message says alone')
    .option('--recorded <when>', 'known since now, or since it occurred (occurred)', 'now')
    .option('--dry-run', 'say what would be imported, and import nothing', false)
    .action((where: string, flags: Flags) =>
      run((context) => importGit(context, read, { where, ...flags })),
    )
}

async function importGit(
  context: CliContext,
  read: ReadGit,
  { where, tags = ['*'], ...flags }: Flags & { readonly where: string },
): Promise<number | void> {
  const { io } = context
  const tier = flags.tier === undefined ? undefined : Number(flags.tier)
  if (tier !== undefined && ![0, 1, 2, 3].includes(tier)) {
    io.err(`--tier is 0, 1, 2 or 3, not ${clean(flags.tier)}.\n`)
    return 2
  }
  if (flags.recorded !== 'now' && flags.recorded !== 'occurred') {
    io.err(`--recorded is now or occurred, not ${clean(flags.recorded)}.\n`)
    return 2
  }
  const began = performance.now()
  const found = await read({
    where,
    tags,
    branch: flags.branch,
    service: flags.service,
    environment: flags.environment,
    tier,
    withPaths: flags.paths,
    withPatches: flags.patchIds,
  })
  const readMs = performance.now() - began
  const sent = flags.dryRun ? undefined : await send(context, found, flags.recorded)
  const tookMs = performance.now() - began
  const { observations: _, ...told } = found
  if (context.format !== 'table')
    return raw(context, {
      ...(flags.dryRun && { dryRun: true }),
      ...told,
      ...sent,
      readMs: Math.round(readMs),
      tookMs: Math.round(tookMs),
    })
  say(context, found, flags)
  if (sent !== undefined)
    io.out(`${sent.accepted} facts are new, ${sent.duplicate} were known before.\n`)
  const took = formatDuration(Math.round(tookMs))
  io.out(dim(`Read in ${formatDuration(Math.round(readMs))}, all in ${took}.\n`, io))
  if (sent !== undefined)
    io.out(`Its figures: signalbox insights --service ${clean(found.service)} ${lastYear(found)}\n`)
}

/** A repository that rests has no last quarter: its own last year is shown. */
function lastYear({ firstAt, lastAt }: GitRead): string {
  const from = day(Math.max(firstAt, lastAt - YEAR_MS))
  return `--from ${from} --to ${day(lastAt + YEAR_MS / 365)}`
}

const day = (at: number) => new Date(at).toISOString().slice(0, 10)

function say(
  { io }: CliContext,
  found: GitRead,
  flags: Pick<Flags, 'environment' | 'dryRun'>,
): void {
  io.out(`${clean(found.repository)}: ${found.commits} commits, `)
  io.out(`${found.deployments} deployments of ${clean(found.service)} `)
  io.out(`to ${clean(flags.environment)} from ${day(found.firstAt)} to ${day(found.lastAt)}.\n`)
  io.out(`${found.reverts} reverts and ${found.picks} cherry-picks say so; `)
  io.out(`${found.patches} commits are known by their patch.\n`)
  if (found.isShallow) {
    io.out(yellow('The clone is shallow: what lies before it is not known, ', io))
    io.out(yellow('and counts nowhere. git fetch --unshallow brings it.\n', io))
  }
  if (found.tagsOther > 0)
    io.out(`${found.tagsOther} tags name no dated commit and were left out.\n`)
  if (flags.dryRun) io.out('Nothing was imported.\n')
}

async function send({ api }: CliContext, found: GitRead, recorded: string): Promise<Sent> {
  const sent: Sent = { accepted: 0, duplicate: 0, refused: 0 }
  let [lines, bytes, line] = [[] as string[], 0, 1]
  const flush = async () => {
    if (lines.length === 0) return
    const text = lines.join('\n')
    const type = 'application/x-ndjson'
    const answer = await api.postText<Sent>('/observations', text, type, { line, recorded })
    sent.accepted += answer.accepted
    sent.duplicate += answer.duplicate
    sent.refused += answer.refused
    line += lines.length
    ;[lines, bytes] = [[], 0]
  }
  for (const each of found.observations) {
    const text = JSON.stringify(each)
    if (lines.length >= PART_LINES || bytes + text.length > PART_BYTES) await flush()
    lines.push(text)
    bytes += text.length
  }
  await flush()
  return sent
}
