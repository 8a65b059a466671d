/** Small histories for laws to judge, told event by event. */
import { aPlan, aRule, aStart } from '../support/rollout-fixtures.ts'
import { Dice } from './dice.ts'
import { type AnyEvent, Ledger } from './ledger.ts'
import type { Effect, Law, View } from './laws/law.ts'
import { natureOf } from './nature.ts'
import { Place } from './place.ts'
import { serviceSpec } from './setting.ts'

export const MINUTE = 60_000
export const DAY = 24 * 60 * MINUTE
export const prod = { service: 'shop', environment: 'prod' }
export const system = { by: 'system' }
type Loose = { readonly type: AnyEvent['type']; readonly [field: string]: unknown }

/** A small history, in which nothing is wrong yet. */
export class Story {
  readonly ledger = new Ledger()
  readonly place: Place
  readonly law: Law
  now = 0
  acted = 0
  brokenAt = -1

  constructor(law: Law) {
    this.law = law
    this.place = new Place({
      now: () => this.now,
      dice: new Dice('place'),
      natureOf: () => ({ ...natureOf(new Dice('1')), kind: 'good', comesUpMs: 0 }),
      requestsPerSecond: () => 10,
    })
    const spec = { ...serviceSpec(0), name: 'shop', path: ['dev', 'prod'], owner: 'team-web' }
    this.tell('service', 'shop', { type: 'service.registered', spec })
    for (const environment of ['dev', 'prod'])
      this.tell('slot', `${environment}/shop`, {
        type: 'slot.opened',
        service: 'shop',
        environment,
        port: 1,
      })
  }

  get view(): View {
    return {
      ...{ ledger: this.ledger, place: this.place, now: this.now },
      apartSince: () => 0,
      brokenAt: () => this.brokenAt,
      actedUnder: () => this.acted,
    }
  }

  /** What the law says to it, before it is folded. */
  tell(kind: string, id: string, fields: Loose, since = this.ledger.pos): unknown {
    const event = { at: this.now, by: 'system', ...fields } as unknown as AnyEvent
    const said = { pos: this.ledger.pos + 1, kind, id, event, recordedAt: this.now, since }
    const answer = this.law.said?.(said, this.view)
    this.ledger.fold(said)
    return answer
  }

  release(release: string, previous?: string, email = 'ana@example.org', more = {}): void {
    const hand = { name: '', email }
    const commits = [{ author: hand, committer: hand, coAuthors: [] }]
    const before = previous === undefined ? {} : { previous: { release: previous } }
    const facts = { service: 'shop', artifact: `sha256:${release}`, version: release, commits }
    this.tell('release', release, { type: 'release.created', ...facts, ...before, ...more })
  }

  start(deployment: string, change: object = {}): unknown {
    const artifact = 'sha256:rel_2'
    const about = { ...aStart, deployment, artifact, promotion: 'prm_2', ...change }
    return this.tell('deployment', deployment, { ...about, type: 'deployment.started' })
  }

  say(deployment: string, type: AnyEvent['type'], fields: object = {}): unknown {
    return this.tell('deployment', deployment, { type, ...fields })
  }

  slot(type: AnyEvent['type'], fields: object = {}, environment = 'prod'): unknown {
    return this.tell('slot', `${environment}/shop`, { type, ...prod, environment, ...fields })
  }

  plan(change: object = {}): void {
    const plan = { plan: aPlan, planHash: 'hash', approvals: { ...aRule, count: 1 } }
    const about = { promotion: 'prm_2', ...prod, release: 'rel_2', origin: 'automatic' }
    this.tell('promotion', 'prm_2', { type: 'promotion.planned', ...about, ...plan, ...change })
  }

  promotion(type: AnyEvent['type'], fields: object = {}): unknown {
    return this.tell('promotion', 'prm_2', { type, ...fields })
  }

  freeze(change: object = {}): void {
    const scope = { environments: ['*'], services: ['*'], startsAt: 0, endsAt: 10 * DAY }
    this.tell('freeze', 'sale', { type: 'freeze.declared', ...scope, ...change })
  }

  wishBack(what: 'abort' | 'rollback' | 'kill', code?: string): unknown {
    return this.law.refused?.(what, code, prod, this.view)
  }

  effect(change: Partial<Effect>): unknown {
    const by = { kind: 'deployment', key: 'dep_2', server: 'A' }
    const effect: Effect = { slot: prod, call: 'weigh', fence: 7, by, lease: 7, ...change }
    return this.law.effect?.(effect, this.view)
  }

  audit(afterMs: number): unknown {
    this.now += afterMs
    return this.law.audit?.(this.view)
  }

  /** In dev, from first instance to the end. */
  bakeInDev(bakedMs: number): void {
    this.start('dep_1', { environment: 'dev' })
    this.say('dep_1', 'deployment.weightSet', { step: 0, weight: 100 })
    this.say('dep_1', 'deployment.smokeTested', { passed: true })
    this.now += bakedMs
    this.say('dep_1', 'deployment.finished', { outcome: 'succeeded' })
  }
}

/** How a law is broken. */
export type Broken = readonly [law: Law, how: string, (story: Story) => unknown]
