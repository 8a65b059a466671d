/**
 * `run`: a shell line in the folder of the service, and what its exit and its test reports say. The
 * reports count as much as the exit code: a test tool that fails and exits 0 is a common mistake.
 */
import { lstatSync } from 'node:fs'
import { join } from 'node:path'
import { formatDuration } from '#kernel/duration.ts'
import { Fault } from '#kernel/fault.ts'
import type { TestTotals } from '../pipelines/events.ts'
import { sayBeside, startBeside } from './beside.ts'
import { environmentOf } from './environment.ts'
import { attend, type CommandEnd } from './executors/attend.ts'
import { dockerExecutor } from './executors/docker/docker-executor.ts'
import type { Execution, Executor, Listener } from './executors/execution.ts'
import { processExecutor } from './executors/process-executor.ts'
import { listFiles } from './files.ts'
import type { Globs } from './glob.ts'
import { boundJob, hermeticityOf, ranOutOfMemory } from './isolation.ts'
import type { JobContext, StepEnd } from './job-context.ts'
import type { JobLog } from './job-log.ts'
import { type Begun, writeJournal } from './journal.ts'
import { addTotals, NO_TESTS, readJUnit } from './junit.ts'
import { mountSecrets } from './secrets.ts'

/** A shell reports a child that died of signal n as 128 + n. */
const SIGNAL_EXIT = 128
const SIGNALS = 31
/** Some tools write one for every class of tests. */
const REPORTS_MAX = 5000

export async function runStep(
  context: JobContext,
  folder: string,
  cacheKey: string | undefined,
  junit: Globs,
): Promise<StepEnd> {
  const { kit, leased, leasedAt, log, secrets, workspace } = context
  const { isSandboxed } = kit.isolation
  const { image, resources } = leased.job
  // The engine bounds its containers itself.
  const own = image === undefined ? resources : {}
  for (const key of boundJob(kit.isolation, workspace.root, own).unbounded)
    log.say(`this runner cannot bound ${key.replace('Bytes', '')}`)
  const executor = executorOf(context, folder, isSandboxed)
  const given = mountSecrets(workspace.root, secrets)
  const env = environmentOf(leased, workspace, kit.path, given)
  const beside = await startBeside(context, executor, folder, env)
  try {
    log.say(`$ ${leased.job.run}`)
    const reports = [...(await reportsIn(folder, junit))]
    const startedAt = Date.now()
    const begun = { startedAt, folder, cacheKey, isSandboxed, logBytes: log.size(), reports }
    // Before it starts: a runner that dies in between leaves a job that never ran.
    writeJournal(workspace.state, { leasedAt, leased, command: begun })
    const command = {
      line: leased.job.run ?? '',
      env: { ...env, ...beside.variables },
      state: workspace.state,
    }
    return await attendStep(context, begun, junit, (listener) => executor.start(command, listener))
  } finally {
    await beside.end()
  }
}

/** The command that an earlier runner started; what runs beside it ends with it. */
export function resumeStep(context: JobContext, begun: Begun, junit: Globs): Promise<StepEnd> {
  const executor = executorOf(context, begun.folder, begun.isSandboxed)
  const { state } = context.workspace
  return attendStep(context, begun, junit, (listener) => executor.adopt(state, listener))
}

function executorOf(
  { kit, leased, workspace }: JobContext,
  folder: string,
  isSandboxed: boolean,
): Executor {
  const { image, network, resources = {} } = leased.job
  const place = { workspace: workspace.root, folder }
  if (image === undefined) return processExecutor({ ...place, kit, network, isSandboxed })
  const { docker: engine, dockerNetwork, isolation } = kit
  if (engine === undefined) throw noEngine()
  const { prefix } = isolation
  const joined = network === 'none' ? 'none' : dockerNetwork
  return dockerExecutor({ ...place, engine, prefix, image, network: joined, resources })
}

