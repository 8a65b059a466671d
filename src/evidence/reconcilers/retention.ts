/**
 * Drops what is over: logs of runs whose tier does not ask for them any more. One turn orders a
 * bounded number and drops what was ordered a while ago, each looked at again; a turn that dies is
 * taken up by the next, since an order stands until it was carried out or called off.
 */
import type { ReferencesTo } from '#artifacts/queries.ts'
import { serviceNamed } from '#catalog/queries.ts'
import type { Engine } from '#engine/engine.ts'
import { digestOf } from '#engine/ids.ts'
import type { Logger } from '#engine/log.ts'
import { defineReconciler, type Reconciler } from '#engine/loop.ts'
import { evidenceMs } from '#gates/queries.ts'
import { SYSTEM } from '#kernel/actor.ts'
import { Fault } from '#kernel/fault.ts'
import type { LegalHoldEvent, RunLogsDropped } from '../events/retention.ts'
import type { RunLogs } from '../ports/run-logs.ts'
import {
  type DroppedLogsRow,
  type EndedRun,
  holdsInForce,
  openOrders,
  runsNamed,
  runsWithLogs,
  servicesWithLogs,
} from '../queries/retention.ts'
import { type Evidence, type Keepers, mayGo, ruleFor, rulingOn } from '../retention/ruling.ts'
import { REMOVAL_MS, type RetentionCommand, retentions } from '../retention/sweep.ts'

type Reads = Engine['reads']

export const RETENTION_KIND = 'retention'
export const ALL_EVIDENCE = 'all'
const DAY_MS = 24 * 60 * 60 * 1000
/** Until what could not be carried out is tried again. */
const AGAIN_MS = 60 * 60 * 1000
/** Ordered in one turn, of all services: an event a service, and seconds of reading. */
const RUNS_MAX = 100
/** Of a turn, and of some turns whose orders could not be carried out. */
const OPEN_MAX = 10 * RUNS_MAX
/** Read to say what they were; one run may be more. */
const BYTES_MAX = 256 * 1024 * 1024
const PAGE = 200

export interface RetentionNeeds {
  readonly engine: Engine
  readonly runLogs: RunLogs
  readonly referencesTo: ReferencesTo
  readonly log: Logger
  /** For tests: how long an order waits. */
  readonly removalMs?: number
  now(): number
}

export function retentionSweep(needs: RetentionNeeds): Reconciler {
  const { engine, now, removalMs = REMOVAL_MS } = needs
  return defineReconciler<LegalHoldEvent>({
    kind: RETENTION_KIND,
    concurrency: 1,
    hears: ['legalHold'],
    wokenBy: ({ event }) => (event.type === 'legalHold.lifted' ? [ALL_EVIDENCE] : []),
    async reconcile(_, { signal }) {
      const open = await openOrders(engine.reads, { limit: OPEN_MAX })
      const due = open.filter(({ orderedAt }) => now() - orderedAt >= removalMs)
      for (const [service, rows] of Map.groupBy(due, (row) => row.service)) {
        if (signal.aborted) return { at: now() }
        await inPeace(needs, service, () => carryOut(needs, service, rows, signal))
      }
      const ordered = await orderAll(needs, signal)
      if (ordered >= RUNS_MAX || signal.aborted) return { at: now() }
      const [next] = await openOrders(engine.reads, { limit: 1 })
      const soonest = next === undefined ? Infinity : next.orderedAt + removalMs
      // What is due still was not carried out just now, and would not be at once either.
      return { at: soonest <= now() ? now() + AGAIN_MS : Math.min(soonest, now() + DAY_MS) }
    },
  })
}

async function orderAll(needs: RetentionNeeds, signal: AbortSignal): Promise<number> {
  const { engine, now } = needs
  let ordered = 0
  for (const service of await servicesWithLogs(engine.reads, now() - SHORTEST_MS)) {
    if (signal.aborted || ordered >= RUNS_MAX) break
    const max = RUNS_MAX - ordered
    ordered += (await inPeace(needs, service, () => orderOf(needs, service, max))) ?? 0
  }
  return ordered
}

/** One service of which nobody can say what refers to it keeps all, and keeps nobody else. */
async function inPeace<T>(
  { log }: RetentionNeeds,
  service: string,
  work: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    log.warn({ service, err: error }, 'nothing that is over was dropped of a service')
    return undefined
  }
}

/** No tier keeps less; who is asked about is a list of services, and each has its own. */
const SHORTEST_MS = Math.min(...[0, 1, 2, 3].map(evidenceMs))

