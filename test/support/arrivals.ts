/**
 * Two slots, a line of releases and a clock, with the real deciders and nothing else: automation and
 * people want things in any order, and what the rules make of it is written down. Tests only.
 */
import assert from 'node:assert/strict'
import fc from 'fast-check'
import { isRejection } from '#kernel/decider.ts'
import type { SlotCommand } from '#rollouts/commands.ts'
import { decide } from '#rollouts/decide.ts'
import type { Deployed, Priority } from '#rollouts/events.ts'
import { deploymentOf } from '#rollouts/promotion.ts'
import { type Active, aheadOf, type InLine, replacementFor } from '#rollouts/queue.ts'
import { preempts } from '#rollouts/reconcilers/preempt.ts'
import type { PromotionFacts } from '#rollouts/rules/facts.ts'
import { slot, type SlotState } from '#rollouts/slot.ts'
import { clearFacts, MINUTE } from './rollout-fixtures.ts'

export const BAKE_MS = 10 * MINUTE
export type Place = 'dev' | 'prod'
export type Policy = 'queue' | 'supersede-waiting'

export type Arrival =
  | { readonly do: 'release' }
  | { readonly do: 'hotfix'; readonly place: Place; readonly back: number }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'fail'; readonly place: Place }

const places = fc.constantFrom('dev' as const, 'prod' as const)
const arrival: fc.Arbitrary<Arrival> = fc.oneof(
  { weight: 4, arbitrary: fc.constant({ do: 'release' } as const) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('wait' as const),
      ms: fc.constantFrom(1, BAKE_MS / 3, BAKE_MS - 1, BAKE_MS),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('hotfix' as const), place: places, back: fc.nat(2) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('fail' as const), place: places }) },
)
/** Any order in which things may come. */
export const arrivalOrders = fc.array(arrival, { minLength: 4, maxLength: 24 })
interface Wish extends InLine {
  readonly place: Place
  readonly release: number
}
interface Moving extends Deployed {
  readonly wish: Wish
  readonly startedAt: number
  readonly returnPoint: Deployed | null
}
export interface Started {
  readonly place: Place
  readonly release: number
  readonly returnPoint: Deployed | null
  readonly at: number
}

export class Arrivals {
  now = 0
  releases = 0
  readonly policy: Policy
  readonly slots: Record<Place, SlotState>
  readonly moving: Partial<Record<Place, Moving>> = {}
  waiting: Wish[] = []
  readonly planned = new Set<string>()
  /** Releases that stood at 100 % for the whole bake, and when that was over. */
  readonly baked: Record<Place, Map<number, number>> = { dev: new Map(), prod: new Map() }
  readonly started: Started[] = []
  readonly hotfixes = new Set<string>()

  constructor(policy: Policy) {
    this.policy = policy
    const opened = (environment: Place) => ({
      ...slot.initial,
      opened: { service: 'shop', environment, port: 1 },
    })
    this.slots = { dev: opened('dev'), prod: opened('prod') }
  }

  take(arrival: Arrival): void {
    switch (arrival.do) {
      case 'release':
        this.releases++
        break
      case 'hotfix': {
        const release = this.releases - arrival.back
        if (release > 0) this.plan(arrival.place, release, 'person', 'hotfix')
        break
      }
      case 'wait':
        this.now += arrival.ms
        break
      case 'fail':
        this.end(arrival.place, 'rolledBack')
    }
    this.settle()
  }

  plan(place: Place, release: number, origin: Wish['origin'], priority: Priority): void {
    const promotion = `prm_${place}-${release}-${origin}`
    if (this.planned.has(promotion)) return
    this.planned.add(promotion)
    this.waiting.push({ promotion, place, release, origin, priority, order: release })
  }

  /** What automation wants is the newest, or each in its turn. */
  candidates(place: Place): readonly number[] {
    const deployed = Number(this.slots[place].settled?.version ?? 0)
    const arrived =
      place === 'prod'
        ? [...this.baked.dev.keys()]
        : Array.from({ length: this.releases }, (_, i) => i + 1)
    const eligible = arrived.filter((release) => release > deployed).sort((a, b) => a - b)
    return this.policy === 'queue' && deployed > 0 ? eligible : eligible.slice(-1)
  }

