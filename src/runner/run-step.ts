/**
 * `run`: a shell line in the folder of the service, and what its exit and its test reports say.
 */
import { dirname } from 'node:path'
import { formatDuration } from '#kernel/duration.ts'
import { environmentOf } from './environment.ts'
import type { Globs } from './glob.ts'
import type { JobContext, StepEnd } from './job-context.ts'
import { type CommandEnd, runCommand } from './process.ts'
import { reportsIn, withTests } from './reports/test-step.ts'
import { SANDBOX, sandboxArgs } from './sandbox.ts'

/** A shell reports a child that died of signal n as 128 + n. */
const SIGNAL_EXIT = 128
const SIGNALS = 31

export async function runStep(context: JobContext, folder: string, junit: Globs): Promise<StepEnd> {
  const { leased, log } = context
  log.say(`$ ${leased.job.run}`)
  const before = await reportsIn(folder, junit)
  const again = async (more: Readonly<Record<string, string>> = {}) => {
    const command = await runShell(context, folder, more)
    if (command.isLeftover) log.say('some processes of this job could not be killed')
    return endOfCommand(context, command)
  }
  const end = await again()
  if (end.outcome === 'cancelled' || junit.isEmpty) return end
  return withTests(context, end, { folder, junit, before, again })
}

async function runShell(
  { kit, leased, workspace, log, move }: JobContext,
  folder: string,
  more: Readonly<Record<string, string>>,
) {
  const { job } = leased
  const shell = ['/bin/sh', '-eu', '-c', job.run ?? ''] as const
  const tools = dirname(process.execPath)
  const view = { hidden: kit.folder.root, workspace: workspace.root, cwd: folder, tools }
  const [file, ...args] = kit.isSandboxed ? [SANDBOX, ...sandboxArgs(view), ...shell] : shell
  return runCommand({
    file,
    args,
    cwd: folder,
    env: { ...environmentOf(leased, workspace, kit.path), ...more },
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
