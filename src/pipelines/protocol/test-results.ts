/**
 * What a runner tells of every test case, as a document beside the totals: too much for an event,
 * so it travels as a blob and `finish` names its digest. Gzipped lines of JSON: one head, then one
 * line a case. Whoever reads it bounds it, for the job's own tools wrote what it was made of.
 */
import { z } from 'zod'

/** A larger report is counted, and not kept case by case. */
export const CASES_MAX = 50_000
export const CASE_ID_LENGTH_MAX = 500
export const CASE_MESSAGE_LENGTH_MAX = 2_000
/** Of all messages together: beyond this a report is a log. */
export const CASE_MESSAGES_LENGTH_MAX = 4_000_000
/** A hundred thousand characters of names and files a hundred times over, as it is unpacked. */
export const RESULTS_BYTES_MAX = 96 * 1024 * 1024
/** As it travels. */
export const RESULTS_PACKED_BYTES_MAX = 24 * 1024 * 1024

export const CASE_OUTCOMES = ['passed', 'failed', 'errored', 'skipped'] as const
export type CaseOutcome = (typeof CASE_OUTCOMES)[number]

/** What the database keeps. */
const isPlain = (text: string) => !text.includes('\0') && text.isWellFormed()
const plain = (lengthMax: number) => z.string().max(lengthMax).refine(isPlain)

export const caseResult = z.object({
  /** `suite::class::name[params]`: the same from run to run. */
  id: plain(CASE_ID_LENGTH_MAX).min(1),
  /** Where it stands, as far as the report says: what splitting hands out. */
  file: plain(CASE_ID_LENGTH_MAX).optional(),
  /** Of its last try. */
  outcome: z.enum(CASE_OUTCOMES),
  /** Tries that passed and that failed: both above zero is the same code answering both ways. */
  passes: z.int().min(0).max(1_000),
  fails: z.int().min(0).max(1_000),
  durationMs: z.number().min(0),
  /** Of its first failing try. */
  message: plain(CASE_MESSAGE_LENGTH_MAX).optional(),
})
export type CaseResult = z.infer<typeof caseResult>

export const resultsHead = z.object({
  version: z.literal(1),
  /** Not every case is in it: nothing may be concluded from what is missing. */
  isCut: z.boolean(),
  cases: z.int().min(0).max(CASES_MAX),
})
export type ResultsHead = z.infer<typeof resultsHead>

export const isBad = (outcome: CaseOutcome): boolean =>
  outcome === 'failed' || outcome === 'errored'