async function attendStep(
  context: JobContext,
  begun: Begun,
  junit: Globs,
  start: (listener: Listener) => Promise<Execution>,
): Promise<StepEnd> {
  const { leased, log, move } = context
  const { timeoutMs, idleMs, graceMs } = leased.job
  const { startedAt, folder } = begun
  const limits = { startedAt, timeoutMs, idleMs, graceMs, signal: move.signal }
  const command = await attend(limits, (clock) =>
    start({
      onOutput: (chunk) => log.write(chunk),
      onSign: () => clock.wind(),
      onCut: () => log.cut(),
    }),
  )
  if (command.isLeftover) log.say('some processes of this job could not be killed')
  const hermeticity = hermeticityOf(leased.job, begun.isSandboxed)
  const end = { ...endOfCommand(context, command), hermeticity }
  if (end.outcome === 'failed' || end.outcome === 'timedOut') await sayBeside(context)
  const isOver = end.outcome === 'cancelled' || end.outcome === 'lost'
  return isOver || junit.isEmpty
    ? end
    : withTests(context, end, folder, junit, new Map(begun.reports))
}

function noEngine(): Fault {
  return new Fault('runner.no-containers', 'This runner has no container engine.', {
    remedy:
      'Start Docker on it and name its socket, or give the job a label of a runner that has one.',
    retry: false,
  })
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

function endOfCommand(context: JobContext, { how, exitCode, isOutOfMemory }: CommandEnd): StepEnd {
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

/** Path to what tells one version of the file from the next. */
type Reports = ReadonlyMap<string, string>

async function reportsIn(folder: string, junit: Globs): Promise<Reports> {
  const found = await listFiles(folder, junit)
  return new Map(
    found.map(({ path }) => {
      const { ino, size, mtimeMs } = lstatSync(join(folder, path))
      return [path, `${ino} ${size} ${mtimeMs}`]
    }),
  )
}

async function withTests(
  { log }: JobContext,
  end: StepEnd,
  folder: string,
  junit: Globs,
  before: Reports,
): Promise<StepEnd> {
  const isSuccess = end.outcome === 'succeeded'
  try {
    const after = await reportsIn(folder, junit)
    // A report that was there before and did not change speaks of another run.
    const fresh = [...after].filter(([path, state]) => before.get(path) !== state)
    const paths = fresh.map(([path]) => path)
    const missing = junit.unmatched(paths)
    if (missing.length > 0) throw noReport(missing)
    if (paths.length > REPORTS_MAX) throw tooManyReports(paths.length)
    let tests: TestTotals = NO_TESTS
    for (const path of paths) tests = addTotals(tests, await readJUnit(join(folder, path)))
    log.say(`tests: ${tests.passed} passed, ${tests.failed} failed, ${tests.skipped} skipped`)
    const whole = { ...end, tests: { ...tests, failures: [...tests.failures] } }
    // Killed or timed out says more than the tests that failed before.
    const isTold = !isSuccess && end.reason !== 'script'
    return tests.failed === 0 || isTold ? whole : { ...whole, outcome: 'failed', reason: 'tests' }
  } catch (error) {
    // Beside a failure of the job itself a missing report is no news.
    const why = error instanceof Fault ? `${error.message} ${error.remedy}` : String(error)
    log.say(`${isSuccess ? 'failed: ' : ''}${why}`)
    return isSuccess ? { ...end, outcome: 'failed', reason: 'tests' } : end
  }
}

function noReport(missing: readonly string[]): Fault {
  return new Fault(
    'runner.report-missing',
    `No test report was written to ${missing.join(', ')}.`,
    {
      remedy: 'Have the tests write JUnit XML there, or correct `junit`.',
      retry: false,
    },
  )
}

function tooManyReports(count: number): Fault {
  return new Fault('runner.too-many-reports', `There are ${count} test reports.`, {
    remedy: `Narrow \`junit\` to at most ${REPORTS_MAX}.`,
    retry: false,
  })
}
