/**
 * `POST /observations`: what other tools saw, one JSON object a line. What is right is recorded,
 * what is wrong is told by its line, and saying it all again is harmless.
 */
import { z } from 'zod'
import { Rehearsal } from '#engine/rehearsal.ts'
import type { Routes } from '#engine/routing.ts'
import { didYouMean } from '#engine/manifest.ts'
import { Fault } from '#kernel/fault.ts'
import { csvRows } from '../observations/csv.ts'
import { type Draft, parseObservation, strangeColumns } from '../observations/parse.ts'
import { recordObservations } from '../reconcilers/record.ts'

/** Told of one request; the rest is counted. */
const PROBLEMS_MAX = 100
const LINES_MAX = 20_000
const NAMES_MAX = 50

const query = z.object({
  /** The number of the first line, where a file is sent in parts. */
  line: z.coerce.number().int().min(1).default(1),
  dryRun: z.stringbool().default(false),
  /** What was recorded when, where no line says so: now, or when it occurred. */
  recorded: z.enum(['now', 'occurred']).default('now'),
})

export interface Imported {
  readonly accepted: number
  readonly duplicate: number
  readonly refused: number
  readonly unknownTypes: Readonly<Record<string, number>>
  readonly ignoredFields: Readonly<Record<string, number>>
  readonly problems: readonly Problem[]
}
interface Problem {
  readonly line: number
  readonly field: string
  readonly reason: string
  readonly remedy: string
}

export const observationRoutes: Routes = (app, context) => {
  void app.register(async (scope) => {
    for (const type of ['application/x-ndjson', 'application/ndjson', 'text/csv', 'text/plain'])
      scope.addContentTypeParser(type, { parseAs: 'string' }, (_, body, done) => done(null, body))
    // An array of them, or one.
    scope.removeContentTypeParser('application/json')
    scope.addContentTypeParser('application/json', { parseAs: 'string' }, (_, body, done) =>
      done(null, body),
    )
    scope.post('/observations', { schema: { querystring: query } }, async (request, reply) => {
      const { line, dryRun, recorded } = request.query as z.infer<typeof query>
      const text = typeof request.body === 'string' ? request.body : ''
      const lines = linesOf(text, request.headers['content-type'] ?? '', line)
      const read = readLines(lines)
      const drafts =
        recorded === 'occurred'
          ? read.drafts.map((one) => ({ recordedAt: one.occurredAt, ...one }))
          : read.drafts
      const asked = context.request(request)
      const isRehearsal = dryRun || asked.isRehearsal === true
      const about = { ...asked, idempotencyKey: undefined, isRehearsal, now: context.now() }
      const done = isRehearsal
        ? { accepted: await rehearsed(drafts, about), duplicate: undefined }
        : await recordObservations(context.engine, drafts, about)
      if ('rejected' in done) return context.refuse(reply, done)
      const { accepted } = done
      const answer: Imported = {
        accepted,
        duplicate: drafts.length - accepted,
        refused: read.refused,
        unknownTypes: Object.fromEntries(read.unknownTypes),
        ignoredFields: Object.fromEntries(read.ignored),
        problems: read.problems,
      }
      return isRehearsal ? { dryRun: true, ...answer } : answer
    })

    /** How many would be new. */
    async function rehearsed(
      drafts: readonly Draft[],
      about: Parameters<typeof recordObservations>[2],
    ): Promise<number> {
      let fresh = 0
      for (let from = 0; from < drafts.length; from += 1_000)
        try {
          await recordObservations(context.engine, drafts.slice(from, from + 1_000), about)
        } catch (error) {
          if (!(error instanceof Rehearsal)) throw error
          fresh += error.events.length
        }
      return fresh
    }
  })
}

interface Line {
  readonly line: number
  readonly value: unknown
}

/** Lines with their numbers; a line that is no JSON is told apart where it is read. */
function linesOf(text: string, type: string, first: number): readonly Line[] {
  if (type.startsWith('text/csv')) return csvLines(text, first)
  const start = text.trimStart()
  if (start.startsWith('[')) {
    const list = parsed(text)
    if (!Array.isArray(list))
      throw new Fault('request.bad-observations', 'The list is no JSON.', {
        remedy: 'Send a JSON array of observations, or one JSON object a line.',
        retry: false,
      })
    return bounded(list.map((value, i) => ({ line: first + i, value })))
  }
  const lines = text.split('\n')
  return bounded(
    lines.flatMap((one, i) =>
      one.trim() === '' ? [] : [{ line: first + i, value: parsed(one.replace(/^\uFEFF/, '')) }],
    ),
  )
}

function csvLines(text: string, first: number): readonly Line[] {
  const [header, ...rows] = csvRows(text.replace(/^\uFEFF/, ''))
  if (header === undefined) return []
  const [strange] = strangeColumns(header.cells)
  if (strange !== undefined)
    throw new Fault('request.unknown-column', `No observation has a column ${strange.column}.`, {
      remedy:
        strange.near === undefined
          ? 'See docs/guides/import.md for the fields; nothing was imported.'
          : didYouMean(strange.column, [strange.near]),
      retry: false,
    })
  return bounded(
    rows.map(({ line, cells }) => ({
      line: first + line - 1,
      value:
        cells.length === header.cells.length
          ? Object.fromEntries(header.cells.map((name, i) => [name, cells[i]]))
          : `has ${cells.length} cells, and the header ${header.cells.length}`,
    })),
  )
}

function bounded(lines: readonly Line[]): readonly Line[] {
  if (lines.length <= LINES_MAX) return lines
  throw new Fault('request.too-many-lines', `${lines.length} lines are too many for one request.`, {
    remedy: `Send at most ${LINES_MAX} at once, as \`signalbox import\` does.`,
    retry: false,
  })
}

/** What is no JSON stays text, which is no observation either. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function readLines(lines: readonly Line[]) {
  const drafts: Draft[] = []
  const problems: Problem[] = []
  const [unknownTypes, ignored] = [new Map<string, number>(), new Map<string, number>()]
  const count = (counts: Map<string, number>, name: string) => {
    if (counts.has(name) || counts.size < NAMES_MAX) counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  let refused = 0
  const refuse = (problem: Problem) => {
    refused++
    if (problems.length < PROBLEMS_MAX) problems.push(problem)
  }
  for (const { line, value } of lines) {
    if (typeof value === 'string') {
      const remedy = 'Quote cells that hold a comma, and leave none out.'
      refuse({ line, field: '', reason: `The line ${value}.`, remedy })
      continue
    }
    const read = parseObservation(value)
    if (read.kind === 'observation') {
      drafts.push(read.observation)
      for (const name of read.unknown) count(ignored, name)
    } else if (read.kind === 'unknownType') count(unknownTypes, read.type)
    else refuse({ line, field: read.field, reason: read.reason, remedy: read.remedy })
  }
  return { drafts, problems, refused, unknownTypes, ignored }
}
