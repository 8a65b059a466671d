/**
 * People, at their best and at their worst: they promote, approve (also what they may not), change
 * their minds, stop things and let them go on. Every wish goes the way it goes in the product: by a
 * command, with their own roles, sometimes through a server that dies under them, and then again.
 */
import { isRejection, type Rejection } from '#kernel/decider.ts'
import type { Actor, Role } from '#kernel/actor.ts'
import { deployments } from '#rollouts/deployment.ts'
import type { DeploymentCommand, PromotionCommand } from '#rollouts/commands.ts'
import { nameable } from '#rollouts/no-return.ts'
import { promotions } from '#rollouts/promotion.ts'
import { planByPerson } from '#rollouts/reconcilers/planning.ts'
import { startRollback } from '#rollouts/routes/start-rollback.ts'
import { slots } from '#rollouts/slot.ts'
import type { Request } from '#engine/engine.ts'
import { Killed } from '../support/virtual-loop.ts'
import type { Dice } from './dice.ts'
import type { PromotionBook } from './ledger.ts'
import { isOfTheWorld } from './server.ts'
import { PEOPLE, type Person } from './setting.ts'
import type { World } from './world.ts'

/** A refusal, or whatever was done. */
type Answer = Rejection | object | undefined
export type Wish = (asked: Asked) => Promise<Answer>

interface Asked {
  readonly by: string
  readonly at: number
  readonly request: Request
}

/** Others try it all the same. */
const ABLE = 0.75
const DIES_UNDER_THEM = 0.05
const DIES_OF = {
  'killed between two statements': 20,
  'connection lost in mid-statement': 15,
  'database restarted': 1,
} as const
const STATEMENTS_MAX = 8
const REASON = 'it is Tuesday, after all'

export class People {
  readonly #world: World
  readonly #dice: Dice
  #wishes = 0
  /** The one service that people think of just now. */
  #focus: string | undefined

  constructor(world: World) {
    this.#world = world
    this.#dice = world.dice.fork('people')
  }

  get dice(): Dice {
    return this.#dice
  }

  /** Mostly somebody who has the role, as far as one is asked for. */
  anybody(role?: Role): Person {
    const able = PEOPLE.filter(({ roles }) => role === undefined || roles.includes(role))
    const one = this.#dice.pick(this.#dice.chance(ABLE) ? able : PEOPLE)
    if (one === undefined) throw new Error('nobody is there')
    return one
  }

  /** Whatever is done in `work` is about that service. */
  async about(service: string, work: () => Promise<string>): Promise<string> {
    this.#focus = service
    try {
      return await work()
    } finally {
      this.#focus = undefined
    }
  }

  /** One wish; when the server dies under it, the same wish again by the same key. */
  async wish(name: string, person: Actor, wish: Wish): Promise<string> {
    const { front, isCalm, ledger } = this.#world
    const key = `wish-${this.#wishes++}`
    const roles = ledger.people.get(person.id)?.roles ?? person.roles
    const request: Request = { actor: { ...person, roles }, idempotencyKey: key }
    const dies = !isCalm && this.#dice.chance(DIES_UNDER_THEM)
    const what = this.#dice.weighted(DIES_OF)
    const share = this.#dice.next()
    const at = this.#dice.between(1, STATEMENTS_MAX)
    front.gate.reset(dies ? { at, what, share } : undefined)
    const asked = { by: person.id, at: front.now(), request }
    const answer = await this.#try(() => wish(asked))
    const said = answer !== undefined && 'rejected' in answer ? answer : undefined
    const told = isRejection(said ?? []) ? ((said as Rejection).code ?? '') : 'done'
    this.#world.count(`wish: ${name}, ${told === 'done' ? 'done' : 'refused'}`)
    return `${person.id}: ${told}`
  }

