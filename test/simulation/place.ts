/**
 * Where services run, in memory: instances that come up, crash and are forgotten, a router that
 * counts virtual traffic, and a target that holds its callers to the port's rules. It keeps no
 * secrets: the laws look at it as it is.
 */
import { Fault } from '#kernel/fault.ts'
import {
  type GroupSpec,
  type GroupStatus,
  type InstanceCounters,
  LATENCY_BOUNDS_MS,
  type Slot,
  type SlotStatus,
  type Target,
} from '#rollouts/ports.ts'
import {
  admit,
  checkVersion,
  checkWeights,
  groupStatus,
  previewHost,
  shareOf,
  takeOver,
} from '../support/in-memory.ts'
import type { Dice } from './dice.ts'
import type { Nature } from './nature.ts'

interface Group {
  spec: GroupSpec
  readonly nature: Nature
  readonly madeAt: number
  downFrom: number
  downUntil: number
  requests: number
  bad: number
}

export interface PlacedSlot {
  readonly slot: Slot
  readonly port: number
  readonly groups: Map<string, Group>
  fence: number
  weights: Readonly<Record<string, number>>
  countedAt: number
}

/** About 9.6 ms, and about 90 ms. */
const QUICK_BUCKET = 20
const SLOW_BUCKET = 40

export class Place implements Target {
  readonly slots = new Map<string, PlacedSlot>()
  readonly #now: () => number
  readonly #dice: Dice
  readonly #natureOf: (digest: string) => Nature
  readonly #requestsPerSecond: (slot: Slot) => number
  /** Nothing answers until then. */
  outageUntil = 0
  /** Counters cannot be read until then. */
  unmeasuredUntil = 0

  constructor(parts: {
    readonly now: () => number
    readonly dice: Dice
    readonly natureOf: (digest: string) => Nature
    readonly requestsPerSecond: (slot: Slot) => number
  }) {
    this.#now = parts.now
    this.#dice = parts.dice
    this.#natureOf = parts.natureOf
    this.#requestsPerSecond = parts.requestsPerSecond
  }

  at(slot: Slot): PlacedSlot | undefined {
    return this.slots.get(keyOf(slot))
  }

  /** As if the machine had been replaced by an empty one. */
  forget(slot: Slot): void {
    this.slots.delete(keyOf(slot))
  }

