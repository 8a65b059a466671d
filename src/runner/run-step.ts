/**
 * `run`: a shell line in the folder of the service, and what its exit and its test reports say.
 */
import { mkdirSync } from 'node:fs'
import { basename } from 'node:path'
import { formatDuration } from '#kernel/duration.ts'
import { noEngine, sayBeside, startBeside } from './beside.ts'
import { watchDisk } from './disk-watch.ts'
import { environmentOf } from './environment.ts'
import { attend, type CommandEnd } from './executors/attend.ts'
import { dockerExecutor } from './executors/docker/docker-executor.ts'
import type { Execution, Executor, Listener } from './executors/execution.ts'
import { inCluster } from './in-cluster.ts'
import { TOOLS } from './executors/process-executor.ts'
import { boundJob, hermeticityOf, ranOutOfMemory } from './isolation.ts'
import type { JobContext, StepEnd } from './job-context.ts'
import type { JobLog } from './job-log.ts'
import type { Begun } from './journal.ts'
import type { ReportGlobs } from './reports/report-globs.ts'
import { reportsIn, withTests } from './reports/test-step.ts'
import { mountSecrets } from './secrets.ts'

/** A shell reports a child that died of signal n as 128 + n. */
const SIGNAL_EXIT = 128
const SIGNALS = 31

export async function runStep(
  context: JobContext,
  folder: string,
  cacheKey: string | undefined,
  wanted: ReportGlobs,
): Promise<StepEnd> {
  const { kit, leased, leasedAt, log, workspace } = context
  const { isSandboxed } = kit.isolation
  const executor = prepareStep(context, folder)
  const reports = [...(await reportsIn(folder, wanted))]
  let begun: Begun = { startedAt: 0, folder, cacheKey, isSandboxed, logBytes: 0, reports }
  const end = await tryOnce(context, executor, folder, {
    state: workspace.state,
    more: {},
    begin() {
      begun = { ...begun, startedAt: Date.now(), logBytes: log.size() }
      // Before it starts: a runner that dies in between leaves a job that never ran.
      kit.place.note(workspace.state, { leasedAt, leased, command: begun })
    },
  })
  return judge(context, end, begun, wanted)
}

/** Where its commands run, with what of the job's bounds can be had. */
export function prepareStep(context: JobContext, folder: string): Executor {
  const { kit, leased, log, workspace } = context
  const { image, resources } = leased.job
  // The engine bounds its containers itself.
  const own = image === undefined ? resources : {}
  for (const key of boundJob(kit.isolation, workspace.root, own).unbounded)
    log.say(`this runner cannot bound ${key.replace('Bytes', '')}`)
  return executorOf(context, folder, kit.isolation.isSandboxed)
}

/** The command that an earlier runner started; what runs beside it ends with it. */
export async function resumeStep(
  context: JobContext,
  begun: Begun,
  wanted: ReportGlobs,
): Promise<StepEnd> {
  const executor = executorOf(context, begun.folder, begun.isSandboxed)
  const { state } = context.workspace
  const end = await attendStep(context, begun.startedAt, state, (listener) =>
    executor.adopt(state, listener),
  )
  return judge(context, end, begun, wanted)
}

/** What its reports say of it; where the pipeline asks for it, the command runs again for them. */
async function judge(
  context: JobContext,
  first: StepEnd,
  begun: Begun,
  wanted: ReportGlobs,
): Promise<StepEnd> {
  const { leased, leasedAt, workspace } = context
  const { folder, isSandboxed } = begun
  const hermeticity = hermeticityOf(leased.job, isSandboxed)
  const end = { ...first, hermeticity }
  if (end.outcome === 'cancelled' || end.outcome === 'lost' || wanted.isEmpty) return end
  let tries = 0
  const again = (more: Readonly<Record<string, string>>) => {
    const state = `${workspace.state}/${basename(workspace.state)}-try-${++tries}`
    mkdirSync(state, { mode: 0o700 })
    const executor = executorOf(context, folder, isSandboxed)
    // What the first try said cannot be had again from here on: a runner that dies loses the job.
    const begin = () => context.kit.place.note(workspace.state, { leasedAt, leased })
    return tryOnce(context, executor, folder, { state, more, begin })
  }
  const tests = { folder, wanted, before: new Map(begun.reports), again }
  return { ...(await withTests(context, end, tests)), hermeticity }
}

interface Try {
  /** Where what it and its services print is kept. */
  readonly state: string
  readonly more: Readonly<Record<string, string>>
  /** Since when its limit of time counts; absent: since it began. */
  readonly startedAt?: number
  /** Called before the command starts; again, where that is long before it begins. */
  begin(): void
}

