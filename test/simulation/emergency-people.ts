/** What people do when something burns: they ask, answer, hurry, put it out, and look back. */
import { otherAccounts } from '#access/queries.ts'
import { emergencies } from '#rollouts/emergency/emergency.ts'
import type { EmergencyCommand } from '#rollouts/emergency/commands.ts'
import { reviews } from '#operations/review.ts'
import { promotions } from '#rollouts/promotion.ts'
import { emergencyNamed, isOver } from '#rollouts/queries/emergencies.ts'
import { gone, planByPerson } from '#rollouts/reconcilers/planning.ts'
import { standingOf, termsOf } from '#rollouts/routes/emergencies.ts'
import type { Rejection } from '#kernel/decider.ts'
import type { Dice } from './dice.ts'
import { nothing, type People } from './people.ts'
import type { World } from './world.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS
const REASON = 'nobody can pay any more'
const APPROVERS = 3
const HASTY = 2
const REVIEWERS = 4

export class EmergencyPeople {
  readonly #world: World
  readonly #people: People
  readonly #dice: Dice
  #made = 0

  constructor(world: World, people: People) {
    this.#world = world
    this.#people = people
    this.#dice = world.dice.fork('emergencies')
  }

  /** Somebody asks for one, and others come by who may have something to say. */
  begin(): Promise<string> {
    const where = this.#dice.chance(0.8) ? 'prod' : 'staging'
    const all = [...this.#world.ledger.slots.values()]
    const slot = this.#dice.pick(all.filter(({ environment }) => environment === where))
    if (slot === undefined) return nothing('emergency')
    const { service, environment } = slot
    const id = `emg_${this.#made++}`
    const lastsMs = this.#dice.chance(0.5) ? this.#dice.between(20, 260) * MINUTE_MS : undefined
    for (let left = APPROVERS; left > 0; left--) this.#later(HOUR_MS / 4, () => this.#approve(id))
    for (let left = HASTY; left > 0; left--) this.#later(HOUR_MS / 2, () => this.#hurry(slot))
    if (this.#dice.chance(0.3)) this.#later(2 * HOUR_MS, () => this.#end(id))
    for (let left = REVIEWERS; left > 0; left--) this.#later(3 * DAY_MS, () => this.#review(id))
    const wish = {
      reason: this.#dice.chance(0.95) ? REASON : 'fire',
      isAlone: this.#dice.chance(0.2),
      isDrill: environment !== 'prod' && this.#dice.chance(0.7),
      ...(this.#dice.chance(0.9) && { incident: 'inc_1' }),
      ...(lastsMs !== undefined && { lastsMs }),
    }
    const person = this.#people.anybody('developer')
    return this.#people.wish('emergency', person, ({ by, at, request }) =>
      this.#world.front.engine.execute(
        emergencies,
        id,
        async ({ reads }): Promise<EmergencyCommand | Rejection> => {
          const terms = await termsOf(reads, { service, environment }, at)
          if (terms === undefined) return gone
          const standing = await standingOf(reads, person)
          const about = { service, environment, emergency: id, ...wish, ...terms, standing }
          return { type: 'emergency.request', at, by, ...about }
        },
        request,
      ),
    )
  }

  /** At the end: what is owed is done. */
  async settle(): Promise<void> {
    for (const [id, { dueAt, reviewedAt }] of this.#world.ledger.emergencies.all)
      if (dueAt !== undefined && reviewedAt === undefined) await this.#review(id)
  }

  #approve(id: string): Promise<string> {
    if (!this.#world.ledger.emergencies.all.has(id)) return nothing('approve')
    const person = this.#people.anybody('approver')
    return this.#people.wish('emergency approve', person, ({ by, at, request }) =>
      this.#world.front.engine.execute(
        emergencies,
        id,
        async ({ reads }): Promise<EmergencyCommand> => {
          const standing = await standingOf(reads, person)
          return { type: 'emergency.approve', at, by, standing }
        },
        request,
      ),
    )
  }

  #end(id: string): Promise<string> {
    if (!this.#world.ledger.emergencies.all.has(id)) return nothing('end')
    const person = this.#people.anybody('developer')
    return this.#people.wish('emergency end', person, ({ by, at, request }) => {
      const command = { type: 'emergency.end', at, by, reason: REASON } as const
      return this.#world.front.engine.execute(emergencies, id, command, request)
    })
  }

  /** What there is goes in front of everything, whether or not somebody has said yes. */
  #hurry({ service, environment }: { service: string; environment: string }): Promise<string> {
    const line = this.#world.ledger.lines.get(service) ?? []
    const release = this.#dice.pick(line.slice(-2))
    if (release === undefined) return nothing('hurry')
    const promotion = `prm_${this.#world.ledger.pos}`
    const person = this.#people.anybody('developer')
    return this.#people.wish('emergency promote', person, ({ by, at, request }) => {
      const place = { service, environment, release, priority: 'emergency' } as const
      const about = { ...place, promotion, by, at }
      const command = ({ reads }: { reads: Parameters<typeof planByPerson>[0] }) =>
        planByPerson(reads, about)
      return this.#world.front.engine.execute(promotions, promotion, command, request)
    })
  }

  #review(id: string): Promise<string> {
    const book = this.#world.ledger.emergencies.all.get(id)
    if (book?.reviewOpenedAt === undefined || book.reviewedAt !== undefined)
      return nothing('review')
    const person = this.#people.anybody('approver')
    return this.#people.wish('review', person, ({ by, at, request }) =>
      this.#world.front.engine.execute(
        reviews,
        id,
        async ({ reads }) => {
          const emergency = await emergencyNamed(reads, id)
          const over = emergency !== undefined && isOver(emergency.state, at)
          const kind = 'person' as const
          const who = { at, by, kind, otherAccounts: await otherAccounts(reads, by) }
          return { type: 'review.sign', ...who, note: REASON, isOver: over } as const
        },
        request,
      ),
    )
  }

  #later(meanMs: number, errand: () => Promise<string>): void {
    const { time } = this.#world
    this.#world.plan(time.now() + this.#dice.waitMs(meanMs), 'emergency', errand)
  }
}
