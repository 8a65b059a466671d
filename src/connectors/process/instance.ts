/**
 * One instance of a group: its process, its health, its restarts. The process outlives this object;
 * after a crash of the agent the next one finds it by its record and carries on.
 */
import { mkdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Fault } from '#kernel/fault.ts'
import type { InstanceStatus } from '#rollouts/ports.ts'
import { askHealth, type Complaint } from './health.ts'
import { backoffMs, born, ended, probed, type Life } from './life.ts'
import { freePort, isFree } from './loopback.ts'
import { openOutput, type Output } from './output.ts'
import { end, isRunning, launch, type ProcessIdentity } from './processes.ts'
import type { InstanceRecord } from './records.ts'
import { foldersOf, type Settings } from './settings.ts'

export interface InstanceParts {
  /** Shared with the slot, which writes it to disk whenever `changed` is called. */
  readonly record: InstanceRecord
  readonly argv: readonly string[]
  readonly health: string
  /** Asked at every start: what a group's environment says may change in between. */
  readonly env: () => Readonly<Record<string, string>>
  /** The unpacked artifact. */
  readonly folder: () => Promise<string>
  readonly portsTaken: () => ReadonlySet<number>
  /** State, pid or port changed. */
  readonly changed: () => void
  readonly settings: Settings
}

/** Often while everybody waits for it, seldom afterwards. */
const PROBE_STARTING_MS = 100
const PROBE_READY_MS = 500
/** A path of 500 characters may be in it, and a message of the system. */
const TROUBLE_MAX = 500

export class Instance {
  readonly id: string
  readonly #parts: InstanceParts
  readonly #record: InstanceRecord
  readonly #home: string
  readonly #output: Output
  #life: Life
  /** How its last process ended, or why none could be started; empty once one was ready. */
  #end = ''
  /** What was wrong with the last answer of the process that runs. */
  #complaint: Complaint | undefined
  /** Set by stop() and close(): nothing is started or asked any more. */
  #isOver = false
  #starting: Promise<void> = Promise.resolve()
  #timer: NodeJS.Timeout | undefined

  constructor(parts: InstanceParts) {
    this.#parts = parts
    this.#record = parts.record
    this.id = parts.record.id
    const folders = foldersOf(parts.settings.dir)
    this.#home = join(folders.homes, this.id)
    this.#output = openOutput(join(folders.outputs, this.id))
    this.#life = born(performance.now())
  }

  get state(): Life['state'] {
    return this.#life.state
  }

  get port(): number {
    return this.#record.port
  }

  /** Adopts the recorded process when it still runs, else starts one. */
  begin(): void {
    const { process: recorded, ready } = this.#record
    if (!recorded || !isRunning(recorded)) return this.#start()
    // Until it is asked it counts as what it was: an agent's restart must not move traffic.
    if (ready) this.#life = { ...this.#life, state: 'ready' }
    this.#probeIn(0)
  }

  /** Looks after what sends no event: an adopted process's end, the size of the output. */
  look(): void {
    if (this.#isOver) return
    this.#output.bound()
    const { process: held } = this.#record
    if (held && !isRunning(held)) this.#ended(held, 'ended while no agent watched')
  }

  /** SIGTERM to the group, grace, SIGKILL; resolves when no process of it is left. */
  async stop(): Promise<void> {
    this.close()
    await this.#starting
    await end(this.#home, this.#record.process, this.#parts.settings.graceMs)
    this.#record.process = null
    this.#record.ready = false
  }

  /** Stops looking after it; the process runs on. */
  close(): void {
    this.#isOver = true
    clearTimeout(this.#timer)
  }

  remove(): void {
    this.#output.remove()
    rmSync(this.#home, { recursive: true, force: true })
  }

  status(): InstanceStatus {
    const { id, port, restarts } = this.#record
    const pid = this.#record.process?.pid ?? 0
    const trouble = this.#trouble().slice(0, TROUBLE_MAX)
    const { state } = this.#life
    return { id, pid, port, state, restarts, trouble, tail: this.#output.tail() }
  }

  /** An answer is news of the process that runs; that nobody listens yet is none after a crash. */
  #trouble(): string {
    if (this.state === 'ready') return ''
    const { why = '', isRefused = true } = this.#complaint ?? {}
    return isRefused && this.#end !== '' ? this.#end : why
  }

  #start(): void {
    this.#starting = this.#launch().catch((error: unknown) => {
      const why = error instanceof Error ? error.message : String(error)
      this.#output.note(why)
      const code = error instanceof Fault ? `${error.code}: ` : ''
      this.#fellOver(`the process could not be started: ${code}${why}`)
    })
  }

  async #launch(): Promise<void> {
    const cwd = await this.#parts.folder()
    mkdirSync(this.#home, { recursive: true, mode: 0o700 })
    // Children of a leader that crashed hold its port, and so does one started but never recorded.
    await end(this.#home, null, 0)
    if (this.port === 0 || !(await isFree(this.port)))
      this.#record.port = await freePort(this.#parts.portsTaken())
    if (this.#isOver) return
    const { argv, settings } = this.#parts
    const output = this.#output.path
    const launched = await launch({ argv, cwd, env: this.#environment(), output })
    this.#record.process = launched.identity
    this.#life = born(performance.now(), this.#life.crashes)
    this.#parts.changed()
    settings.log.info({ instance: this.id, pid: launched.identity.pid }, 'instance started')
    void launched.exited.then((how) => this.#ended(launched.identity, how))
    this.#probeIn(PROBE_STARTING_MS)
  }

  /** Nothing of the agent's own environment: what is secret there stays there. */
  #environment() {
    return {
      ...this.#parts.env(),
      PORT: String(this.port),
      HOST: '127.0.0.1',
      HOME: this.#home,
      PATH: `${dirname(process.execPath)}:${this.#parts.settings.path}`,
    }
  }

  #probeIn(ms: number): void {
    if (this.#isOver) return
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.#probe(), ms)
  }

  async #probe(): Promise<void> {
    const asked = this.#record.process
    const complaint = await askHealth(this.port, this.#parts.health)
    if (this.#isOver || asked !== this.#record.process) return
    this.#complaint = complaint
    this.#become(probed(this.#life, complaint === undefined, performance.now()))
    if (this.state === 'ready') this.#end = ''
    this.#probeIn(this.#life.state === 'starting' ? PROBE_STARTING_MS : PROBE_READY_MS)
  }

  #ended(process: ProcessIdentity, how: string): void {
    if (this.#isOver || this.#record.process !== process) return
    this.#record.process = null
    this.#output.note(`the process ended: ${how}`)
    this.#fellOver(`the process ended: ${how}`)
  }

  #fellOver(how: string): void {
    if (this.#isOver) return
    this.#end = how
    this.#complaint = undefined
    this.#become(ended(this.#life, performance.now()))
    this.#parts.settings.log.warn({ instance: this.id, how }, 'instance ended')
    clearTimeout(this.#timer)
    this.#timer = setTimeout(
      () => {
        this.#record.restarts++
        this.#start()
      },
      backoffMs(this.#life.crashes, Math.random()),
    )
  }

  #become(life: Life): void {
    const isNew = life.state !== this.#life.state
    this.#life = life
    this.#record.ready = life.state === 'ready'
    if (isNew) this.#parts.changed()
  }
}
