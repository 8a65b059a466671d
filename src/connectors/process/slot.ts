/**
 * One slot on this host: its record, on disk before anything is done; the groups of instances; the
 * router's share of it. Every call changes the record and then asks for the same `reconcile`, which
 * also runs every second.
 */
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Fault } from '#kernel/fault.ts'
import type { RunningThing } from '#evidence/ports/snapshots.ts'
import type { GroupSpec, GroupStatus, InstanceCounters, SlotStatus } from '#rollouts/ports.ts'
import { saveJson } from './files.ts'
import { Group, identityOf, recordOf } from './group.ts'
import type { Instance } from './instance.ts'
import { isFree, portInUse } from './loopback.ts'
import type { SlotRecord } from './records.ts'
import type { Router, ServerReading } from './router.ts'
import { foldersOf, type Settings } from './settings.ts'
import { SlotMeters } from './slot-meters.ts'
import { serversOf, sharesHeld, type GroupTraffic } from './traffic.ts'
import { takeTurns } from './turn.ts'
import type { Unpacker } from './unpack.ts'
import { keyOf } from './wire.ts'

export type RunningGroup = Omit<RunningThing, 'isIntact'>

export interface SlotParts {
  readonly settings: Settings
  readonly router: Router
  readonly unpacker: Unpacker
  /** Ports of all instances of this host. */
  readonly portsTaken: () => ReadonlySet<number>
  /** The slot that has this public port, if any. */
  readonly ownerOf: (port: number) => Slot | undefined
  /** A group is gone, and its artifact perhaps no longer needed. */
  readonly released: () => void
}

/** How often a draining instance is asked for its requests in flight. */
const DRAIN_LOOK_MS = 20

export class Slot {
  readonly key: string
  readonly reconcile: () => Promise<void>
  readonly #record: SlotRecord
  readonly #parts: SlotParts
  readonly #file: string
  readonly #meters: SlotMeters
  readonly #groups = new Map<string, Group>()
  /** Instances on their way out, and those of them that are off the router already. */
  readonly #leaving = new Map<Instance, Promise<void>>()
  readonly #offRoute = new Set<Instance>()
  /** Whether the public port should be open, and whether the router may know of it. */
  #isOpen = false
  #isRouted = true
  /** Set for good: a turn after the end would start routers anew. */
  #isClosed = false

