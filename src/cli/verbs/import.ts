/** import: what other tools saw, from a file, in parts that a server takes at once. */
import { createReadStream, readFileSync } from 'node:fs'
import { StringDecoder } from 'node:string_decoder'
import { formatDuration } from '#kernel/duration.ts'
import { type CliContext, EXIT } from '../context.ts'
import { clean, dim, raw, red } from '../output.ts'
import type { AddVerbs } from '../program.ts'
import { addImportGit, type ReadGit } from './import-git.ts'

/** Below what one request may hold, with room for a last line. */
const PART_BYTES = 1_500_000
const PART_LINES = 5_000
/** A longer line is no observation: it is refused by its number, and what follows is read. */
const LINE_BYTES_MAX = 2_000_000
const PROBLEMS_MAX = 100
const ARRAY_BYTES_MAX = 256 * 1024 * 1024

interface Flags {
  readonly format?: 'ndjson' | 'csv' | 'json'
  readonly recorded: 'now' | 'occurred'
  readonly dryRun: boolean
}
interface Problem {
  readonly line: number
  readonly field: string
  readonly reason: string
  readonly remedy: string
}
interface Told {
  accepted: number
  duplicate: number
  refused: number
  readonly unknownTypes: Record<string, number>
  readonly ignoredFields: Record<string, number>
  readonly problems: Problem[]
}
interface Part {
  /** The number of its first line. */
  readonly line: number
  readonly text: string
}

export const addImport =
  (roles: { readonly readGit: ReadGit }): AddVerbs =>
  (program, run) => {
    const group = program
      .command('import')
      .description('what other tools saw happen, one JSON object a line; - for standard input')
      .argument('<file>')
      .option('--format <format>', 'ndjson, csv or json; left out: by the file’s name')
      .option('--recorded <when>', 'known since now, or since it occurred (occurred)', 'now')
      .option('--dry-run', 'say what would be imported, and import nothing', false)
      .action((file: string, flags: Flags) => run((context) => importFile(context, file, flags)))
    addImportGit(group, run, (ask) => roles.readGit(ask))
  }

async function importFile(context: CliContext, file: string, flags: Flags): Promise<number> {
  const format = flags.format ?? formatOf(file)
  if (
    !['ndjson', 'csv', 'json'].includes(format) ||
    !['now', 'occurred'].includes(flags.recorded)
  ) {
    context.io.err('--format takes ndjson, csv or json, and --recorded now or occurred.\n')
    return EXIT.usage
  }
  const began = performance.now()
  const told = emptyTold()
  try {
    await inTurns(partsOf(file, format, told), (part) => send(context, part, format, flags, told))
  } catch (error) {
    if (!isFileError(error)) throw error
    context.io.err(`${red('file.unreadable', context.io)}  ${file}: ${error.message}\n`)
    return EXIT.refused
  }
  told.problems.sort((a, b) => a.line - b.line)
  const tookMs = Math.round(performance.now() - began)
  if (context.format === 'table') say(context, told, flags, tookMs)
  else raw(context, { ...(flags.dryRun && { dryRun: true }), ...told })
  return told.refused > 0 ? EXIT.refused : EXIT.done
}

/** Two on their way: one is read by the server while the other is written. */
async function inTurns<T>(parts: AsyncIterable<T>, work: (part: T) => Promise<void>) {
  const underway = new Set<Promise<void>>()
  for await (const part of parts) {
    if (underway.size >= 2) await Promise.race(underway)
    const one = work(part).finally(() => underway.delete(one))
    // Whoever waits for it next hears that it failed.
    one.catch(() => {})
    underway.add(one)
  }
  await Promise.all(underway)
}

const emptyTold = (): Told => ({
  accepted: 0,
  duplicate: 0,
  refused: 0,
  unknownTypes: {},
  ignoredFields: {},
  problems: [],
})

function formatOf(file: string): 'ndjson' | 'csv' | 'json' {
  if (/\.csv$/i.test(file)) return 'csv'
  return /\.json$/i.test(file) ? 'json' : 'ndjson'
}

const isFileError = (error: unknown): error is NodeJS.ErrnoException =>
  error instanceof Error && 'syscall' in error && 'path' in error

async function* partsOf(file: string, format: string, told: Told): AsyncGenerator<Part> {
  if (format === 'json') return yield* arrayParts(file)
  let [lines, bytes, first, header] = [[] as string[], 0, 1, '']
  const isCsv = format === 'csv'
  for await (const { line, text } of linesOf(file, isCsv)) {
    if (isCsv && header === '') {
      header = text
      continue
    }
    if (text.length > LINE_BYTES_MAX) {
      refuse(told, {
        line,
        field: '',
        reason: `The line has ${text.length} characters.`,
        remedy: `At most ${LINE_BYTES_MAX}: split what it tells.`,
      })
      continue
    }
    // Parts hold lines that follow each other: their numbers are counted from the first.
    const isGap = lines.length > 0 && line !== first + lines.length
    if (lines.length >= PART_LINES || bytes + text.length > PART_BYTES || isGap) {
      yield part(header, first, lines)
      ;[lines, bytes] = [[], 0]
    }
    if (lines.length === 0) first = line
    lines.push(text)
    bytes += text.length
  }
  if (lines.length > 0) yield part(header, first, lines)
}

