/**
 * Recorded ticks, judged again: one JSON object a line, in and out. Whoever doubts a verdict, or
 * wants to know what another α would have said, needs no server for it, and gets the same bits.
 */
import { z } from 'zod'
import { type Rejection, reject } from '#kernel/decider.ts'
import { nearest } from '#kernel/nearest.ts'
import type { AnalysisSettings, AnalysisTick, AnalysisVerdict } from '../events.ts'
import { judgeTick, startJudge } from './judge.ts'
import { settingsFrom } from './settings.ts'

export interface Ruling {
  readonly tick: number
  readonly weight: number
  readonly verdict: AnalysisVerdict
}

/** A day of ticks every second; nobody judges more at once. */
const LINES_MAX = 86_400
const LINE_LENGTH_MAX = 200_000
const MS_MAX = 7 * 86_400_000
const SLIS_MAX = 10

const count = z.number().min(0).max(Number.MAX_SAFE_INTEGER)
const counted = z.strictObject({ requests: count, bad: count })
const arm = z.strictObject({
  requests: count,
  bad: count,
  slow: count.optional(),
  slow90: count.optional(),
  p99Ms: count.optional(),
})
const tick: z.ZodType<AnalysisTick> = z.strictObject({
  canary: arm.nullable(),
  stable: arm.nullable(),
  past: counted
    .extend({
      phi: z.number().min(1).max(1e3).optional(),
      sigma: z.number().min(0).max(1).optional(),
    })
    .optional(),
  ranks: z.array(count).max(64).optional(),
  pods: z
    .array(z.strictObject({ id: z.string().max(200), requests: count, bad: count }))
    .max(1_000)
    .default([]),
  slis: z
    .array(
      z.strictObject({
        name: z.string().max(40),
        canary: counted.nullable(),
        stable: counted.nullable(),
      }),
    )
    .max(SLIS_MAX)
    .optional(),
})
const line = z.strictObject({ weight: z.number().min(0).max(100), tick })

const percent = z.number().gt(0).max(100)
const ms = z.number().min(0).max(MS_MAX)
const facts = z.strictObject({
  alpha: z.number().gt(0).lt(1),
  delta: z.number().min(0).lt(1),
  tickMs: z.number().min(100).max(600_000).default(10_000),
  requestsMin: z.int().min(0).default(100),
  automaticRollback: z.boolean().default(true),
  badShareMax: z.number().gt(0).lt(1).optional(),
  coldStart: z.strictObject({ ms, ratio: z.number().min(1).max(100) }).optional(),
  dryRun: z
    .array(z.union([z.enum(['errors', 'p99', 'p90', 'rank']), z.string().startsWith('sli-')]))
    .max(SLIS_MAX + 4)
    .optional(),
  slis: z.array(z.string().max(40)).max(SLIS_MAX).optional().describe('their names'),
  dryRunRollouts: z.int().min(0).optional(),
  budgets: z.strictObject({ errorMs: ms, inconclusiveMs: ms }).optional(),
  ramp: z
    .strictObject({
      budget: z.number().min(1),
      weightCap: percent,
      capMs: ms,
      halfMs: ms,
      holdBack: z.strictObject({ weight: percent, ms }).optional(),
      patienceMs: ms,
      whenUnproven: z.enum(['ask', 'go-on']),
    })
    .optional(),
})

/** Where they were counted is no matter here; that they have a stake is. */
const settings = facts.transform(({ slis, ...rest }): AnalysisSettings => {
  if (slis === undefined) return rest
  const arm = { label: 'deployment', is: 'deployment' } as const
  const asked = slis.map((name) => ({ name, bad: '', total: '' }))
  const place = { source: 'recorded', labels: {}, arm, instance: 'instance', lagMs: 0 }
  return { ...rest, source: { ...place, slis: asked } }
})

/** Words that a record may hold, for who mistyped one. */
const WORDS = [
  'weight tick canary stable past ranks pods requests bad slow slow90 id phi sigma slis name',
  'alpha delta tickMs requestsMin automaticRollback badShareMax coldStart dryRun ramp ratio ms',
  'budget weightCap capMs halfMs holdBack patienceMs whenUnproven',
]
  .join(' ')
  .split(' ')

type Unreadable = Rejection<'judge.unreadable'>

/** The verdict of every tick. A line that cannot be read is refused by its number. */
export function replay(given: unknown, lines: readonly string[]): readonly Ruling[] | Unreadable {
  const read = settings.safeParse(given)
  if (!read.success) return unreadable('the settings', read.error)
  const judged = settingsFrom(read.data)
  const records: z.infer<typeof line>[] = []
  for (const [i, text] of lines.entries()) {
    if (text.trim() === '') continue
    const record = readLine(text, `line ${i + 1}`)
    if ('rejected' in record) return record
    records.push(record)
    if (records.length > LINES_MAX) break
  }
  if (records.length === 0 || records.length > LINES_MAX)
    return reject(
      'judge.unreadable',
      `There are ${records.length === 0 ? 'no' : 'too many'} ticks to judge.`,
      `Give 1 to ${LINES_MAX} lines, one tick each.`,
    )
  let state = startJudge(judged)
  return records.map(({ weight, tick: counts }, i) => {
    const step = judgeTick(judged, state, counts, weight)
    state = step.state
    return { tick: i + 1, weight, verdict: step.verdict }
  })
}

function readLine(text: string, place: string): z.infer<typeof line> | Unreadable {
  if (text.length > LINE_LENGTH_MAX)
    return reject('judge.unreadable', `In ${place}: it is longer than any tick.`, ONE)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return reject('judge.unreadable', `In ${place}: ${why}.`, ONE)
  }
  const read = line.safeParse(value)
  return read.success ? read.data : unreadable(place, read.error)
}

const ONE = 'Write one JSON object a line: {"weight": 5, "tick": {"canary": …, "stable": …}}.'

function unreadable(place: string, error: z.ZodError): Unreadable {
  // A word that is not known explains the one that is missing.
  const strange = error.issues.find(({ code }) => code === 'unrecognized_keys')
  const issue = strange ?? error.issues[0]
  const at = issue === undefined || issue.path.length === 0 ? '' : ` ${issue.path.join('.')}:`
  const meant =
    issue?.code === 'unrecognized_keys' ? nearest(issue.keys[0] ?? '', WORDS) : undefined
  const hint = meant === undefined ? 'See docs/guides/judge-a-canary.md.' : `Did you mean ${meant}?`
  const message = `In ${place}:${at} ${issue?.message ?? 'not readable'}.`
  return reject('judge.unreadable', message, hint)
}