  constructor(record: SlotRecord, parts: SlotParts) {
    this.key = keyOf(record)
    this.#record = record
    this.#parts = parts
    const { slots } = foldersOf(parts.settings.dir)
    this.#file = join(slots, `${this.key}.json`)
    this.#meters = new SlotMeters(join(slots, `${this.key}.meters`))
    this.reconcile = takeTurns(() => this.#apply())
  }

  get port(): number | undefined {
    return this.#isOpen ? this.#record.port : undefined
  }

  get instances(): readonly Instance[] {
    return [...this.#groups.values()].flatMap((group) => group.all)
  }

  get digests(): readonly string[] {
    return Object.values(this.#record.groups).map((group) => group.artifact.digest)
  }

  /** What runs here, whoever asked for it. */
  get running(): readonly RunningGroup[] {
    const { service, environment, weights } = this.#record
    return [...this.#groups.values()].map((group) => ({
      slot: { service, environment },
      group: group.name,
      version: group.record.version,
      artifact: group.record.artifact.digest,
      weight: weights[group.name] ?? 0,
      instances: group.all.filter(({ state }) => state !== 'exited').length,
    }))
  }

  /** After the agent's start: everything on record is adopted or started, and departures go on. */
  begin(): void {
    for (const name of Object.keys(this.#record.groups)) this.#open(name).fill(() => {})
    this.#isOpen = this.#groups.size > 0
    for (const group of this.#groups.values()) this.#settleAside(group)
  }

  async ensure(spec: GroupSpec): Promise<GroupStatus> {
    this.#admit(spec.fence)
    await this.#claim(spec.port)
    await this.#parts.unpacker.unpack(spec.artifact)
    // Unpacking took its time; a newer holder may have come.
    this.#admit(spec.fence)
    this.#takeOver(spec)
    this.#groups.get(spec.group)?.update(spec)
    this.#record.groups[spec.group] ??= recordOf(spec)
    const group = this.#open(spec.group)
    group.fill(() => this.#save())
    this.#isOpen = true
    this.#settleAside(group)
    await this.reconcile()
    return group.status()
  }

  async weigh(fence: number, weights: Readonly<Record<string, number>>): Promise<void> {
    this.#admit(fence)
    const unknown = Object.keys(weights).find((name) => !this.#record.groups[name]?.replicas)
    if (unknown !== undefined)
      throw new Fault('target.refused', `${this.key} has no group ${unknown}.`, {
        remedy: 'Make the group exist before it gets traffic.',
        retry: false,
      })
    this.#record.weights = { ...weights }
    this.#save()
    await this.reconcile()
  }

  async retire(fence: number, name: string): Promise<void> {
    this.#admit(fence)
    const group = this.#groups.get(name)
    if (!group) return
    group.record.replicas = 0
    delete this.#record.weights[name]
    this.#save()
    await this.#settle(group)
  }

  async observe(): Promise<SlotStatus> {
    const { service, environment, fence, port } = this.#record
    // A router that does not answer holds no weights; it is being started again.
    const readings = await this.#parts.router.read(this.key).catch((): ServerReading[] => [])
    const held = new Map(readings.map(({ id, weight }) => [id, weight]))
    const wanted = [...this.#groups.values()].filter((group) => group.record.replicas > 0)
    return {
      slot: { service, environment },
      fence,
      port,
      router: this.#parts.router.kind,
      groups: wanted.map((group) => group.status()),
      weights: sharesHeld(
        wanted.map((group) => this.#trafficOf(group)),
        held,
      ),
    }
  }

  async counters(): Promise<InstanceCounters[]> {
    await this.measure()
    return [...this.#groups.values()].flatMap((group) =>
      group.all.map(({ id }) => ({ group: group.name, instance: id, ...this.#meters.of(id) })),
    )
  }

  /**
   * Reads the router's counters; at least every second, for a router that dies takes its own along.
   */
  async measure(): Promise<void> {
    if (!this.#isOpen) return
    this.#meters.update(await this.#parts.router.read(this.key))
    this.#meters.keepOnly(new Set(this.instances.map(({ id }) => id)))
    this.#meters.save()
  }

  /** Stops every process at once, without draining; the record stays. */
  async halt(): Promise<void> {
    await Promise.all(this.instances.map((instance) => instance.stop()))
    this.#save()
  }

  /** Ends the slot's part in this agent's life; resolves when no turn is running any more. */
  async close(): Promise<void> {
    this.#isClosed = true
    for (const instance of this.instances) instance.close()
    await this.reconcile().catch(() => {})
  }

  /** Throws Fault `target.stale-fence`. */
  #admit(fence: number): void {
    const seen = this.#record.fence
    if (fence < seen)
      throw new Fault('target.stale-fence', `${this.key} has seen fence ${seen}, not ${fence}.`, {
        remedy: 'Another holder has the slot: give up this one and read the slot anew.',
        retry: false,
      })
    if (fence === seen) return
    this.#record.fence = fence
    this.#save()
  }

  /** Instances that run already, and nobody is sent to, serve a deployment of the same at once. */
  #takeOver(spec: GroupSpec): void {
    const { takesOver: from = '', group: name } = spec
    const group = this.#groups.get(from)
    if (group === undefined || this.#record.groups[name] !== undefined) return
    const isIdle = !this.#record.weights[from] && group.record.replicas > 0
    if (!isIdle || identityOf(group.record) !== identityOf(recordOf(spec))) return
    this.#groups.delete(from)
    delete this.#record.groups[from]
    delete this.#record.weights[from]
    group.rename(name)
    this.#groups.set(name, group)
    this.#record.groups[name] = group.record
  }

  /** Opens the public port, empty if need be, before anything else is done. */
  async #claim(port: number): Promise<void> {
    const { router, ownerOf } = this.#parts
    if (this.port === port && (await router.holds(this.key, port))) return
    const owner = ownerOf(port)
    if (owner && owner !== this)
      throw new Fault('target.port-in-use', `Port ${port} belongs to ${owner.key}.`, {
        remedy: `Give ${this.key} another port than ${port}.`,
        retry: false,
      })
    // Before a router that works is moved to it.
    if (this.#isOpen && this.port !== port && !(await isFree(port))) throw portInUse(port)
    this.#record.port = port
    this.#isOpen = true
    try {
      await this.reconcile()
    } catch (fault) {
      this.#isOpen = this.#groups.size > 0
      throw fault
    }
  }

  async #apply(): Promise<void> {
    if (this.#isClosed) return
    if (!this.#isOpen) return this.#forgetRoute()
    const servers = serversOf([...this.#groups.values()].map((group) => this.#trafficOf(group)))
    this.#isRouted = true
    await this.#parts.router.apply({ key: this.key, port: this.#record.port, servers })
  }

  #trafficOf(group: Group): GroupTraffic {
    const isRouted = (instance: Instance) => instance.port > 0 && !this.#offRoute.has(instance)
    return {
      name: group.name,
      percent: this.#record.weights[group.name] ?? 0,
      kept: group.kept.filter(isRouted),
      surplus: group.surplus.filter(isRouted),
    }
  }

  async #forgetRoute(): Promise<void> {
    if (this.#isRouted) await this.#parts.router.forget(this.key)
    this.#isRouted = false
  }

  #open(name: string): Group {
    const known = this.#groups.get(name)
    if (known) return known
    const record = this.#record.groups[name]
    if (!record) throw new Error(`no record of group ${name}`)
    const { settings, unpacker, portsTaken } = this.#parts
    const { service, environment } = this.#record
    const group = new Group(name, record, {
      settings,
      portsTaken,
      env: { SIGNALBOX_SERVICE: service, SIGNALBOX_ENVIRONMENT: environment },
      folder: (artifact) => unpacker.unpack(artifact),
      changed: () => this.#changed(),
    })
    this.#groups.set(name, group)
    return group
  }

  /**
   * An instance changed. What fails here, a full disk say, is found and said again by the next
   * second's turn; an instance without a record is found by its HOME.
   */
  #changed(): void {
    try {
      this.#save()
    } catch (error) {
      this.#parts.settings.log.error({ slot: this.key, error: String(error) }, 'state not saved')
    }
    this.reconcile().catch(() => {})
  }

  /** Sees the surplus off; resolves when it is gone, and the group with it when nobody is left. */
  async #settle(group: Group): Promise<void> {
    await Promise.all(
      group.surplus.map((instance) => {
        group.leave(instance)
        const leaving = this.#leaving.get(instance) ?? this.#seeOff(group, instance)
        this.#leaving.set(instance, leaving)
        return leaving
      }),
    )
    if (group.record.replicas > 0 || this.#groups.get(group.name) !== group) return
    this.#groups.delete(group.name)
    delete this.#record.groups[group.name]
    this.#save()
    this.#parts.released()
    if (this.#groups.size > 0) return
    this.#isOpen = false
    await this.reconcile()
  }

  #settleAside(group: Group): void {
    this.#settle(group).catch((error: unknown) =>
      this.#parts.settings.log.warn({ slot: this.key, error: String(error) }, 'not yet settled'),
    )
  }

  /** No new requests, an end to those in flight, off the router, then the process. */
  async #seeOff(group: Group, instance: Instance): Promise<void> {
    const { log } = this.#parts.settings
    const reconciled = () =>
      this.reconcile().catch((error: unknown) =>
        log.warn({ slot: this.key, error: String(error) }, 'router not reached while draining'),
      )
    await reconciled()
    await this.#drained(instance)
    this.#offRoute.add(instance)
    await reconciled()
    await instance.stop()
    group.forget(instance)
    this.#offRoute.delete(instance)
    this.#leaving.delete(instance)
    this.#save()
    instance.remove()
  }

  /**
   * Idle twice in a row: a request given out just before its weight fell may not be counted yet.
   */
  async #drained({ id }: Instance): Promise<void> {
    const deadline = performance.now() + this.#parts.settings.drainMs
    for (let idle = 0; idle < 2 && performance.now() < deadline;) {
      await pause(DRAIN_LOOK_MS)
      const readings = await this.#parts.router.read(this.key).catch((): ServerReading[] => [])
      const isBusy = readings.some((reading) => reading.id === id && reading.inFlight > 0)
      idle = isBusy ? 0 : idle + 1
    }
  }

  #save(): void {
    saveJson(this.#file, this.#record)
  }
}