export async function tryOnce(
  context: JobContext,
  executor: Executor,
  folder: string,
  { state, more, begin, startedAt = Date.now() }: Try,
): Promise<StepEnd> {
  const { kit, leased, log, secrets, workspace } = context
  const given = mountSecrets(workspace.root, secrets)
  const env = { ...environmentOf(leased, workspace, kit.path, given), ...more }
  const join = (network: string) => executorOf(context, folder, kit.isolation.isSandboxed, network)
  const beside = await startBeside(context, { executor, join, folder, env, state })
  try {
    log.say(`$ ${leased.job.run}`)
    begin()
    const variables = { ...env, ...beside.variables }
    const command = { line: leased.job.run ?? '', env: variables, state, onBegin: begin }
    return await attendStep(context, startedAt, state, (listener) =>
      beside.executor.start(command, listener),
    )
  } finally {
    await beside.end()
  }
}

function executorOf(
  context: JobContext,
  folder: string,
  isSandboxed: boolean,
  beside?: string,
): Executor {
  const { kit, leased, workspace } = context
  const { image, network, resources = {}, services = {} } = leased.job
  const isAlone = Object.keys(services).length === 0
  const place = { workspace: workspace.root, folder, tree: workspace.source }
  if (image === undefined)
    return kit.place.executor({ ...place, kit, network, isSandboxed, isAlone, tools: TOOLS })
  const { docker: engine, dockerNetwork, isolation, kubernetes } = kit
  if (kubernetes !== undefined) return inCluster(kubernetes, context, folder, image)
  if (engine === undefined) throw noEngine()
  const { prefix } = isolation
  const joined = beside ?? (network === 'none' ? 'none' : dockerNetwork)
  return dockerExecutor({ ...place, engine, prefix, image, network: joined, resources })
}

async function attendStep(
  context: JobContext,
  startedAt: number,
  state: string,
  start: (listener: Listener) => Promise<Execution>,
): Promise<StepEnd> {
  const { leased, log, move, workspace } = context
  const { timeoutMs, idleMs, graceMs, resources = {} } = leased.job
  const { diskBytes } = resources
  const disk = diskBytes === undefined ? undefined : watchDisk(workspace.root, diskBytes)
  const signal = disk === undefined ? move.signal : AbortSignal.any([move.signal, disk.over])
  const limits = { startedAt, timeoutMs, idleMs, graceMs, signal }
  const command = await attend(limits, (clock) =>
    start({
      onOutput: (chunk) => log.write(chunk),
      onSign: () => clock.wind(),
      onCut: () => log.cut(),
    }),
  )
  if (command.isLeftover) log.say('some processes of this job could not be killed')
  const isOver = (await disk?.end()) === true && !move.signal.aborted
  const end = isOver ? overDisk(context, command) : endOfCommand(context, command)
  if (end.outcome === 'failed' || end.outcome === 'timedOut') await sayBeside(context, state)
  return end
}

function overDisk({ leased, log }: JobContext, { exitCode }: CommandEnd): StepEnd {
  log.say(`failed: it may use ${leased.job.resources?.diskBytes} bytes of disk`)
  return { outcome: 'failed', reason: 'policy', exitCode }
}

/** The signal that ended the work says by its reason whether anybody wanted that. */
export function stoppedEnd(log: JobLog, signal: AbortSignal): StepEnd {
  if (signal.reason === 'stopping') {
    log.say('lost: its runner was stopped before it had ended')
    return { outcome: 'lost', reason: 'lost.runner' }
  }
  log.say('cancelled')
  return { outcome: 'cancelled', reason: 'cancelled.by' }
}

function endOfCommand(context: JobContext, end: CommandEnd): StepEnd {
  const { how, exitCode, isOutOfMemory } = end
  const { kit, leased, log, move, workspace } = context
  const { timeoutMs, idleMs } = leased.job
  switch (how) {
    case 'stopped':
      return stoppedEnd(log, move.signal)
    case 'lost':
      log.say('lost: what watched it on this machine was killed')
      return { outcome: 'lost', reason: 'lost.runner' }
    case 'timeout.wall':
      log.say(`timed out: it may run ${formatDuration(timeoutMs)}`)
      return { outcome: 'timedOut', reason: how, exitCode }
    case 'timeout.idle':
      log.say(`timed out: it may be silent for ${formatDuration(idleMs)}`)
      return { outcome: 'timedOut', reason: how, exitCode }
    case 'exited':
      break
  }
  if (end.lost !== undefined) {
    log.say(`lost: ${end.lost}`)
    return { outcome: 'lost', reason: 'lost.runner' }
  }
  if (end.overDisk !== undefined) {
    log.say(`failed: ${end.overDisk}`)
    return { outcome: 'failed', reason: 'policy', exitCode }
  }
  if (exitCode === 0) return { outcome: 'succeeded', exitCode }
  if (isOutOfMemory === true || ranOutOfMemory(kit.isolation, workspace.root)) {
    log.say(`failed: it may use ${leased.job.resources?.memoryBytes ?? 'no more'} bytes of memory`)
    return { outcome: 'failed', reason: 'oom', exitCode }
  }
  log.say(`failed: exit code ${exitCode}`)
  const isSignal =
    exitCode !== undefined && exitCode > SIGNAL_EXIT && exitCode <= SIGNAL_EXIT + SIGNALS
  return { outcome: 'failed', reason: isSignal ? 'signal' : 'script', exitCode }
}