  /** What reconcilers do, until nothing more is to be done. */
  settle(): void {
    for (const place of ['dev', 'prod'] as const) {
      const there = this.moving[place]
      if (there !== undefined && this.now >= there.startedAt + BAKE_MS) this.end(place, 'succeeded')
    }
    for (let turns = 0, isMoving = true; isMoving; turns++) {
      assert.ok(turns < 200, 'two minds that disagree')
      for (const place of ['dev', 'prod'] as const)
        for (const release of this.slots[place].hold === undefined ? this.candidates(place) : [])
          this.plan(place, release, 'automatic', 'normal')
      isMoving = this.waiting.some((wish) => this.act(wish))
    }
  }

  /** Whether something changed. */
  act(wish: Wish): boolean {
    const line = this.waiting.filter(({ place }) => place === wish.place)
    const facts = this.facts(wish, line)
    const { verdict, reasons } = decide(facts, this.now)
    const isGone =
      replacementFor(facts.queue.policy, line, wish) !== undefined || verdict === 'deny'
    if (isGone) this.waiting = this.waiting.filter((each) => each !== wish)
    else if (verdict === 'allow') this.start(wish)
    else if (preempts({ reasons })) this.end(wish.place, 'aborted')
    else return false
    return true
  }

  facts(wish: Wish, line: readonly Wish[]): PromotionFacts {
    const { place, release, origin, priority } = wish
    const { settled, hold, holder } = this.slots[place]
    const policy = priority === 'normal' ? this.policy : 'preempt'
    const dated = (order: number) => ({
      release: `rel_${order}`,
      version: `${order}`,
      createdAt: order,
    })
    return {
      ...clearFacts,
      origin,
      priority,
      release: dated(release),
      deployment: deploymentOf(wish.promotion),
      rule: { ...clearFacts.rule, count: 0, ownersMin: 0 },
      upstream:
        place === 'dev'
          ? null
          : {
              environment: 'dev',
              isValidated: this.baked.dev.has(release),
              isVetoed: false,
              isRolledBack: this.slots.dev.hold?.badRelease === `rel_${release}`,
            },
      slot: {
        isOpen: true,
        holder: holder?.deployment,
        active: this.active(place),
        hold,
        deployed: settled && dated(Number(settled.version)),
        relation: settled && relation(release, Number(settled.version)),
        isHotfix: this.hotfixes.has(settled?.deployment ?? ''),
      },
      queue: { policy, protectMs: 24 * 60 * MINUTE },
      ahead: aheadOf(policy, line, wish),
    }
  }

  active(place: Place): Active | undefined {
    const there = this.moving[place]
    return (
      there && {
        deployment: there.deployment,
        version: there.version,
        kind: 'forward',
        priority: there.wish.priority,
        isUndoing: false,
        exposedAt: there.startedAt,
        returnTo: there.returnPoint?.version ?? null,
        isBelowFloor: false,
      }
    )
  }

  start(wish: Wish): void {
    const { place, release, promotion } = wish
    this.waiting = this.waiting.filter((each) => each !== wish)
    const deployment = deploymentOf(promotion)
    if (wish.priority !== 'normal') this.hotfixes.add(deployment)
    const about = { deployment, release: `rel_${release}`, version: `${release}`, artifact: '' }
    const returnPoint = this.slots[place].validated
    this.say(place, { type: 'slot.acquire', at: this.now, by: 'system', deployment })
    this.moving[place] = { ...about, wish, startedAt: this.now, returnPoint }
    this.started.push({ place, release, returnPoint, at: this.now })
  }

  end(place: Place, outcome: 'succeeded' | 'rolledBack' | 'aborted'): void {
    const there = this.moving[place]
    if (there === undefined) return
    delete this.moving[place]
    const { deployment, release, version, artifact, returnPoint, wish } = there
    const { baked } = this
    if (outcome === 'succeeded' && !baked[place].has(wish.release))
      baked[place].set(wish.release, this.now)
    if (outcome === 'aborted') {
      // It is not bad: automation may want it again.
      this.planned.delete(wish.promotion)
    }
    this.say(place, {
      type: 'slot.conclude',
      at: this.now,
      by: 'system',
      deployed: { deployment, release, version, artifact },
      kind: 'forward',
      outcome,
      reason: 'said',
      isExposed: true,
      isProduction: place === 'prod',
      isPreempted: outcome === 'aborted',
      returnPoint,
      undosLastDay: 0,
    })
  }

  say(place: Place, command: SlotCommand): void {
    const answer = slot.decide(command, this.slots[place])
    if (isRejection(answer)) assert.fail(answer.message)
    this.slots[place] = answer.reduce(slot.evolve, this.slots[place])
  }
}

/** There is one line, and each contains all before it. */
function relation(one: number, other: number) {
  if (one === other) return 'same'
  return one > other ? 'newer' : 'older'
}
