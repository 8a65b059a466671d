/**
 * A place services run that exists in memory alone: instances come up or do not, serve well or
 * badly, as the test says by version, and the traffic of a virtual clock is counted as a router
 * counts it. It holds callers to the port's rules: fences, known groups, weights that sum to 100.
 */
import { Fault } from '#kernel/fault.ts'
import {
  type GroupSpec,
  type GroupStatus,
  type InstanceCounters,
  LATENCY_BOUNDS_MS,
  type Prober,
  type Slot,
  type SlotStatus,
  type Target,
} from '#rollouts/ports.ts'
import { admit, checkVersion, checkWeights, groupStatus, shareOf, takeOver } from './in-memory.ts'

export interface Behaviour {
  readonly comesUp: boolean
  /** Share of requests that fail. */
  readonly badShare: number
}

interface SimulatedGroup {
  spec: GroupSpec
  readonly counters: { requests: number; bad: number }[]
  /** Fractions of requests not counted yet. */
  restRequests: number
  restBad: number
}

interface SimulatedSlot {
  readonly slot: Slot
  readonly port: number
  readonly groups: Map<string, SimulatedGroup>
  fence: number
  weights: Readonly<Record<string, number>>
  countedAt: number
}

const GOOD: Behaviour = { comesUp: true, badShare: 0.001 }
/** Every request takes about 9.6 ms. */
const LATENCY_BUCKET = 20

export class SimulatedTarget implements Target {
  /** Per slot. */
  requestsPerSecond = 100
  readonly behaviours = new Map<string, Behaviour>()
  readonly #slots = new Map<string, SimulatedSlot>()
  readonly #now: () => number
  /** Called before every call, to fail it or to count it. */
  before: (call: string) => void = () => {}

  constructor(now: () => number) {
    this.#now = now
  }

  /** The smoke test's way in: answers as the release does that has the traffic. */
  readonly prober: Prober = {
    get: async (url) => {
      const { hostname, port: digits } = new URL(url)
      const previewed = [...this.#slots.values()].flatMap(({ groups }) => {
        const group = groups.get(hostname.replace('.preview', '').replaceAll('-', '_'))
        return group ?? []
      })
      if (previewed[0] !== undefined) return this.#answer(previewed[0])
      const port = Number(digits)
      const slot = [...this.#slots.values()].find((each) => each.port === port)
      const [serving] = Object.entries(slot?.weights ?? {}).filter(([, weight]) => weight === 100)
      const group = serving && slot?.groups.get(serving[0])
      if (group === undefined) return { error: 'connection refused' }
      return this.#answer(group)
    },
  }

  #answer(group: SimulatedGroup): { readonly status: number; readonly ms: number } {
    return { status: this.#behaviour(group).badShare >= 1 ? 500 : 200, ms: 1 }
  }

  serving(slot: Slot): Record<string, number> {
    const known = this.#slots.get(keyOf(slot))
    return Object.fromEntries(
      Object.entries(known?.weights ?? {}).map(([group, weight]) => [
        known?.groups.get(group)?.spec.version ?? group,
        weight,
      ]),
    )
  }

  versions(slot: Slot): string[] {
    return [...(this.#slots.get(keyOf(slot))?.groups.values() ?? [])].map((g) => g.spec.version)
  }

  /** As if the machine had been replaced by an empty one. */
  forget(slot: Slot): void {
    this.#slots.delete(keyOf(slot))
  }

  async ensure(spec: GroupSpec): Promise<GroupStatus> {
    this.before('ensure')
    const slot = this.#slots.get(keyOf(spec.slot)) ?? {
      slot: spec.slot,
      port: spec.port,
      groups: new Map<string, SimulatedGroup>(),
      fence: 0,
      weights: {},
      countedAt: this.#now(),
    }
    admit(slot, spec.fence)
    this.#slots.set(keyOf(spec.slot), slot)
    checkVersion(slot.groups, spec)
    takeOver(slot, spec)
    const group = slot.groups.get(spec.group) ?? {
      spec,
      counters: [],
      restRequests: 0,
      restBad: 0,
    }
    this.#flow(slot)
    group.spec = spec
    group.counters.length = Math.min(group.counters.length, spec.replicas)
    while (group.counters.length < spec.replicas) group.counters.push({ requests: 0, bad: 0 })
    slot.groups.set(spec.group, group)
    return this.#status(group)
  }

  async weigh(at: Slot, fence: number, weights: Readonly<Record<string, number>>): Promise<void> {
    this.before('weigh')
    const slot = this.#known(at)
    admit(slot, fence)
    checkWeights(slot.groups, weights)
    this.#flow(slot)
    slot.weights = weights
  }

  async counters(at: Slot): Promise<readonly InstanceCounters[]> {
    this.before('counters')
    const slot = this.#slots.get(keyOf(at))
    if (slot === undefined) return []
    this.#flow(slot)
    return [...slot.groups].flatMap(([group, { counters }]) =>
      counters.map(({ requests, bad }, i) => ({
        group,
        instance: `${group}-${i}`,
        requests,
        bad,
        latency: LATENCY_BOUNDS_MS.map((_, b) => (b === LATENCY_BUCKET ? requests : 0)).concat(0),
      })),
    )
  }

  async retire(at: Slot, fence: number, group: string): Promise<void> {
    this.before('retire')
    const slot = this.#known(at)
    admit(slot, fence)
    this.#flow(slot)
    slot.groups.delete(group)
    const { [group]: _, ...weights } = slot.weights
    slot.weights = weights
  }

  async observe(at: Slot): Promise<SlotStatus | undefined> {
    this.before('observe')
    const slot = this.#slots.get(keyOf(at))
    if (slot === undefined) return undefined
    const { fence, port, weights } = slot
    const groups = [...slot.groups.values()].map((group) => this.#status(group))
    return { slot: slot.slot, fence, port, router: 'node', groups, weights }
  }

  #known(at: Slot): SimulatedSlot {
    const slot = this.#slots.get(keyOf(at))
    if (slot === undefined) throw new Fault('target.refused', 'No such slot.', { remedy: '' })
    return slot
  }

  #behaviour({ spec }: SimulatedGroup): Behaviour {
    return this.behaviours.get(spec.version) ?? GOOD
  }

  #status(group: SimulatedGroup): GroupStatus {
    return groupStatus(group.spec, this.#behaviour(group).comesUp)
  }

  /** Requests since last counted, by weight, to the instances in turn. */
  #flow(slot: SimulatedSlot): void {
    const seconds = (this.#now() - slot.countedAt) / 1_000
    slot.countedAt = this.#now()
    for (const [name, group] of slot.groups) {
      group.restRequests += (seconds * this.requestsPerSecond * (slot.weights[name] ?? 0)) / 100
      const requests = Math.floor(group.restRequests)
      group.restRequests -= requests
      group.restBad += requests * this.#behaviour(group).badShare
      const bad = Math.floor(group.restBad)
      group.restBad -= bad
      for (const [i, counter] of group.counters.entries()) {
        counter.requests += shareOf(requests, i, group.counters.length)
        counter.bad += shareOf(bad, i, group.counters.length)
      }
    }
  }
}

const keyOf = ({ service, environment }: Slot) => `${environment}/${service}`
