/** Sees to it that an agent answers on a socket, starting one that outlives this process. */
import { spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync, renameSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Fault } from '#kernel/fault.ts'
import { agentInfo } from './client.ts'
import type { AgentInfo } from './wire.ts'

export interface AgentCommand {
  readonly file: string
  readonly args: readonly string[]
  /** The agent's whole environment. */
  readonly env: Readonly<Record<string, string>>
  /** Where its log goes, appended. */
  readonly output: string
}

/** A Node process is up in 0.2 s; a busy machine needs ten times that, a rebuilt one more. */
const ANSWER_MS = 15_000
const LOOK_MS = 25
/** When ours ends at once another may have been quicker, which then still has to come up. */
const OTHER_MS = 5000
/** The agent writes some lines a day; this is for the one that does not. */
const OUTPUT_BYTES_MAX = 4_194_304

/**
 * Returns the agent that answers, started or found. Two callers at once get the same one: the
 * second agent finds the folder locked and ends. Throws Fault `target.unreachable`.
 */
export async function startAgent(socket: string, command: AgentCommand): Promise<AgentInfo> {
  const running = await agentInfo(socket)
  if (running) return running
  const started = spawnDetached(command)
  const deadline = performance.now() + ANSWER_MS
  while (performance.now() < deadline) {
    const info = await agentInfo(socket)
    if (info) return info
    if (started.isHopeless()) break
    await pause(LOOK_MS)
  }
  throw new Fault('target.unreachable', `The agent does not start: ${started.why()}.`, {
    remedy: `Read its log: ${command.output}`,
  })
}

function spawnDetached(command: AgentCommand) {
  mkdirSync(dirname(command.output), { recursive: true, mode: 0o700 })
  if ((statSync(command.output, { throwIfNoEntry: false })?.size ?? 0) > OUTPUT_BYTES_MAX)
    renameSync(command.output, `${command.output}.1`)
  const output = openSync(command.output, 'a', 0o600)
  const child = spawn(command.file, command.args, {
    env: command.env,
    detached: true,
    stdio: ['ignore', output, output],
  })
  closeSync(output)
  let end: { readonly why: string; readonly atMs: number } | undefined
  child.once('error', (error) => {
    end = { why: error.message, atMs: 0 }
  })
  child.once('exit', (code, signal) => {
    end = { why: `it ended with ${signal ?? `exit code ${code}`}`, atMs: performance.now() }
  })
  child.unref()
  return {
    why: () => end?.why ?? `no answer within ${ANSWER_MS / 1000} s`,
    isHopeless: () => end !== undefined && performance.now() - end.atMs > OTHER_MS,
  }
}
