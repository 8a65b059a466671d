/** Asks every law about everything, counts what it had to say, and remembers the last steps. */
import { createHash } from 'node:crypto'
import type { Slot } from '#rollouts/ports.ts'
import type { Look } from './chores.ts'
import type { Said } from './ledger.ts'
import { LAWS } from './laws/all.ts'
import type { Effect, Judgement, Law, View } from './laws/law.ts'
import { keyOf } from './place.ts'
import type { World } from './world.ts'

/** Enough to see how it came about. */
const STEPS_KEPT = 40
/** Once more may be a clock's rounding. */
const IDLE_AT_ONCE_MAX = 3
const EVENTS_SHOWN = 120
const IDLE = 'a look that finds nothing is not repeated at once'
const ENDED = 'everything that began has ended'
const REBUILT = 'the views are what a rebuild from the events makes of them'

/** A law was broken; the world stops. */
export class Broken extends Error {
  readonly law: string
  readonly steps: readonly string[]

  constructor(law: string, complaint: string, steps: readonly string[]) {
    super(`${law}: ${complaint}`)
    this.law = law
    this.steps = steps
  }
}

export class Judge {
  readonly #world: World
  readonly #steps: string[] = []
  readonly #acted = new Map<string, number>()
  readonly #idle = new Map<string, { at: number; generation: number; times: number }>()
  readonly #story = createHash('sha256')
  #happened: string[] = []
  #broken: Broken | undefined
  readonly checked = new Map<string, number>(
    [...LAWS.map(({ name }) => name), IDLE, ENDED, REBUILT].map((name) => [name, 0]),
  )

  constructor(world: World) {
    this.#world = world
  }

  /** Whoever was in the middle of it may have caught what a law threw: here it is final. */
  stepped(line: string): void {
    const step = [line, ...this.#happened].join('\n      ')
    this.#story.update(step)
    this.#steps.push(step)
    this.#happened = []
    if (this.#steps.length > STEPS_KEPT) this.#steps.shift()
    if (this.#broken !== undefined) throw this.#broken
  }

  said(said: Said): void {
    const { type, at: _, by, ...rest } = said.event
    const told = `${said.id} ${type} by ${by} ${JSON.stringify(rest)}`
    this.#happened.push(told.slice(0, EVENTS_SHOWN))
    this.#ask((law, view) => law.said?.(said, view))
    this.#world.count('events')
    if (type === 'deployment.finished') this.#world.count(`deployment: ${said.event.outcome}`)
    if (type === 'promotion.ended') this.#world.count(`promotion: ${said.event.outcome}`)
  }

  effect(effect: Effect): void {
    const { by, call, slot, fence } = effect
    this.#happened.push(`${by.server} ${call} ${slot.environment}/${slot.service} by ${fence}`)
    this.#ask((law, view) => law.effect?.(effect, view))
    this.#acted.set(keyOf(slot), Math.max(this.#actedUnder(slot), effect.lease))
    this.#world.count('effects')
  }

  /** A new machine knows of no fence, and takes whatever comes first. */
  forgot(slot: Slot): void {
    this.#acted.delete(keyOf(slot))
  }

  /** What nobody may be refused for. */
  refused(what: 'abort' | 'rollback' | 'kill', code: string | false | undefined, at: Slot): void {
    this.#ask((law, view) => law.refused?.(what, code || undefined, at, view))
  }

  audit(): void {
    this.#ask((law, view) => law.audit?.(view))
  }

  /** At the end, after people had a day to tidy up. */
  ended(left: readonly string[]): void {
    this.#final(ENDED, left)
  }

  compared(different: readonly string[]): void {
    this.#final(REBUILT, different)
  }

  /** A turn changed nothing, and asks to be looked at again; nobody woke it meanwhile. */
  idle({ kind, key: name, generation }: Look): void {
    const now = this.#world.time.now()
    const key = `${kind} ${name}`
    const before = this.#idle.get(key)
    const isAgain = before?.at === now && before.generation === generation
    const again = isAgain ? before.times + 1 : 1
    this.#idle.set(key, { at: now, generation, times: again })
    this.#count(IDLE)
    if (again > IDLE_AT_ONCE_MAX)
      this.#broken ??= new Broken(IDLE, `${key} was looked at ${again} times at once`, this.#steps)
  }

  #count(law: string): void {
    this.checked.set(law, (this.checked.get(law) ?? 0) + 1)
  }

  #final(law: string, complaints: readonly string[]): void {
    this.#count(law)
    if (complaints.length > 0) throw new Broken(law, complaints.join('; '), this.#steps)
  }

  /** Of everything that happened: the same seed, the same story. */
  get story(): string {
    return this.#story.copy().digest('hex').slice(0, 16)
  }

  log(): readonly string[] {
    return [...this.#steps, `now: ${this.#happened.join(', ')}`]
  }

  #actedUnder(slot: Slot): number {
    return this.#acted.get(keyOf(slot)) ?? 0
  }

  #ask(question: (law: Law, view: View) => Judgement): void {
    const { ledger, place, time, clocks } = this.#world
    const view: View = {
      ...{ ledger, place, now: time.now() },
      apartSince: (at) => clocks.apartSince(at),
      brokenAt: (slot) => this.#world.brokenAt(slot),
      actedUnder: (slot) => this.#actedUnder(slot),
    }
    for (const law of LAWS) {
      const answer = question(law, view)
      if (answer === undefined) continue
      this.#count(law.name)
      if (answer !== true) this.#broken ??= new Broken(law.name, answer, this.#steps)
    }
  }
}