  async #try(wish: () => Promise<Answer>): Promise<Answer> {
    const { front } = this.#world
    try {
      return await wish()
    } catch (error) {
      if (!(error instanceof Killed) && !isOfTheWorld(error)) throw error
      front.restart()
      return await wish()
    } finally {
      front.gate.reset()
    }
  }

  /** Somebody says yes to something, whoever they are, and to whatever plan they saw. */
  approve(): Promise<string> {
    const id = this.#anyWaiting()
    const promotion = this.#world.ledger.promotions.get(id ?? '')
    if (id === undefined || promotion === undefined) return nothing('approve')
    const person = this.anybody('approver')
    const planHash = this.#dice.chance(0.1) ? promotion.plan.planHash : promotion.planHash
    if (this.#dice.chance(0.06))
      return this.#say('reject', person, id, { type: 'promotion.reject', reason: REASON })
    return this.approveAs(person, id, planHash)
  }

  approveAs(person: Person, id: string, planHash: string): Promise<string> {
    const { teams } = person
    const kind = 'person'
    const command = { type: 'promotion.approve', planHash, kind, teams: [...teams], note: '' }
    return this.#say('approve', person, id, command as Told<PromotionCommand>)
  }

  /** Somebody answers for what cannot be undone: by its names, or by what they think it is. */
  acceptNoReturn(id: string): Promise<string> {
    const promotion = this.#world.ledger.promotions.get(id)
    const isOpen = this.#world.ledger.waiting.has(id)
    if (promotion?.noReturn === undefined || !isOpen) return nothing('accept')
    const { plan, planHash: current, noReturn } = promotion
    const act = this.#dice.weighted({ accept: 12, unread: 2, other: 2, reject: 1 })
    const person = this.anybody('approver')
    if (act === 'reject')
      return this.#say('reject', person, id, { type: 'promotion.reject', reason: REASON })
    const names = act === 'unread' ? ['db/other.sql'] : [...nameable(noReturn)]
    const planHash = act === 'other' ? plan.planHash : current
    const said = { type: 'promotion.acceptNoReturn', planHash, kind: 'person', names } as const
    return this.#say('accept no return', person, id, { ...said, reason: REASON })
  }

  cancel(): Promise<string> {
    const id = this.#anyWaiting()
    if (id === undefined) return nothing('cancel')
    return this.cancelAs(this.anybody(), id)
  }

  cancelAs(person: Person, id: string): Promise<string> {
    return this.#say('cancel', person, id, { type: 'promotion.cancel', reason: REASON })
  }

  #say(name: string, person: Person, id: string, what: Told<PromotionCommand>): Promise<string> {
    return this.wish(name, person, ({ by, at, request }) => {
      const command = { ...what, by, at }
      return this.#world.front.engine.execute(promotions, id, command, request)
    })
  }

  /** One of the last releases, wherever it has been. */
  promote(): Promise<string> {
    const slot = this.#anySlot()
    const line = this.#world.ledger.lines.get(slot?.service ?? '') ?? []
    const release = this.#dice.pick(line.slice(-4))
    if (slot === undefined || release === undefined) return nothing('promote')
    const { service, environment } = slot
    const promotion = `prm_${this.#world.ledger.pos}`
    return this.wish('promote', this.anybody('developer'), ({ by, at, request }) => {
      const about = { service, environment, release, promotion, by, at }
      const command = ({ reads }: { reads: Parameters<typeof planByPerson>[0] }) =>
        planByPerson(reads, about)
      return this.#world.front.engine.execute(promotions, promotion, command, request)
    })
  }

  hold(id = this.#anySlot()?.id): Promise<string> {
    return id === undefined ? nothing('hold') : this.#tell('hold', this.anybody('operator'), id)
  }

  resume(): Promise<string> {
    const all = this.#minded([...this.#world.ledger.slots.values()])
    const held = all.filter(({ hold }) => hold !== undefined)
    const slot = this.#dice.pick(held)
    return slot === undefined
      ? nothing('resume')
      : this.#tell('resume', this.anybody('operator'), slot.id)
  }

  resumeAs(person: Person, id: string): Promise<string> {
    return this.#tell('resume', person, id)
  }

  #tell(verb: 'hold' | 'resume', person: Person, id: string): Promise<string> {
    return this.wish(verb, person, ({ by, at, request }) => {
      const command = { type: `slot.${verb}`, by, at, reason: REASON } as const
      return this.#world.front.engine.execute(slots, id, command, request)
    })
  }

  /** Back, to wherever the platform chooses or to something that was there before. */
  rollback(): Promise<string> {
    const all = this.#minded([...this.#world.ledger.slots.values()])
    // Where there is somewhere to go, mostly.
    const able = all.filter((each) => each.validated.size > 1 && each.holder === undefined)
    const slot = this.#dice.pick(able.length > 0 && this.#dice.chance(ABLE) ? able : all)
    if (slot === undefined) return nothing('rollback')
    const { service, environment } = slot
    const line = this.#world.ledger.lines.get(service) ?? []
    const to = this.#dice.chance(0.3) ? this.#dice.pick(line) : undefined
    const deployment = `dep_back_${this.#world.ledger.pos}`
    return this.wish('rollback', this.anybody('operator'), async ({ by, at, request }) => {
      const about = { service, environment, to, reason: REASON, deployment, by, at }
      const answer = await startRollback(this.#world.front.engine, about, request)
      this.#world.judge.refused('rollback', answer?.code, { service, environment })
      return answer
    })
  }

  /** To a deployment on its way. */
  interfere(): Promise<string> {
    const id = this.#anyMoving()
    if (id === undefined) return nothing('interfere')
    const verb = this.#dice.weighted({ abort: 2, pause: 3, resume: 4, advance: 2 })
    return this.interfereAs(this.anybody('operator'), id, verb)
  }

  interfereAs(
    person: Person,
    id: string,
    verb: 'abort' | 'pause' | 'resume' | 'advance',
  ): Promise<string> {
    return this.wish(verb, person, async ({ by, at, request }) => {
      const cause = { cause: 'person', reason: REASON }
      const command = { type: `deployment.${verb}`, by, at, ...cause } as DeploymentCommand
      const answer = await this.#world.front.engine.execute(deployments, id, command, request)
      const start = this.#world.ledger.deployments.get(id)?.start
      if (verb === 'abort' && start !== undefined)
        this.#world.judge.refused('abort', answer.rejected && answer.code, start)
      return answer
    })
  }

  #anySlot() {
    return this.#dice.pick(this.#minded([...this.#world.ledger.slots.values()]))
  }

  #anyWaiting(): string | undefined {
    const { waiting, promotions: all } = this.#world.ledger
    const some = [...waiting].flatMap((id) => all.get(id)?.plan ?? [])
    return this.#dice.pick(this.#minded(some))?.promotion
  }

  #anyMoving(): string | undefined {
    const { moving, deployments: all } = this.#world.ledger
    const some = [...moving].flatMap((id) => all.get(id)?.start ?? [])
    return this.#dice.pick(this.#minded(some))?.deployment
  }

  #minded<T extends { readonly service: string }>(all: readonly T[]): readonly T[] {
    return this.#focus === undefined ? all : all.filter(({ service }) => service === this.#focus)
  }

  /** Whoever may say yes to this and has not. */
  approversOf({ plan, rule, approvals }: PromotionBook): readonly Person[] {
    const owners = (person: Person) => (person.teams.includes(rule.ownerTeam) ? 0 : 1)
    const roles = (id: string) => this.#world.ledger.people.get(id)?.roles ?? []
    return PEOPLE.filter(({ id }) => id !== plan.by && !approvals.has(id))
      .filter(({ id }) => !rule.excluded.some(({ actor }) => actor === id))
      .filter(({ id }) => roles(id).some((role) => role === 'approver' || role === 'admin'))
      .toSorted((a, b) => owners(a) - owners(b))
  }
}

type Told<C> = C extends unknown ? Omit<C, 'at' | 'by'> : never

export const nothing = async (what: string): Promise<string> => `${what}: nothing to do`