/** A header is sent with each part, as its first line. */
function part(header: string, line: number, lines: readonly string[]): Part {
  const text = lines.join('\n')
  return header === '' ? { line, text } : { line: line - 1, text: `${header}\n${text}` }
}

/** A list of observations, or an object that holds one; sent as lines, numbered by their place. */
async function* arrayParts(file: string): AsyncGenerator<Part> {
  const text = readFileSync(file === '-' ? 0 : file, 'utf8')
  // One JSON object a line under another name.
  const isLines = /^\s*\{/.test(text)
  if (text.length > ARRAY_BYTES_MAX || isLines) return yield* ndjson(text)
  const list = tryParse(text)
  if (!Array.isArray(list)) return yield { line: 1, text }
  for (let from = 0; from < list.length;) {
    const lines: string[] = []
    let bytes = 0
    const first = from + 1
    while (from < list.length && lines.length < PART_LINES && bytes < PART_BYTES) {
      const one = JSON.stringify(list[from++])
      lines.push(one)
      bytes += one.length
    }
    yield { line: first, text: lines.join('\n') }
  }
}

async function* ndjson(text: string): AsyncGenerator<Part> {
  const lines = text.split('\n')
  for (let from = 0; from < lines.length; from += PART_LINES)
    yield { line: from + 1, text: lines.slice(from, from + PART_LINES).join('\n') }
}

function tryParse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Lines with their numbers; in a CSV a line's end within quotes ends no row. */
async function* linesOf(
  file: string,
  isCsv: boolean,
): AsyncGenerator<{ readonly line: number; readonly text: string }> {
  const stream = file === '-' ? process.stdin : createReadStream(file)
  const decoder = new StringDecoder('utf8')
  let [rest, line, begun, row] = ['', 0, 1, '']
  const take = (text: string) => {
    line++
    row = row === '' ? text : `${row}\n${text}`
    if (isCsv && (row.split('"').length - 1) % 2 === 1 && row.length < LINE_BYTES_MAX)
      return undefined
    const whole = { line: begun, text: row }
    ;[begun, row] = [line + 1, '']
    return whole.text.trim() === '' ? undefined : whole
  }
  for await (const chunk of stream) {
    const lines = (rest + decoder.write(chunk as Buffer)).split('\n')
    rest = lines.pop() ?? ''
    for (const text of lines) {
      const whole = take(text)
      if (whole !== undefined) yield whole
    }
  }
  const last = take(rest + decoder.end())
  if (last !== undefined) yield last
  else if (row.trim() !== '') yield { line: begun, text: row }
}

function refuse(told: Told, problem: Problem): void {
  told.refused++
  if (told.problems.length < PROBLEMS_MAX) told.problems.push(problem)
}

async function send(
  { api }: CliContext,
  { line, text }: Part,
  format: string,
  flags: Flags,
  told: Told,
): Promise<void> {
  const query = { line, recorded: flags.recorded, ...(flags.dryRun && { dryRun: true }) }
  const type = format === 'csv' ? 'text/csv' : 'application/x-ndjson'
  const answer = await api.postText<Told>('/observations', text, type, query)
  told.accepted += answer.accepted
  told.duplicate += answer.duplicate
  told.refused += answer.refused
  for (const [into, from] of [
    [told.unknownTypes, answer.unknownTypes],
    [told.ignoredFields, answer.ignoredFields],
  ] as const)
    for (const [name, count] of Object.entries(from)) into[name] = (into[name] ?? 0) + count
  told.problems.push(...answer.problems.slice(0, PROBLEMS_MAX - told.problems.length))
}

function say({ io }: CliContext, told: Told, { dryRun }: Flags, tookMs: number): void {
  for (const { line, reason, remedy } of told.problems)
    io.err(`${red(`line ${line}`, io)}  ${clean(reason)} ${dim(clean(remedy), io)}\n`)
  const { accepted, duplicate, refused } = told
  const more = refused - told.problems.length
  if (more > 0) io.err(`… and ${more} more\n`)
  const named = (counts: Readonly<Record<string, number>>) =>
    Object.entries(counts)
      .map(([name, count]) => `${clean(name)} (${count})`)
      .join(', ')
  if (Object.keys(told.unknownTypes).length > 0)
    io.out(`Left out, of a type that is not known: ${named(told.unknownTypes)}\n`)
  if (Object.keys(told.ignoredFields).length > 0)
    io.out(`Fields that no figure needs: ${named(told.ignoredFields)}\n`)
  const verb = dryRun ? 'would be imported' : 'imported'
  const took = formatDuration(tookMs)
  io.out(`${accepted} ${verb}, ${duplicate} known before, ${refused} refused, in ${took}.\n`)
}
