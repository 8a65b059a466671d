/**
 * All that was told, kept in its parts: what is told next changes the facts of the part that it is
 * of, and of no other. The functions of `facts/` put them together, a part at a time; a law holds
 * what comes out to what they make of everything at once.
 */
import type { Observation, ObservationType, Observed } from '../../observations/observation.ts'
import type { Facts } from '../facts/facts.ts'
import { partialFacts } from '../facts/facts-of.ts'
import { ASKED, COMMON, isCommon, type Name, namesOf } from './names.ts'
import { Ties } from './ties.ts'
import { Whole } from './whole.ts'

const EVER = Number.POSITIVE_INFINITY
/** The part of what is of nobody: a survey, a ticket. What is of everything is told by it. */
const LOOSE = -1
/** As far as failures look for a cause among what a service depends on. */
const HOPS_MAX = 2

/** Observations as few bytes, and back: what is seldom needed is kept so. */
export interface Packing {
  pack(observations: readonly Observation[]): Uint8Array
  unpack(bytes: Uint8Array): readonly Observation[]
}

/** So many at once, for a text has an end. */
const PACKED_MAX = 20_000

interface Part {
  /** Not packed yet. */
  observations: Observation[]
  packed: Uint8Array[]
  /** When the last of it was recorded. */
  latest: number
  /** Of all that is in it; undefined while something of it is not counted. */
  facts: Facts | undefined
}

export class Parts {
  readonly #packing: Packing
  readonly #openMax: number
  /** Parts with observations that are not packed, those longest ago first. */
  readonly #open = new Set<number>()
  #openCount = 0
  readonly #ties = new Ties()
  readonly #parts = new Map<number, Part>()
  readonly #stale = new Set<number>()
  readonly #common: Observation[] = []
  readonly #whole = new Whole((sha) => this.#factsOf(this.#ties.partOf(`commit ${sha}`)))
  #size = 0
  #latest = Number.NEGATIVE_INFINITY
  #latestCommon = Number.NEGATIVE_INFINITY

  /** Of so many observations, those last told and counted, there is no need to unpack any. */
  constructor(packing: Packing, openMax: number) {
    this.#packing = packing
    this.#openMax = openMax
  }

  /** How many observations there are. */
  get size(): number {
    return this.#size
  }

  add(told: readonly Observation[]): void {
    this.#size += told.length
    for (const one of told) {
      this.#latest = Math.max(this.#latest, one.recordedAt)
      if (isCommon(one)) this.#addCommon(one)
      else {
        const names = namesOf(one)
        const number = names.length === 0 ? LOOSE : this.#join(names).number
        const part = this.#partOf(number)
        part.observations.push(one)
        part.latest = Math.max(part.latest, one.recordedAt)
        this.#openCount++
        this.#open.add(number)
        this.#stale.add(number)
      }
    }
    this.#packLongAgo()
  }

  /** Everything that was told. */
  now(): Whole {
    while (this.settle(EVER)) continue
    return this.#whole
  }

  /** Whether anything was recorded after the instant. */
  isMoreThan(at: number): boolean {
    return at < this.#latest
  }

