/**
 * What happens within seconds of something else: somebody watches a rollout from its first moment,
 * a host goes away just as traffic is to go back to it, a rollback meets a crash. Chance alone
 * would hardly ever hit these moments.
 */
import { UNDO_MS } from './laws/way-back.ts'
import type { AnyEvent } from './ledger.ts'
import type { People } from './people.ts'
import type { World } from './world.ts'

const SECOND_MS = 1_000
const WATCHED = 0.15
const LEFT_ALONE = 0.3
const LIFTED = 0.75
/** In haste, and often no better. */
const MENDED = 0.8
/** Who read what a release takes away; sometimes nobody does. */
const READERS_MAX = 4
const ANSWER_MS = 2 * 3_600_000

/** `mend` releases the service once more. */
export function watch(world: World, people: People, mend: Mend): void {
  const watchers = new Watchers(world, people, mend)
  world.whenSaid = (event, id) => watchers.hear(event, id)
}

type Mend = (service: string) => Promise<string>

class Watchers {
  readonly #mend: Mend
  readonly #world: World
  readonly #people: People

  constructor(world: World, people: People, mend: Mend) {
    this.#world = world
    this.#mend = mend
    this.#people = people
  }

  hear(event: AnyEvent, id: string): void {
    const { dice } = this.#people
    if (this.#world.isCalm) return
    if (event.type === 'deployment.started') {
      if (dice.chance(WATCHED)) this.#watch(event, id)
      if (event.kind === 'rollback') this.#trouble(id)
    }
    if (event.type === 'promotion.planned' && event.plan.noReturn !== undefined)
      for (let left = dice.between(0, READERS_MAX); left > 0; left--)
        this.#answer(() => this.#people.acceptNoReturn(id))
    if (event.type === 'deployment.finished' && event.outcome === 'rolledBack')
      if (dice.chance(MENDED)) this.#answer(() => this.#mend(event.service))
    if (event.type === 'deployment.paused') this.#answer(() => this.#decide(id))
    if (event.type === 'slot.held' && dice.chance(LIFTED))
      this.#answer(() => this.#people.resumeAs(this.#people.anybody('operator'), id))
    if (event.type === 'deployment.abortRequested') this.#look(UNDO_MS)
    if (event.type === 'deployment.started' && event.kind === 'rollback')
      this.#look(event.plan.readyMs + UNDO_MS)
    if (event.type === 'deployment.abortRequested' && dice.chance(LEFT_ALONE)) {
      const to = this.#world.ledger.deployments.get(id)?.start.returnPoint?.deployment
      if (to !== undefined) this.#soon(1, () => this.#crash(id, to, dice.between(60, 300)))
    }
  }

  /** Of a rollback: it is short, and its worst moments are shorter. */
  #trouble(id: string): void {
    const { dice } = this.#people
    const woe = dice.weighted({ none: 4, crash: 3, away: 3 })
    if (woe === 'crash') this.#soon(15, () => this.#crash(id, id, dice.between(20, 60)))
    if (woe === 'away') this.#soon(15, () => this.#away())
  }

  #watch(at: { readonly service: string; readonly environment: string }, id: string): void {
    const { dice } = this.#people
    const verb = dice.weighted({ hold: 4, abort: 1, pause: 1, advance: 1 })
    this.#soon(5, () =>
      verb === 'hold'
        ? this.#people.hold(`${at.environment}/${at.service}`)
        : this.#people.interfereAs(this.#people.anybody('operator'), id, verb),
    )
  }

  /** Whatever waits for a person is looked at within hours. */
  #answer(errand: () => Promise<string>): void {
    const { time } = this.#world
    this.#world.plan(time.now() + this.#people.dice.waitMs(ANSWER_MS), 'answer', errand)
  }

  #decide(id: string): Promise<string> {
    const verb = this.#people.dice.weighted({ advance: 3, resume: 2, abort: 3 })
    const { ledger } = this.#world
    const isPaused = ledger.moving.has(id) && ledger.deployments.get(id)?.isPaused
    // The one who looks is not always the one who may.
    if (isPaused) this.#answer(() => this.#decide(id))
    return isPaused
      ? this.#people.interfereAs(this.#people.anybody('operator'), id, verb)
      : Promise.resolve('it is not paused any more')
  }

  async #crash(deployment: string, group: string, forSeconds: number): Promise<string> {
    const at = this.#world.ledger.deployments.get(deployment)?.start
    if (at === undefined) return 'it is gone'
    this.#world.count('fault: instances crashed')
    this.#world.place.crash(at, group, forSeconds * SECOND_MS)
    await this.#world.broke(at)
    return `${group} crashed for ${forSeconds} s`
  }

  /** Longer than a target is waited for. */
  async #away(): Promise<string> {
    const { place, time } = this.#world
    this.#world.count('fault: a target was away')
    place.outageUntil = time.now() + 100 * SECOND_MS
    return 'the host is away'
  }

  /** The laws about time look once an hour; where minutes count, then too. */
  #look(afterMs: number): void {
    this.#world.plan(this.#world.time.now() + afterMs + SECOND_MS, 'audit', async () => {
      this.#world.judge.audit()
      return 'done'
    })
  }

  #soon(seconds: number, errand: () => Promise<string>): void {
    const { time } = this.#world
    const afterMs = this.#people.dice.between(1, seconds * SECOND_MS)
    this.#world.plan(time.now() + afterMs, 'watcher', errand)
  }
}
