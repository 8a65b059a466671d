/**
 * The agent of one host: its slots, its router, its clock. It may die at any instant; what it has
 * started runs on, and the next agent of the same folder takes it up where this one left off.
 */
import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { RunningThing } from '#evidence/ports/snapshots.ts'
import { Fault } from '#kernel/fault.ts'
import type { Slot as SlotName } from '#rollouts/ports.ts'
import { loadJson } from './files.ts'
import { openRouter } from './open-router.ts'
import { slotRecord } from './records.ts'
import type { Router } from './router.ts'
import { foldersOf, type AgentOptions, type Settings } from './settings.ts'
import { Slot } from './slot.ts'
import { Unpacker } from './unpack.ts'
import { keyOf } from './wire.ts'

/**
 * How soon the end of an adopted process is noticed, and how far an output may outgrow its bound.
 */
const LOOK_MS = 250
/** Everything is compared and set right once a second: four looks. */
const LOOKS_PER_TURN = 4
/** Each may have a HAProxy of some 15 MB; a host with more services than this is a cluster. */
const SLOTS_MAX = 200

export class Agent {
  readonly router: Router
  readonly #settings: Settings
  readonly #unpacker: Unpacker
  readonly #slots = new Map<string, Slot>()
  /** What each slot last complained of: the log says it once. */
  readonly #troubles = new Map<string, string>()
  readonly #timer: NodeJS.Timeout
  #looks = 0

  private constructor(settings: Settings, router: Router, unpacker: Unpacker) {
    this.#settings = settings
    this.router = router
    this.#unpacker = unpacker
    this.#timer = setInterval(() => this.#look(), LOOK_MS)
  }

  /** Takes up everything on record in the folder. Throws Fault `target.refused`. */
  static async open(settings: Settings, kind: AgentOptions['router']): Promise<Agent> {
    const folders = foldersOf(settings.dir)
    for (const folder of Object.values(folders)) mkdirSync(folder, { recursive: true, mode: 0o700 })
    const unpacker = new Unpacker(folders.artifacts)
    await unpacker.open()
    let turn = () => {}
    const router = await openRouter(kind, settings, () => turn())
    const agent = new Agent(settings, router, unpacker)
    turn = () => agent.#turn()
    for (const file of readdirSync(folders.slots).filter((name) => name.endsWith('.json'))) {
      const record = loadJson(join(folders.slots, file), slotRecord)
      if (record) agent.#add(new Slot(record, agent.#parts()))
    }
    for (const slot of agent.#slots.values()) slot.begin()
    return agent
  }

  find(name: SlotName): Slot | undefined {
    return this.#slots.get(keyOf(name))
  }

  findOrAdd({ service, environment }: SlotName): Slot {
    const record = { service, environment, fence: 0, port: 0, weights: {}, groups: {} }
    const known = this.find(record)
    if (known) return known
    if (this.#slots.size >= SLOTS_MAX)
      throw new Fault('target.refused', `This host has ${SLOTS_MAX} slots already.`, {
        remedy: 'Use another host for more services.',
        retry: false,
      })
    return this.#add(new Slot(record, this.#parts()))
  }

  /** All that runs on this host. */
  async snapshot(): Promise<readonly RunningThing[]> {
    const groups = [...this.#slots.values()].flatMap((slot) => slot.running)
    return Promise.all(
      groups.map(async (group) => ({
        ...group,
        isIntact: await this.#unpacker.isIntact(group.artifact),
      })),
    )
  }

  /** Ends the agent's work; `stop` ends the instances and routers too, and keeps their records. */
  async close(instances: 'keep' | 'stop'): Promise<void> {
    clearInterval(this.#timer)
    const slots = [...this.#slots.values()]
    await Promise.all(slots.map((slot) => slot.close()))
    if (instances === 'stop') await Promise.all(slots.map((slot) => slot.halt()))
    await this.router.close(instances)
  }

  #add(slot: Slot): Slot {
    this.#slots.set(slot.key, slot)
    return slot
  }

  #parts() {
    return {
      settings: this.#settings,
      router: this.router,
      unpacker: this.#unpacker,
      portsTaken: () => new Set(this.#instances().map(({ port }) => port)),
      ownerOf: (port: number) => [...this.#slots.values()].find((slot) => slot.port === port),
      released: () => {
        const inUse = new Set([...this.#slots.values()].flatMap((slot) => slot.digests))
        this.#unpacker.prune(inUse).catch((error: unknown) => {
          this.#settings.log.warn({ error: String(error) }, 'old artifacts not deleted')
        })
      },
    }
  }

  #instances() {
    return [...this.#slots.values()].flatMap((slot) => slot.instances)
  }

  #look(): void {
    try {
      for (const instance of this.#instances()) instance.look()
    } catch (error) {
      this.#settings.log.error({ error: String(error) }, 'instances not looked after')
    }
    if (this.#looks++ % LOOKS_PER_TURN === 0) this.#turn()
  }

  #turn(): void {
    for (const slot of this.#slots.values())
      slot
        .reconcile()
        .then(() => slot.measure())
        .then(
          () => this.#say(slot, ''),
          (error: unknown) => this.#say(slot, String(error)),
        )
  }

  #say(slot: Slot, trouble: string): void {
    if ((this.#troubles.get(slot.key) ?? '') === trouble) return
    this.#troubles.set(slot.key, trouble)
    if (trouble === '') this.#settings.log.info({ slot: slot.key }, 'slot as it should be again')
    else this.#settings.log.warn({ slot: slot.key, trouble }, 'slot not as it should be')
  }
}
