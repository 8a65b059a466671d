/** Bad luck of the world outside: hosts, instances, counters, and wake-ups that mean nothing. */
import type { Dice } from './dice.ts'
import { environments } from './setting.ts'
import type { World } from './world.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

const SAID = {
  crash: 'instances crashed',
  forget: 'a host forgot everything',
  outage: 'a target was away',
  unmeasured: 'counters were away',
  wakeTwice: 'woken for nothing',
  clock: 'a clock was minutes off after a restart',
} as const

export class Luck {
  readonly #world: World
  readonly #dice: Dice

  constructor(world: World) {
    this.#world = world
    this.#dice = world.dice.fork('luck')
  }

  /** Something, somewhere. */
  async strike(): Promise<string> {
    const { place, time, ledger, front } = this.#world
    const luck = this.#dice.weighted({
      crash: 4,
      forget: 2,
      outage: 1,
      unmeasured: 2,
      wakeTwice: 4,
      clock: 3,
    })
    this.#world.count(`fault: ${SAID[luck]}`)
    const now = time.now()
    if (luck === 'outage') {
      place.outageUntil = now + this.#dice.waitMs(MINUTE_MS)
      return `the host is away for ${place.outageUntil - now} ms`
    }
    if (luck === 'unmeasured') {
      place.unmeasuredUntil = now + this.#dice.waitMs(5 * MINUTE_MS)
      return `counters are away for ${place.unmeasuredUntil - now} ms`
    }
    if (luck === 'wakeTwice') {
      const kinds = [
        ...[...ledger.moving].map((key) => ({ kind: 'deployment', key })),
        ...[...ledger.waiting].map((key) => ({ kind: 'promotion', key })),
        ...[...ledger.slots.keys()].map((key) => ({ kind: 'slot', key })),
        ...[...ledger.services.keys()].map((key) => ({ kind: 'autopromote', key })),
        ...environments.map(({ name: key }) => ({ kind: 'addresses', key })),
        { kind: 'waiting', key: '*' },
      ]
      await front.engine.wake(kinds.filter(() => this.#dice.chance(0.5)))
      return 'many were woken for nothing'
    }
    return luck === 'clock' ? this.#misset() : this.#break(luck)
  }

  /** A server starts anew, on a machine that is minutes off until somebody sets it right. */
  #misset(): string {
    const { servers, front, clocks, time } = this.#world
    const able = [...servers, front].filter(
      ({ name, turn }) => turn === undefined && clocks.isRight(name),
    )
    const server = this.#dice.pick(able)
    if (server === undefined) return 'none is to start anew'
    server.restart()
    const ms = clocks.jump(server.name)
    this.#world.plan(time.now() + this.#dice.waitMs(HOUR_MS), 'clock', async () => {
      if (clocks.isRight(server.name)) return 'it is right'
      this.#world.count('fault: a clock was set right while a server ran')
      clocks.setRight(server.name)
      return `${server.name} is right again`
    })
    return `${server.name} starts, ${ms} ms off`
  }

  /** Instances crash, or a host forgets, preferably where something is going on. */
  breakIn(service: string): Promise<string> {
    return this.#break(this.#dice.pick(['crash', 'forget'] as const) ?? 'crash', service)
  }

  async #break(luck: 'crash' | 'forget', service?: string): Promise<string> {
    const { place } = this.#world
    const all = [...place.slots.values()].filter(
      ({ slot }) => service === undefined || slot.service === service,
    )
    const busy = all.filter(({ groups }) => groups.size > 1)
    const found = this.#dice.pick(busy.length > 0 && this.#dice.chance(0.5) ? busy : all)
    if (found === undefined) return 'nothing runs'
    const { slot, groups } = found
    if (luck === 'forget') {
      place.forget(slot)
      this.#world.judge.forgot(slot)
    } else
      place.crash(slot, this.#dice.pick([...groups.keys()]) ?? '', this.#dice.waitMs(MINUTE_MS / 2))
    await this.#world.broke(slot)
    return `${luck} ${slot.environment}/${slot.service}`
  }
}
