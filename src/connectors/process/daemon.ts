/**
 * One router process that outlives the agent: found again by its record after a crash, started anew
 * when it is gone. Asking for it is how it is kept alive; nothing watches it in between, because
 * the agent asks every second.
 */
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import { Fault } from '#kernel/fault.ts'
import { loadJson, saveJson } from './files.ts'
import { openOutput, type Output } from './output.ts'
import { end, familyOf, isRunning, launch } from './processes.ts'
import { processIdentity } from './records.ts'
import type { Settings } from './settings.ts'

export interface DaemonPlan {
  readonly argv: readonly string[]
  /** A running process of another revision is replaced. */
  readonly revision: string
  /** Called when nothing of it runs any more, before it is started. */
  prepare(): Promise<void>
  /** Whether it answers. Called until it does. */
  ready(): Promise<boolean>
}

const record = z.object({ process: processIdentity, revision: z.string() })
type DaemonRecord = z.infer<typeof record>

/** HAProxy needs 50 ms and a Node process 200; a busy machine ten times that. */
const READY_MS = 10_000
const LOOK_MS = 10
/** Routers keep no state worth a farewell, and their requests in flight are lost either way. */
const GRACE_MS = 500

export class Daemon {
  readonly home: string
  readonly #settings: Settings
  readonly #file: string
  readonly #output: Output
  /** Told when a process this agent started ends: the moment to start the next. */
  readonly #ended: () => void
  #record: DaemonRecord | undefined
  #starting: Promise<void> | undefined

  constructor(settings: Settings, home: string, ended: () => void) {
    this.home = home
    this.#settings = settings
    this.#ended = ended
    this.#file = join(home, 'process.json')
    this.#output = openOutput(join(home, 'output.log'))
    this.#record = loadJson(this.#file, record)
  }

  /** Names the life of the process; undefined when it is dead or does not answer yet. */
  epoch(): string | undefined {
    return this.#starting ? undefined : this.#life()
  }

  #life(): string | undefined {
    const held = this.#record
    return held && isRunning(held.process)
      ? `${held.process.pid}:${held.process.started}`
      : undefined
  }

  isRunning(revision: string): boolean {
    return this.epoch() !== undefined && this.#record?.revision === revision
  }

  /** Throws Fault `target.refused` with its last words when it does not come up. */
  async ensure(plan: DaemonPlan): Promise<void> {
    this.#output.bound()
    if (this.isRunning(plan.revision)) return
    this.#starting ??= this.#start(plan).finally(() => {
      this.#starting = undefined
    })
    await this.#starting
  }

  async stop(): Promise<void> {
    await end(this.home, this.#record?.process ?? null, GRACE_MS)
    this.#record = undefined
    rmSync(this.#file, { force: true })
  }

  async #start(plan: DaemonPlan): Promise<void> {
    // Also what an agent started and did not live to write down.
    if (this.#life() !== undefined || familyOf(this.home, null).length > 0) await this.stop()
    mkdirSync(this.home, { recursive: true, mode: 0o700 })
    await plan.prepare()
    const env = { HOME: this.home, PATH: this.#settings.path }
    const output = this.#output.path
    const { identity, exited } = await launch({ argv: plan.argv, cwd: this.home, env, output })
    this.#record = { process: identity, revision: plan.revision }
    saveJson(this.#file, this.#record)
    const started = performance.now()
    while (!(await plan.ready())) {
      if (!isRunning(identity) || performance.now() - started > READY_MS) {
        await this.stop()
        throw this.#failed()
      }
      await pause(LOOK_MS)
    }
    this.#settings.log.info({ pid: identity.pid, home: this.home }, 'router started')
    void exited.then((how) => {
      if (this.#record?.process !== identity) return
      this.#settings.log.warn({ pid: identity.pid, how }, 'router ended')
      this.#ended()
    })
  }

  #failed(): Fault {
    return new Fault('target.refused', 'The router does not start.', {
      remedy: `Read its last words in ${this.#output.path}: ${this.#output.tail().slice(-500)}`,
    })
  }
}
