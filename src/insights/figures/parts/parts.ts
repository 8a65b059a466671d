/**
 * All that was told, kept in its parts: what is told next changes the facts of the part that it is
 * of, and of no other. The facts themselves are put together by the functions of `facts/`, a part at
 * a time; a law holds what comes out to what they make of everything at once.
 */
import type { Observation } from '../../observations/observation.ts'
import type { ServiceColumns } from '../columns.ts'
import type { Facts } from '../facts/facts.ts'
import { partialFacts } from '../facts/facts-of.ts'
import { isCommon, type Name, namesOf } from './names.ts'
import { Ties } from './ties.ts'
import { Whole } from './whole.ts'

const EVER = Number.POSITIVE_INFINITY
/** The part of what is of nobody: a survey, a ticket. */
const LOOSE = -1
/** As far as failures look for a cause among what a service depends on. */
const HOPS_MAX = 2

interface Part {
  readonly observations: Observation[]
  /** When the last of it was recorded. */
  latest: number
  /** Of all that is in it; undefined while something of it is not counted. */
  facts: Facts | undefined
}

export class Parts {
  readonly #ties = new Ties()
  readonly #parts = new Map<number, Part>()
  readonly #stale = new Set<number>()
  readonly #common: Observation[] = []
  readonly #whole = new Whole((sha) => this.#factsOf(this.#ties.partOf(`commit ${sha}`)))
  #size = 0
  #latest = Number.NEGATIVE_INFINITY
  #latestCommon = Number.NEGATIVE_INFINITY

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
        this.#stale.add(number)
      }
    }
  }

  /** As they were known at the instant. */
  asOf(at: number): Facts {
    this.#settle()
    return at >= this.#latest ? this.#whole.facts(at) : this.#before(at).facts(at)
  }

  /** Of each service, as they were known at the instant. */
  columns(at: number): readonly ServiceColumns[] {
    this.#settle()
    return at >= this.#latest ? this.#whole.columns() : this.#before(at).columns()
  }

  #addCommon(one: Observation): void {
    this.#common.push(one)
    this.#latestCommon = Math.max(this.#latestCommon, one.recordedAt)
    for (const number of this.#parts.keys()) this.#stale.add(number)
  }

  #partOf(number: number): Part {
    const known = this.#parts.get(number)
    if (known !== undefined) return known
    const part = { observations: [], latest: Number.NEGATIVE_INFINITY, facts: undefined }
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
      for (const observation of one.observations) part.observations.push(observation)
      part.latest = Math.max(part.latest, one.latest)
      this.#replace(one, undefined)
      this.#parts.delete(other)
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

  #settle(): void {
    while (this.#stale.size > 0) {
      const numbers = [...this.#stale]
      this.#stale.clear()
      for (const number of numbers) {
        const part = this.#parts.get(number)
        if (part !== undefined) this.#replace(part, this.#count(part, EVER))
      }
      for (const number of numbers) this.#tie(this.#factsOf(number))
    }
  }

  #count(part: Part, asOf: number): Facts {
    return partialFacts([...part.observations, ...this.#common], asOf)
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

  /** What was recorded later is left out; parts that have none of it are as they are. */
  #before(at: number): Whole {
    for (;;) {
      const facts = new Map(
        [...this.#parts].map(([number, part]) => {
          const isAll = part.latest <= at && this.#latestCommon <= at
          return [number, isAll && part.facts ? part.facts : this.#count(part, at)]
        }),
      )
      // A cause that was not known by then: counted again with what it may have been.
      if ([...facts.values()].filter((one) => this.#tie(one)).length > 0) {
        this.#settle()
        continue
      }
      const whole = new Whole((sha) => facts.get(this.#ties.partOf(`commit ${sha}`) ?? LOOSE))
      for (const one of facts.values()) whole.replace(undefined, one)
      return whole
    }
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