  /**
   * As it was known at the instant: what was recorded later is left out, and parts that have none
   * of it are as they are. It pauses after each part that it has to count again; while it does,
   * nothing may be added.
   */
  *asOf(at: number): Generator<undefined, Whole> {
    for (;;) {
      const now = this.now()
      if (!this.isMoreThan(at)) return now
      const facts = new Map<number, Facts>()
      for (const [number, part] of this.#parts) {
        const isAll = part.latest <= at && this.#latestCommon <= at
        facts.set(number, isAll && part.facts ? part.facts : this.#countAsOf(number, part, at))
        if (!isAll) yield
      }
      // A cause that was not known by then: counted again with what it may have been.
      if ([...facts.values()].filter((one) => this.#tie(one)).length > 0) continue
      const whole = new Whole((sha) => facts.get(this.#ties.partOf(`commit ${sha}`) ?? LOOSE))
      for (const one of facts.values()) whole.replace(undefined, one)
      return whole
    }
  }

  #addCommon(one: Observation): void {
    this.#common.push(one)
    this.#latestCommon = Math.max(this.#latestCommon, one.recordedAt)
    this.#partOf(LOOSE)
    for (const number of this.#parts.keys()) this.#stale.add(number)
  }

  #partOf(number: number): Part {
    const known = this.#parts.get(number)
    if (known !== undefined) return known
    const latest = Number.NEGATIVE_INFINITY
    const part = { observations: [], packed: [], latest, facts: undefined }
    this.#parts.set(number, part)
    return part
  }

  /** Parts that these names join are one, which has to be counted anew. */
  #join(names: readonly Name[]): { readonly number: number; readonly isAnother: boolean } {
    const { part: number, joined } = this.#ties.join(names)
    for (const other of joined) {
      const one = this.#parts.get(other)
      if (one === undefined) continue
      const part = this.#partOf(number)
      part.packed.push(...one.packed)
      for (const observation of one.observations) part.observations.push(observation)
      part.latest = Math.max(part.latest, one.latest)
      this.#replace(one, undefined)
      this.#parts.delete(other)
      this.#open.delete(other)
      this.#stale.delete(other)
      this.#stale.add(number)
    }
    return { number, isAnother: joined.length > 0 }
  }

  #factsOf(number: number | undefined): Facts | undefined {
    return number === undefined ? undefined : this.#parts.get(number)?.facts
  }

  #replace(part: Part, facts: Facts | undefined): void {
    this.#whole.replace(part.facts, facts)
    part.facts = facts
  }

  /** Counts some of the parts that are not; false when all of them are. */
  settle(partsMax: number): boolean {
    const numbers = [...this.#stale.values().take(partsMax)]
    for (const number of numbers) this.#stale.delete(number)
    this.#countAll(numbers)
    return this.#stale.size > 0
  }

  #countAll(numbers: readonly number[]): void {
    for (const number of numbers) {
      const part = this.#parts.get(number)
      if (part === undefined) continue
      this.#unpack(number, part)
      const facts = this.#count(number, part.observations, EVER)
      this.#replace(part, facts)
      this.#packLongAgo()
    }
    for (const number of numbers) this.#tie(this.#factsOf(number))
  }

  #count(number: number, observations: readonly Observation[], asOf: number): Facts {
    const facts = partialFacts([...observations, ...this.#common], asOf)
    // Each is told once, though all parts are counted with it.
    return { ...facts, told: askedFor(facts.told, number === LOOSE) }
  }

  #countAsOf(number: number, part: Part, at: number): Facts {
    const packed = part.packed.flatMap((bytes) => this.#packing.unpack(bytes))
    return this.#count(number, [...packed, ...part.observations], at)
  }

  #unpack(number: number, part: Part): void {
    this.#open.delete(number)
    this.#open.add(number)
    if (part.packed.length === 0) return
    const told = part.packed.flatMap((bytes) => this.#packing.unpack(bytes))
    this.#openCount += told.length
    part.observations = [...told, ...part.observations]
    part.packed = []
  }

  /** Half of them at once: a few of one part take hardly less room when they are packed. */
  #packLongAgo(): void {
    if (this.#openCount <= this.#openMax) return
    for (const number of this.#open) {
      if (this.#openCount <= this.#openMax / 2) return
      this.#open.delete(number)
      const part = this.#parts.get(number)
      if (part === undefined) continue
      this.#openCount -= part.observations.length
      for (let from = 0; from < part.observations.length; from += PACKED_MAX)
        part.packed.push(this.#packing.pack(part.observations.slice(from, from + PACKED_MAX)))
      part.observations = []
    }
  }

  /**
   * An incident that nobody told the cause of may be due to any service that its own depends on:
   * their parts are one from then on. True when they were not.
   */
  #tie(facts: Facts | undefined): boolean {
    let isTied = false
    for (const { service, causes } of facts?.incidents ?? []) {
      if (service === null || causes.size > 0) continue
      const near = nearOf(service, facts)
      if (near.length < 2) continue
      isTied = this.#join(near.map((one): Name => `service ${one}`)).isAnother || isTied
    }
    return isTied
  }
}

/** Without what facts were put together from: no figure asks for that, and nothing holds it. */
function askedFor(told: Facts['told'], isCommonTold: boolean): Facts['told'] {
  const kept = new Map<ObservationType, readonly Observation[]>(
    ASKED.map((type) => [type, told.of(type)]),
  )
  if (!isCommonTold)
    for (const type of COMMON)
      kept.set(
        type,
        told.of(type).filter((one) => !isCommon(one)),
      )
  return toldFrom(kept)
}

/** A function of its own, for what stands around a closure is kept with it. */
function toldFrom(kept: ReadonlyMap<ObservationType, readonly Observation[]>): Facts['told'] {
  return {
    of: <T extends ObservationType>(type: T) =>
      (kept.get(type) ?? []) as unknown as readonly Observed<T>[],
  }
}

/** The service, and those that it ever said to depend on. */
function nearOf(service: string, facts: Facts | undefined): readonly string[] {
  const near = new Set([service])
  let edge = [service]
  for (let hop = 0; hop < HOPS_MAX; hop++) {
    edge = edge
      .flatMap((one) => facts?.services.get(one)?.told ?? [])
      .flatMap(({ dependsOn = [] }) => dependsOn)
    for (const one of edge) near.add(one)
  }
  return [...near]
}
