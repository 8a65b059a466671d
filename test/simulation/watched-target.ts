/**
 * The place where services run, as one server reaches it: calls may fail before or after they did
 * their work, take long, or meet a killed caller; and every effect is shown to the laws.
 */
import assert from 'node:assert/strict'
import { Fault } from '#kernel/fault.ts'
import type { GroupSpec, GroupStatus, InstanceCounters, Slot } from '#rollouts/ports.ts'
import type { SlotStatus, Target } from '#rollouts/ports.ts'
import type { Effect } from './laws/law.ts'
import type { Server } from './server.ts'
import type { World } from './world.ts'

const FAILS = 0.004
const FAILS_AFTERWARDS = 0.004
const IS_SLOW = 0.004
const SLOW_MS_MAX = 8_000

export class WatchedTarget implements Target {
  readonly #world: World
  readonly #server: Server

  constructor(world: World, server: Server) {
    this.#world = world
    this.#server = server
  }

  ensure(spec: GroupSpec): Promise<GroupStatus> {
    const { slot, fence, group, artifact } = spec
    const about = { call: 'ensure', slot, fence, group, digest: artifact.digest } as const
    return this.#effect(about, () => this.#world.place.ensure(spec))
  }

  weigh(slot: Slot, fence: number, weights: Readonly<Record<string, number>>): Promise<void> {
    const about = { call: 'weigh', slot, fence, weights } as const
    // The place refuses it, as a router does, and then it would only be tried again.
    const sum = Object.values(weights).reduce((all, weight) => all + weight, 0)
    assert.equal(sum, 100)
    return this.#effect(about, () => this.#world.place.weigh(slot, fence, weights))
  }

  retire(slot: Slot, fence: number, group: string): Promise<void> {
    const about = { call: 'retire', slot, fence, group } as const
    return this.#effect(about, () => this.#world.place.retire(slot, fence, group))
  }

  counters(slot: Slot): Promise<readonly InstanceCounters[]> {
    return this.#reach('look', () => this.#world.place.counters(slot))
  }

  observe(slot: Slot): Promise<SlotStatus | undefined> {
    return this.#reach('look', () => this.#world.place.observe(slot))
  }

  async #effect<T>(about: Omit<Effect, 'by' | 'lease'>, work: () => Promise<T>): Promise<T> {
    const { turn, name } = this.#server
    return this.#reach('effect', async () => {
      await this.#world.listen()
      const done = await work()
      if (turn === undefined) return done
      const { kind, key, fence: lease } = turn
      this.#world.judge.effect({ ...about, by: { kind, key, server: name }, lease })
      return done
    })
  }

  async #reach<T>(what: 'look' | 'effect', work: () => Promise<T>): Promise<T> {
    const { dice, isCalm, time, place } = this.#world
    return this.#server.gate.pass(what, async () => {
      const isBack = time.now() >= place.outageUntil
      if (isCalm || !isBack) return work()
      if (dice.chance(FAILS)) throw this.#failing('a call failed')
      if (dice.chance(IS_SLOW)) {
        this.#world.count('fault: a call took long')
        await time.advanceTo(time.now() + dice.between(1_000, SLOW_MS_MAX))
        await this.#server.beat()
      }
      const done = await work()
      if (what === 'effect' && dice.chance(FAILS_AFTERWARDS))
        throw this.#failing('a call failed after it was done')
      return done
    })
  }

  #failing(what: string): Fault {
    this.#world.count(`fault: ${what}`)
    return new Fault('target.unavailable', 'The connection was reset.', { remedy: '' })
  }
}