  /** All instances of the group exit, and are back after so long. */
  crash(slot: Slot, group: string, backMs: number): void {
    const found = this.at(slot)?.groups.get(group)
    if (found === undefined) return
    const down = { downFrom: this.#now(), downUntil: this.#now() + backMs }
    Object.assign(found, { ...down, requests: 0, bad: 0 })
  }

  async ensure(spec: GroupSpec): Promise<GroupStatus> {
    this.#answer()
    const slot = this.at(spec.slot) ?? {
      slot: spec.slot,
      port: spec.port,
      groups: new Map<string, Group>(),
      fence: 0,
      weights: {},
      countedAt: this.#now(),
    }
    admit(slot, spec.fence)
    this.slots.set(keyOf(spec.slot), slot)
    checkVersion(slot.groups, spec)
    takeOver(slot, spec)
    const known = slot.groups.get(spec.group)
    const group = known ?? this.#made(spec)
    if (known !== undefined) this.#flow(slot)
    group.spec = spec
    slot.groups.set(spec.group, group)
    return this.#status(group)
  }

  async weigh(at: Slot, fence: number, weights: Readonly<Record<string, number>>): Promise<void> {
    const slot = this.#known(at)
    admit(slot, fence)
    checkWeights(slot.groups, weights)
    this.#flow(slot)
    slot.weights = weights
  }

  async counters(at: Slot): Promise<readonly InstanceCounters[]> {
    this.#answer()
    const slot = this.at(at)
    if (slot === undefined) return []
    if (this.#now() < this.unmeasuredUntil) throw away('The router does not tell.')
    this.#flow(slot)
    return [...slot.groups.values()]
      .filter(({ nature }) => !nature.isSilent)
      .flatMap((group) => countersOf(group))
  }

  async retire(at: Slot, fence: number, group: string): Promise<void> {
    const slot = this.#known(at)
    admit(slot, fence)
    this.#flow(slot)
    slot.groups.delete(group)
    const { [group]: _, ...weights } = slot.weights
    slot.weights = weights
  }

  async observe(at: Slot): Promise<SlotStatus | undefined> {
    this.#answer()
    const known = this.at(at)
    if (known === undefined) return undefined
    const { slot, fence, port, weights } = known
    const groups = [...known.groups.values()].map((group) => this.#status(group))
    return { slot, fence, port, router: 'node', groups, weights }
  }

  /** What a visitor gets: the answer of a release with any traffic. */
  visit(port: number): number | undefined {
    const slot = [...this.slots.values()].find((each) => each.port === port)
    const [serving] = Object.entries(slot?.weights ?? {}).filter(([, weight]) => weight > 0)
    const group = serving && slot?.groups.get(serving[0])
    return group && this.#isUp(group) ? group.nature.smoke : undefined
  }

  /** What somebody gets who knows where the group's instances are. */
  preview(host: string): number | undefined {
    const named = (group: string) => previewHost(group) === host
    const groups = [...this.slots.values()].flatMap((slot) => [...slot.groups])
    const [, group] = groups.find(([name]) => named(name)) ?? []
    return group && this.#isUp(group) ? group.nature.smoke : undefined
  }

  isUp(slot: Slot, group: string): boolean {
    const found = this.at(slot)?.groups.get(group)
    return found !== undefined && this.#isUp(found)
  }

  /** For how long none of the group's instances answers; 0 when one does, or it is not there. */
  downMs(slot: Slot, name: string): number {
    const group = this.at(slot)?.groups.get(name)
    if (group === undefined || this.#isUp(group)) return 0
    const { madeAt, nature, downFrom, downUntil } = group
    if (this.#now() < downUntil) return this.#now() - downFrom
    return this.#now() - madeAt - (nature.crash?.afterMs ?? 0)
  }

  #answer(): void {
    if (this.#now() < this.outageUntil) throw away('The host does not answer.')
  }

  #known(at: Slot): PlacedSlot {
    this.#answer()
    const slot = this.at(at)
    if (slot === undefined) throw refused('No such slot.')
    return slot
  }

  #made(spec: GroupSpec): Group {
    const nature = this.#natureOf(spec.artifact.digest)
    const never = { downFrom: 0, downUntil: 0 }
    return { spec, nature, madeAt: this.#now(), ...never, requests: 0, bad: 0 }
  }

  #isUp({ madeAt, downUntil, nature }: Group): boolean {
    const now = this.#now()
    if (now < madeAt + nature.comesUpMs || now < downUntil) return false
    if (nature.crash === undefined) return true
    const from = madeAt + nature.crash.afterMs
    return now < from || now >= from + nature.crash.backMs
  }

  #status(group: Group): GroupStatus {
    return groupStatus(group.spec, this.#isUp(group))
  }

  /** Requests since last counted, by weight; an instance that is down answers none of them well. */
  #flow(slot: PlacedSlot): void {
    const seconds = (this.#now() - slot.countedAt) / 1_000
    slot.countedAt = this.#now()
    for (const [name, group] of slot.groups) {
      const share = (slot.weights[name] ?? 0) / 100
      const requests = Math.floor(seconds * share * this.#requestsPerSecond(slot.slot))
      const swing = Math.exp(group.nature.noise * (this.#dice.next() - 0.5))
      const badShare = this.#isUp(group) ? Math.min(1, group.nature.badShare * swing) : 1
      group.requests += requests
      group.bad += Math.floor(requests * badShare + this.#dice.next())
    }
  }
}

function countersOf({ spec, requests, bad, nature }: Group): InstanceCounters[] {
  const bucket = nature.isSlow ? SLOW_BUCKET : QUICK_BUCKET
  return Array.from({ length: spec.replicas }, (_, i) => {
    const own = shareOf(requests, i, spec.replicas)
    return {
      group: spec.group,
      instance: `${spec.group}-${i}`,
      requests: own,
      bad: Math.min(own, shareOf(bad, i, spec.replicas)),
      latency: LATENCY_BOUNDS_MS.map((_bound, b) => (b === bucket ? own : 0)).concat(0),
    }
  })
}

const away = (message: string) => new Fault('target.unavailable', message, { remedy: '' })
const refused = (message: string) => new Fault('target.refused', message, { remedy: '' })
export const keyOf = ({ service, environment }: Slot) => `${environment}/${service}`
