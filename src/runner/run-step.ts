/**
 * `run`: a shell line in the folder of the service, and what its exit and its test reports say. The
 * reports count as much as the exit code: a test tool that fails and exits 0 is a common mistake.
 */
import { lstatSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { formatDuration } from '#kernel/duration.ts'
import { Fault } from '#kernel/fault.ts'
import type { TestTotals } from '../pipelines/events.ts'
import { environmentOf } from './environment.ts'
import { listFiles } from './files.ts'
import type { Globs } from './glob.ts'
import type { JobContext, StepEnd } from './job-context.ts'
import { addTotals, NO_TESTS, readJUnit } from './junit.ts'
import { type CommandEnd, runCommand } from './process.ts'
import { SANDBOX, sandboxArgs } from './sandbox.ts'

/** A shell reports a child that died of signal n as 128 + n. */
const SIGNAL_EXIT = 128
const SIGNALS = 31
/** Some tools write one for every class of tests. */
const REPORTS_MAX = 5000

export async function runStep(context: JobContext, folder: string, junit: Globs): Promise<StepEnd> {
  const { leased, log } = context
  log.say(`$ ${leased.job.run}`)
  const before = await reportsIn(folder, junit)
  const command = await runShell(context, folder)
  if (command.isLeftover) log.say('some processes of this job could not be killed')
  const end = endOfCommand(context, command)
  if (end.outcome === 'cancelled' || junit.isEmpty) return end
  return withTests(context, end, folder, junit, before)
}

async function runShell({ kit, leased, workspace, log, move }: JobContext, folder: string) {
  const { job } = leased
  const shell = ['/bin/sh', '-eu', '-c', job.run ?? ''] as const
  const tools = dirname(process.execPath)
  const view = { hidden: kit.folder.root, workspace: workspace.root, cwd: folder, tools }
  const [file, ...args] = kit.isSandboxed ? [SANDBOX, ...sandboxArgs(view), ...shell] : shell
  return runCommand({
    file,
    args,
    cwd: folder,
    env: environmentOf(leased, workspace, kit.path),
    workspace: workspace.root,
    pipe: await kit.makePipe(),
    sandbox: kit.isSandboxed ? SANDBOX : undefined,
    timeoutMs: job.timeoutMs,
    idleMs: job.idleMs,
    graceMs: job.graceMs,
    signal: move.signal,
    onOutput: (chunk) => log.write(chunk),
  })
}

function endOfCommand({ leased, log }: JobContext, { how, exitCode, signal }: CommandEnd): StepEnd {
  const { timeoutMs, idleMs } = leased.job
  switch (how) {
    case 'stopped':
      log.say('cancelled')
      return { outcome: 'cancelled', reason: 'cancelled.by' }
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
  if (exitCode === undefined) {
    log.say(`failed: it died of ${signal ?? 'a signal'}`)
    return { outcome: 'failed', reason: 'signal' }
  }
  log.say(`failed: exit code ${exitCode}`)
  const isSignal = exitCode > SIGNAL_EXIT && exitCode <= SIGNAL_EXIT + SIGNALS
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