/** A page after another until there are enough: what is kept in spite of its age is passed by. */
async function orderOf(needs: RetentionNeeds, service: string, max: number): Promise<number> {
  const { engine, now } = needs
  const { keptMs } = await tierOf(engine.reads, service)
  let keepers: Keepers | undefined
  let after: EndedRun | undefined
  const over: EndedRun[] = []
  while (over.length < max) {
    const before = now() - keptMs
    const page = await runsWithLogs(engine.reads, { service, before, after, limit: PAGE })
    if (page.length === 0) break
    keepers ??= await keepersOf(needs, engine.reads, service)
    over.push(...(await going(engine.reads, page, keepers, now())))
    after = page.at(-1)
  }
  const runs = await factsOf(needs.runLogs, over.slice(0, max))
  if (runs.length === 0) return 0
  await execute(needs, service, async (reads) => {
    const at = now()
    const then = await going(
      reads,
      await runsNamed(reads, names(runs)),
      await keepersOf(needs, reads, service),
      at,
    )
    const still = new Set(names(then))
    const rule = ruleFor(await tierOf(reads, service))
    return { type: 'retention.order', rule, runs: runs.filter(({ run }) => still.has(run)) }
  })
  return runs.length
}

async function carryOut(
  needs: RetentionNeeds,
  service: string,
  rows: readonly DroppedLogsRow[],
  signal: AbortSignal,
): Promise<void> {
  const { engine, runLogs, now } = needs
  const keepers = await keepersOf(needs, engine.reads, service)
  const tier = await tierOf(engine.reads, service)
  const gone: string[] = []
  for (const each of await runsNamed(engine.reads, names(rows))) {
    if (signal.aborted) break
    const { run } = each
    const row = rows.find((ordered) => ordered.run === run)
    if (row === undefined) continue
    const ruling = rulingOn(asEvidence(each, tier), keepers, now())
    if (mayGo(ruling)) {
      await runLogs.drop(run, wordsOf(row))
      gone.push(run)
    } else {
      const keptBy = ruling.keptBy[0] ?? ruling.rule
      await execute(needs, service, async () => ({ type: 'retention.spare', run, keptBy }))
    }
  }
  if (gone.length > 0)
    await execute(needs, service, async () => ({ type: 'retention.confirm', runs: gone }))
}

/** What a person reads who opens the log later; the same whoever writes it, however often. */
function wordsOf({ rule, orderedAt, digest }: DroppedLogsRow): string {
  const day = new Date(orderedAt).toISOString().slice(0, 10)
  return `This log was dropped by the order of ${day}: ${rule}. All logs of the run were ${digest}.`
}

async function going(
  reads: Reads,
  runs: readonly EndedRun[],
  keepers: Keepers,
  now: number,
): Promise<readonly EndedRun[]> {
  const [first] = runs
  if (first === undefined) return []
  const tier = await tierOf(reads, first.service)
  return runs.filter((run) => mayGo(rulingOn(asEvidence(run, tier), keepers, now)))
}

async function factsOf(runLogs: RunLogs, over: readonly EndedRun[]): Promise<RunLogsDropped[]> {
  const runs: RunLogsDropped[] = []
  let read = 0
  for (const { run, endedAt } of over) {
    if (read >= BYTES_MAX) break
    const files = await runLogs.factsOf(run)
    const bytes = files.reduce((sum, file) => sum + file.bytes, 0)
    read += bytes
    runs.push({ run, endedAt, logs: files.length, bytes, digest: digestOf(files) })
  }
  return runs
}

export async function tierOf(
  reads: Reads,
  service: string,
): Promise<Pick<Evidence, 'tier' | 'keptMs'>> {
  const tier = (await serviceNamed(reads, service))?.tier ?? null
  return { tier, keptMs: evidenceMs(tier ?? 0) }
}

/** One question after another: a transaction has one connection. */
export async function keepersOf(
  { referencesTo, now }: Pick<RetentionNeeds, 'referencesTo' | 'now'>,
  reads: Reads,
  service: string,
): Promise<Keepers> {
  const holds = await holdsInForce(reads, now())
  return { holds, references: await referencesTo(reads, service, now()) }
}

export const asEvidence = (
  { service, queuedAt: from, endedAt: to, artifacts }: EndedRun,
  tier: Pick<Evidence, 'tier' | 'keptMs'>,
): Evidence => ({ service, from, to, artifacts, ...tier })

const names = (runs: readonly { readonly run: string }[]) => runs.map(({ run }) => run)

type Bare = RetentionCommand extends infer C
  ? C extends RetentionCommand
    ? Omit<C, 'at' | 'by' | 'service'>
    : never
  : never

function execute(
  { engine, now }: RetentionNeeds,
  service: string,
  bare: (reads: Reads) => Promise<Bare>,
) {
  return engine.execute(
    retentions,
    service,
    async ({ reads }): Promise<RetentionCommand> => ({
      ...(await bare(reads)),
      ...{ at: now(), by: SYSTEM.id, service },
    }),
    { actor: SYSTEM },
  )
}
