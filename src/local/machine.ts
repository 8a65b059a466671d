/** What runs on this machine have in common, opened once, and one run on it. */
import { join } from 'node:path'
import type { RunCommand } from '../pipelines/commands.ts'
import type { JobSpec, RunEvent } from '../pipelines/events.ts'
import { runPerformance } from '../pipelines/performance/run-performance.ts'
import type { JobTimes } from '../pipelines/performance/times.ts'
import { jobNamed, type JobState, type RunState } from '../pipelines/run-state.ts'
import { type BlobCache, openBlobCache } from '../runner/blob-cache.ts'
import { localClient } from './client.ts'
import { makeEngine } from '../runner/executors/docker/engine.ts'
import { findIsolation, type Isolation } from '../runner/isolation.ts'
import type { Kit } from '../runner/job-context.ts'
import { takeFolder } from '../runner/leftovers.ts'
import { poolsIn } from '../runner/link-pool.ts'
import { parseSecretRules } from '../runner/secrets.ts'
import { forgetOldRuns, hasEnded, openRunJournal, readRunJournal, runsIn } from './journal.ts'
import { LocalRun } from './local-run.ts'
import { handOver } from './outputs.ts'
import { placeInTree } from './place.ts'
import { type LocalStore, openLocalStore } from './store.ts'
import { openTree, type Tree } from './tree.ts'
import { handingOf } from './select.ts'
import { makeWork, type Worked } from './work.ts'

/** A job is told that its run was cancelled within it. */
const BEAT_MS = 200

export interface MachineNeeds {
  /** Of what is kept. */
  readonly folder: string
  /** Of the repository. */
  readonly root: string
  /** Folder of the service inside. */
  readonly service: string
  readonly jobs: readonly JobSpec[]
  readonly slots: number
  readonly secrets: string
  readonly docker?: string | undefined
  readonly path: string
  readonly environment: Readonly<Record<string, string | undefined>>
}

export interface Machine {
  readonly runs: string
  readonly kit: Kit
  readonly slots: number
  readonly store: LocalStore
  readonly blobs: BlobCache
  readonly tree: Tree
  /** Of the service. */
  readonly folder: string
  close(): void
}

/** Throws Fault `runner.folder-in-use`: one run at a time works in a tree. */
export async function openMachine(needs: MachineNeeds): Promise<Machine> {
  const folder = await takeFolder(needs.folder)
  const blobs = openBlobCache(folder.blobs)
  const outputs = needs.jobs.flatMap((job) => job.outputs)
  const tree = openTree(join(folder.root, 'tree.json'), outputs)
  const store = openLocalStore(join(folder.root, 'cache.jsonl'))
  const isolation = await isolationFor(needs.jobs, folder.root)
  const place = placeInTree(folder, needs.service, {
    handOver: (context, at) => handOver(context, at, tree),
  })
  const never = new AbortController().signal
  const deaf = { log: '', onLog: () => {}, onCache: () => {}, isCancelled: () => false }
  const kit: Kit = {
    ...{ blobs, folder, place, isolation, name: 'this machine', labels: [], path: needs.path },
    client: () => localClient(blobs, deaf),
    pools: poolsIn(blobs.dir),
    docker: needs.docker === undefined ? undefined : makeEngine(needs.docker),
    dockerNetwork: 'bridge',
    beatMs: BEAT_MS,
    secretRules: {
      allowed: parseSecretRules(needs.secrets),
      environment: needs.environment,
    },
    stop: never,
    rest: never,
  }
  return {
    ...{ kit, store, blobs, tree, folder: needs.service, slots: needs.slots },
    runs: join(folder.root, 'runs'),
    close() {
      place.close()
      store.close()
      tree.close()
      folder.release()
    },
  }
}

/** Looked for where a job asks for it: it takes longer than many a job. */
async function isolationFor(jobs: readonly JobSpec[], root: string): Promise<Isolation> {
  const isApart = jobs.some(({ network }) => network === 'none')
  const isBound = jobs.some(({ resources }) => resources !== undefined)
  if (isApart || isBound) return findIsolation(root, isApart ? 'auto' : 'off')
  return { isSandboxed: false, cgroups: undefined, prefix: 'signalbox-' }
}

export interface RunOrder {
  readonly queue: Extract<RunCommand, { type: 'run.queue' }>
  readonly isCacheRead: boolean
  readonly isResumed: boolean
  readonly signal: AbortSignal
  readonly listener: {
    onBegin(job: string): void
    onLog(job: string, bytes: Uint8Array): void
    onEnd(job: JobReport): void
    onNote(text: string): void
  }
}

export interface JobReport {
  readonly name: string
  readonly needs: readonly string[]
  readonly outcome: string
  readonly reason?: string | undefined
  readonly message?: string | undefined
  readonly exitCode?: number | undefined
  readonly attempt: number
  readonly durationMs: number
  readonly cacheKey?: string | undefined
  readonly hit?: 'definition' | 'content' | undefined
  readonly savedMs?: number | undefined
  readonly log?: string | undefined
}

