/** logs: what jobs printed, whole or from a line on, searched, and followed while they print. */
import type { Api } from '../api.ts'
import { type CliContext, EXIT } from '../context.ts'
import { clean, dim, raw } from '../output.ts'
import type { AddVerbs } from '../program.ts'
import { followLog, type LogAt, logPath, type RunJobs, startOf } from './log-follow.ts'
import { logWriter, safeText, type Write } from './log-text.ts'

interface Flags {
  readonly follow: boolean
  readonly attempt?: string
  readonly sinceLine?: string
  readonly grep?: string
  readonly ignoreCase: boolean
  readonly context: string
}

interface Line {
  readonly line: number
  readonly text: string
  readonly offset: number
}
interface Match extends Line {
  readonly before: readonly Line[]
  readonly after: readonly Line[]
}

export const addLogs: AddVerbs = (program, run) => {
  program
    .command('logs')
    .description('what the jobs of a run printed; without a job, all of them')
    .argument('<run>')
    .argument('[job]')
    .option('-f, --follow', 'go on until the job has ended', false)
    .option('--attempt <n>', 'an earlier attempt')
    .option('--since-line <n>', 'from this line on; the first is 0, -20 are the last twenty')
    .option('--grep <pattern>', 'only lines that match, by a search on the server')
    .option('-i, --ignore-case', 'with --grep', false)
    .option('-C, --context <lines>', 'with --grep: lines around each', '0')
    .action((id: string, job: string | undefined, flags: Flags) =>
      run((context) => logs(context, { id, job }, flags)),
    )
}

interface Which {
  readonly id: string
  readonly job: string | undefined
}

async function logs(context: CliContext, { id, job }: Which, flags: Flags): Promise<number> {
  if (flags.follow && flags.grep !== undefined) {
    context.io.err('--grep searches what is there: leave --follow out, or pipe into grep.\n')
    return EXIT.usage
  }
  const names = job === undefined ? await jobsOf(context.api, id) : [job]
  if (flags.grep !== undefined) return grep(context, id, names, flags)
  if (context.format !== 'table') return asLines(context, id, names, flags)
  const isOne = names.length === 1
  const text = (name: string): Write =>
    logWriter(context.io, isOne ? '' : name, Math.max(...names.map(({ length }) => length)))
  const tell = async (name: string) => {
    const write = text(name)
    const at = { run: id, job: name, attempt: flags.attempt, sinceLine: flags.sinceLine }
    if (flags.follow) await followLog(context.api, at, write)
    else await whole(context.api, at, write)
    write.end()
  }
  // Those who follow see every job at once; those who read see one after the other.
  if (flags.follow) await Promise.all(names.map(tell))
  else for (const name of names) await tell(name)
  return EXIT.done
}

async function jobsOf(api: Api, id: string): Promise<string[]> {
  return (await api.get<RunJobs>(`/runs/${encodeURIComponent(id)}`)).jobs.map(({ name }) => name)
}

async function whole(api: Api, at: LogAt, write: Write): Promise<void> {
  let offset = await startOf(api, at)
  // A page may end inside a letter.
  const text = new TextDecoder()
  for (;;) {
    const { bytes } = await api.bytes(logPath(at), { offset, attempt: at.attempt })
    if (bytes.length === 0) break
    offset += bytes.length
    write(text.decode(bytes, { stream: true }))
  }
  write(text.decode())
}

async function asLines(
  context: CliContext,
  id: string,
  names: readonly string[],
  { attempt, sinceLine = '0' }: Flags,
): Promise<number> {
  const found: object[] = []
  for (const job of names) {
    const query = { fromLine: sinceLine, attempt, lines: 1_000 }
    found.push({ job, ...(await context.api.get<object>(logPath({ run: id, job }), query)) })
  }
  raw(context, names.length === 1 ? found[0] : found)
  return EXIT.done
}

async function grep(
  context: CliContext,
  id: string,
  names: readonly string[],
  flags: Flags,
): Promise<number> {
  const all: (Match & { readonly job: string })[] = []
  for (const job of names)
    for await (const match of matchesIn(context.api, { run: id, job }, flags)) {
      all.push({ ...match, job })
      if (context.format !== 'table') continue
      sayMatch(context, names.length === 1 ? '' : `${job}:`, match)
    }
  if (context.format !== 'table') raw(context, all)
  else if (all.length === 0) context.io.err('No line matches.\n')
  return all.length > 0 ? EXIT.done : EXIT.refused
}

/** The server answers in parts, each for a bounded time. */
async function* matchesIn(
  api: Api,
  at: Pick<LogAt, 'run' | 'job'>,
  { grep: q = '', attempt, sinceLine = '0', ignoreCase, context }: Flags,
): AsyncGenerator<Match> {
  const query = { q, regex: true, case: !ignoreCase, context, attempt, limit: 500 }
  type Found = { readonly matches: readonly Match[]; readonly next: number | null }
  for (let fromLine: number | null = await lineOf(api, at, sinceLine); fromLine !== null;) {
    const found: Found = await api.get<Found>(`${logPath(at)}/search`, { ...query, fromLine })
    yield* found.matches
    fromLine = found.next
  }
}

async function lineOf(api: Api, at: Pick<LogAt, 'run' | 'job'>, line: string): Promise<number> {
  if (!line.startsWith('-')) return Number(line)
  const query = { fromLine: line, lines: 1 }
  return (await api.get<{ readonly from: number }>(logPath(at), query)).from
}

function sayMatch({ io }: CliContext, of: string, match: Match): void {
  const say = ({ line, text }: Line, mark: string) =>
    io.out(`${dim(`${clean(of)}${line}${mark}`, io)} ${safeText(text, io)}\n`)
  for (const line of match.before) say(line, '-')
  say(match, ':')
  for (const line of match.after) say(line, '-')
}
