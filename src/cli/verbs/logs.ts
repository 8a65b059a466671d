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
    .option('--since-line <n>', 'from this line on; -20 are the last twenty')
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
  const sinceLine = fromLineOf(flags)
  const tell = async (name: string) => {
    const write = text(name)
    const at = { run: id, job: name, attempt: flags.attempt, sinceLine }
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
  flags: Flags,
): Promise<number> {
  const found: object[] = []
  for (const job of names) {
    const query = { fromLine: fromLineOf(flags) ?? '0', attempt: flags.attempt, lines: 1_000 }
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
  for (const job of names) {
    let said = -1
    for await (const matches of matchesIn(context.api, { run: id, job }, flags)) {
      all.push(...matches.map((match) => ({ ...match, job })))
      if (context.format !== 'table') continue
      said = sayMatches(context, names.length === 1 ? '' : `${job}:`, { matches, after: said })
    }
  }
  if (context.format !== 'table') raw(context, all)
  else if (all.length === 0) context.io.err('No line matches.\n')
  return all.length > 0 ? EXIT.done : EXIT.refused
}

/** The server counts lines from 0, people from 1. */
function fromLineOf({ sinceLine }: Flags): string | undefined {
  if (sinceLine === undefined || sinceLine.startsWith('-')) return sinceLine
  return String(Math.max(0, Number(sinceLine) - 1))
}

/** The server answers in parts, each for a bounded time. */
async function* matchesIn(
  api: Api,
  at: Pick<LogAt, 'run' | 'job'>,
  flags: Flags,
): AsyncGenerator<readonly Match[]> {
  const { grep: q = '', attempt, ignoreCase, context } = flags
  const query = { q, regex: true, case: !ignoreCase, context, attempt, limit: 500 }
  type Found = { readonly matches: readonly Match[]; readonly next: number | null }
  let fromLine: number | null = await lineOf(api, at, fromLineOf(flags) ?? '0')
  while (fromLine !== null) {
    const found: Found = await api.get<Found>(`${logPath(at)}/search`, { ...query, fromLine })
    yield found.matches
    fromLine = found.next
  }
}

async function lineOf(api: Api, at: Pick<LogAt, 'run' | 'job'>, line: string): Promise<number> {
  if (!line.startsWith('-')) return Number(line)
  const query = { fromLine: line, lines: 1 }
  return (await api.get<{ readonly from: number }>(logPath(at), query)).from
}

/** Each line once, also where what stands around two matches overlaps; the last that was said. */
function sayMatches(
  { io }: CliContext,
  of: string,
  { matches, after }: { readonly matches: readonly Match[]; readonly after: number },
): number {
  const marks = new Map<number, readonly [mark: string, text: string]>()
  for (const { before, after: behind } of matches)
    for (const { line, text } of [...before, ...behind]) marks.set(line, ['-', text])
  for (const { line, text } of matches) marks.set(line, [':', text])
  let last = after
  for (const [line, [mark, text]] of [...marks].toSorted(([a], [b]) => a - b)) {
    if (line <= last) continue
    io.out(`${dim(`${clean(of)}${line + 1}${mark}`, io)} ${safeText(text, io)}\n`)
    last = line
  }
  return last
}