export async function runOn(machine: Machine, order: RunOrder) {
  const { listener, queue, signal } = order
  const [last = ''] = runsIn(machine.runs)
  const lastFolder = join(machine.runs, last)
  const before = last === '' || hasEnded(lastFolder) ? [] : readRunJournal(lastFolder)
  const isCut = before.length > 0
  const isResumed = order.isResumed && isCut
  if (order.isResumed && !isCut) listener.onNote('No run was cut off: this is a new one.')
  if (isCut) listener.onNote(toldOf(last, before, isResumed))
  const run = isResumed ? last : queue.run
  const runFolder = join(machine.runs, run)
  const journal = openRunJournal(runFolder)
  const reports = new Map<string, JobReport>()
  const told = isResumed ? [...before] : []
  const worked = new Map<string, Worked>()
  const handing = handingOf(queue.jobs)
  const work = makeWork({ ...machine, ...order, handing, runFolder, ...listener })
  const local = new LocalRun({
    ...{ journal, slots: machine.slots, cancel: signal },
    async work(leased) {
      const done = await work(leased)
      worked.set(leased.job.name, done)
      return done.end
    },
    onEvents(events, state) {
      for (const event of events) {
        told.push(event)
        if (event.type !== 'run.jobFinished') continue
        const report = reportOf(event, state, worked.get(event.job))
        reports.set(event.job, report)
        listener.onEnd(report)
      }
    },
  })
  if (isResumed) local.resume(before)
  else local.decide(queue)
  await local.go()
  await journal.close()
  forgetOldRuns(machine.runs)
  if ([...worked.values()].some(({ hit }) => hit === undefined)) machine.blobs.pruneIfGrown()
  return { run, ...summed(local.state, reports, told) }
}

function toldOf(run: string, events: readonly RunEvent[], isResumed: boolean): string {
  const open = new Set<string>()
  for (const event of events) {
    if (event.type === 'run.jobLeased') open.add(event.job)
    if (event.type === 'run.jobFinished') open.delete(event.job)
  }
  const lost = open.size > 0 ? `; under way and lost: ${[...open].join(', ')}` : ''
  const next = isResumed ? 'It goes on.' : 'To go on with it instead: signalbox run --resume'
  return `The run ${run} was cut off${lost}. ${next}`
}

type Finished = Extract<RunEvent, { type: 'run.jobFinished' }>

function reportOf(event: Finished, state: RunState, done: Worked | undefined): JobReport {
  const { job: name, outcome, reason, message, exitCode, attempt, durationMs, cacheKey } = event
  const ran = reason !== 'needs' && reason !== 'condition' && reason !== 'policy'
  return {
    ...{ name, needs: jobNamed(state, name)?.spec.needs ?? [], outcome, attempt, durationMs },
    ...{ reason, message, exitCode, cacheKey },
    ...(ran && done?.hit !== undefined && { hit: done.hit.by, savedMs: done.hit.savedMs }),
    ...(ran && done?.log !== undefined && { log: done.log }),
  }
}

function summed(
  state: RunState,
  reports: ReadonlyMap<string, JobReport>,
  events: readonly RunEvent[],
) {
  const times = timesOf(state, events)
  const figures = runPerformance(times, Date.now())
  const jobs = state.jobs.flatMap(({ spec }) => reports.get(spec.name) ?? [])
  const finished = events.find((event) => event.type === 'run.finished')
  return {
    outcome: finished?.outcome ?? 'waiting',
    jobs,
    doubted: state.jobs.flatMap(({ spec, status }) => (status === 'doubted' ? [spec.name] : [])),
    wallMs: figures?.wallMs ?? 0,
    criticalPath: figures?.criticalPath ?? { jobs: [], ms: 0 },
    byRunnersMs: figures?.recoverable.byRunnersMs ?? 0,
    byCacheMs: figures?.recoverable.byCacheMs ?? 0,
    savedMs: jobs.reduce((all, { savedMs = 0 }) => all + savedMs, 0),
  }
}

function timesOf(state: RunState, events: readonly RunEvent[]): JobTimes[] {
  const attempts = new Map<
    string,
    { startedAt: number; endedAt: number | null; outcome: string | null }[]
  >()
  const of = (job: string) => {
    const all = attempts.get(job) ?? []
    attempts.set(job, all)
    return all
  }
  for (const event of events) {
    if (event.type === 'run.jobLeased')
      of(event.job).push({ startedAt: event.at, endedAt: null, outcome: null })
    const last = event.type === 'run.jobFinished' ? of(event.job).at(-1) : undefined
    if (last !== undefined && event.type === 'run.jobFinished')
      Object.assign(last, { endedAt: event.at, outcome: event.outcome })
  }
  const { source, queuedAt } = state
  const { run = '', service = '', branch = '' } = source ?? {}
  return state.jobs.map((job: JobState) => {
    const all = of(job.spec.name)
    return {
      ...{ run, service, branch, queuedAt, job: job.spec.name, needs: job.spec.needs },
      isCacheable: job.spec.inputs.length > 0,
      isFinal: job.spec.isFinal === true,
      attempts: all,
      endedAt: all.at(-1)?.endedAt ?? null,
      outcome: job.outcome ?? null,
    }
  })
}
