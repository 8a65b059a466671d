/**
 * A shard's part of the tests. Dealt beforehand it is a variable of the job like any other, and so
 * part of its cache key. In a queue the command runs again for each portion, until nothing is left:
 * whichever shard is free takes the next, and what a dead one held is taken by somebody else.
 */
import { mkdirSync } from 'node:fs'
import { basename } from 'node:path'
import type { JobShard } from '../pipelines/events.ts'
import type { Hand } from './client.ts'
import { hermeticityOf } from './isolation.ts'
import type { JobContext, StepEnd } from './job-context.ts'
import { joinReports, type Report } from './reports/cases.ts'
import type { ReportGlobs } from './reports/report-globs.ts'
import { judgeTests, reportsIn, tellTests } from './reports/test-step.ts'
import { prepareStep, tryOnce } from './run-step.ts'
import { filesVariable, testFiles } from './test-files.ts'
import { persist } from './wire.ts'

/** The server shares them out: while it is away nobody can. Longer, and the job is lost anyway. */
const OUTAGE_MS_MAX = 10 * 60_000

/** Of a job whose tests are shared out while its shards ask for more. */
export function queueOf({ leased }: JobContext): JobShard | undefined {
  const { shard } = leased.job.leg ?? {}
  return shard?.mode === 'queue' && leased.job.run !== undefined ? shard : undefined
}

/** Undefined: no test is this shard's. Without shards, or named files, it is as it was. */
export async function withHand(
  context: JobContext,
  folder: string,
): Promise<JobContext | undefined> {
  const { leased, log, move } = context
  const { shard } = leased.job.leg ?? {}
  const isDealt = shard?.by === 'timing' || shard?.files !== undefined
  if (shard === undefined || shard.mode === 'queue' || !isDealt) return context
  const found = await testFiles(folder, shard)
  const hand = await asking(context, () => move.client.dealtTests(found, move.signal))
  log.say(`shard ${shard.index} of ${shard.total}: ${hand.files.length} of ${hand.left} test files`)
  if (hand.files.length === 0) return undefined
  const env = { ...leased.job.env, ...filesVariable(hand.files) }
  return { ...context, leased: { ...leased, job: { ...leased.job, env } } }
}

interface Part {
  readonly end: StepEnd
  readonly report: Report | undefined
}

/** Undefined: nothing was left for this shard. */
export async function queueStep(
  context: JobContext,
  folder: string,
  { shard, wanted }: { readonly shard: JobShard; readonly wanted: ReportGlobs },
): Promise<StepEnd | undefined> {
  const { leased, log, move } = context
  const found = await testFiles(folder, shard)
  const work = worker(context, folder, wanted)
  const parts: Part[] = []
  const next = () =>
    asking(context, () => move.client.nextTests(found, parts.length > 0, move.signal))
  for (let hand = await next(); hand.files.length > 0; hand = await next()) {
    log.say(`tests: ${hand.files.length} files, ${hand.left} are left for all shards`)
    const part = await work(hand.files)
    parts.push(part)
    if (!mayGoOn(part.end)) break
  }
  const bad = parts.find(({ end }) => end.outcome !== 'succeeded')
  const { end } = bad ?? parts.at(-1) ?? {}
  if (end === undefined) return undefined
  const reports = parts.flatMap(({ report }) => report ?? [])
  const hermeticity = hermeticityOf(leased.job, context.kit.isolation.isSandboxed)
  if (reports.length === 0) return { ...end, hermeticity }
  return { ...(await tellTests(context, end, joinReports(reports))), hermeticity }
}

/** Tests that fail keep nobody from running the others; a limit of the job does. */
const mayGoOn = ({ outcome, reason }: StepEnd) =>
  outcome === 'succeeded' || (outcome === 'failed' && (reason === 'tests' || reason === 'script'))

function worker(context: JobContext, folder: string, wanted: ReportGlobs) {
  const { leased, leasedAt, workspace } = context
  const executor = prepareStep(context, folder)
  const startedAt = Date.now()
  let tries = 0
  const once = (more: Readonly<Record<string, string>>) => {
    const state = `${workspace.state}/${basename(workspace.state)}-part-${++tries}`
    mkdirSync(state, { mode: 0o700 })
    // Nobody could go on with it: what the parts before it said is known here alone.
    const begin = () => context.kit.place.note(workspace.state, { leasedAt, leased })
    return tryOnce(context, executor, folder, { state, more, begin, startedAt })
  }
  return async (files: readonly string[]): Promise<Part> => {
    const portion = { ...filesVariable(files), SIGNALBOX_TEST_PORTION: String(tries + 1) }
    const before = await reportsIn(folder, wanted)
    const end = await once(portion)
    if (end.outcome === 'cancelled' || end.outcome === 'lost' || wanted.isEmpty)
      return { end, report: undefined }
    const again = (more: Readonly<Record<string, string>>) => once({ ...portion, ...more })
    return judgeTests(context, end, { folder, wanted, before, again })
  }
}

function asking({ move }: JobContext, ask: () => Promise<Hand>): Promise<Hand> {
  return persist(ask, { signal: move.signal, giveUpMs: OUTAGE_MS_MAX })
}
