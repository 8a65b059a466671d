import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Verdict } from '#rollouts/events.ts'
import { aPlan, aRule, aStart } from '../support/rollout-fixtures.ts'
import { Dice } from './dice.ts'
import { type AnyEvent, Ledger } from './ledger.ts'
import { LAWS } from './laws/all.ts'
import type { Effect, Law, View } from './laws/law.ts'
import * as movement from './laws/movement.ts'
import * as people from './laws/people.ts'
import * as progress from './laws/progress.ts'
import * as wayBack from './laws/way-back.ts'
import { natureOf } from './nature.ts'
import { Place } from './place.ts'
import { serviceSpec } from './setting.ts'

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE
const prod = { service: 'shop', environment: 'prod' }
const system = { by: 'system' }
type Loose = { readonly type: AnyEvent['type']; readonly [field: string]: unknown }

/** A small history, in which nothing is wrong yet. */
class Story {
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
    const spec = { ...serviceSpec(0), name: 'shop', path: ['dev', 'prod'] }
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
      ...{ ledger: this.ledger, place: this.place, now: this.now, skewMs: 0 },
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

  release(release: string, previous?: string, email = 'ana@example.org'): void {
    const hand = { name: '', email }
    const commits = [{ author: hand, committer: hand, coAuthors: [] }]
    const before = previous === undefined ? {} : { previous: { release: previous } }
    const facts = { service: 'shop', artifact: `sha256:${release}`, version: release, commits }
    this.tell('release', release, { type: 'release.created', ...facts, ...before })
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

  wishBack(what: 'abort' | 'rollback', code?: string): unknown {
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

const broken: readonly (readonly [law: Law, how: string, (story: Story) => unknown])[] = [
  [
    movement.fullBake,
    'half a bake',
    (story) => {
      story.bakeInDev(aPlan.bakeMs / 2)
      return story.start('dep_2')
    },
  ],
  [
    movement.fullBake,
    'another digest',
    (story) => {
      story.bakeInDev(aPlan.bakeMs)
      return story.effect({ call: 'ensure', digest: 'sha256:other' })
    },
  ],
  [
    movement.upWhenValidated,
    'one that crashed before',
    (story) => {
      const artifact = { digest: 'sha256:rel_2', path: '' }
      void story.place.ensure({ ...aPlan, slot: prod, group: 'dep_2', artifact, fence: 1, port: 1 })
      story.place.crash(prod, 'dep_2', DAY)
      story.now += MINUTE
      const deployed = { deployment: 'dep_2', release: 'rel_2', version: '2', artifact: '' }
      return story.slot('release.validated', { deployed })
    },
  ],
  [
    movement.oneHolder,
    'two of them',
    (story) => {
      story.slot('slot.acquired', { deployment: 'dep_1', fence: 1 })
      return story.slot('slot.acquired', { deployment: 'dep_2', fence: 2 })
    },
  ],
  [
    movement.oneHolder,
    'a fence that was given before',
    (story) => {
      story.slot('slot.acquired', { deployment: 'dep_1', fence: 1 })
      story.slot('slot.released', { deployment: 'dep_1', fence: 1 })
      return story.slot('slot.acquired', { deployment: 'dep_2', fence: 1 })
    },
  ],
  [
    movement.oneDoer,
    'one who was replaced',
    (story) => {
      story.acted = 8
      return story.effect({})
    },
  ],
  [
    movement.holdStands,
    'an automatic start',
    (story) => {
      story.plan()
      story.slot('slot.held', { reason: 'stop' })
      return story.start('dep_2')
    },
  ],
  [
    movement.holdStands,
    'a step after the hold',
    (story) => {
      story.start('dep_2')
      story.slot('slot.held', { reason: 'stop' })
      return story.say('dep_2', 'deployment.weightSet', { step: 1, weight: 50 })
    },
  ],
  [
    movement.vetoStands,
    'a start all the same',
    (story) => {
      story.release('rel_2')
      story.tell('release', 'rel_2', { type: 'release.vetoed', environment: 'prod' })
      return story.start('dep_2')
    },
  ],
  [
    movement.freezeStands,
    'a start all the same',
    (story) => {
      story.freeze()
      return story.start('dep_2')
    },
  ],
  [
    people.notOneself,
    'the requester says yes',
    (story) => {
      story.plan({ by: 'ana' })
      return story.promotion('promotion.approved', { by: 'ana', planHash: 'hash' })
    },
  ],
  [
    people.notOneself,
    'an author of what was between',
    (story) => {
      const ana = { emails: ['ana@example.org'], roles: ['approver'] }
      story.tell('actor', 'ana', { type: 'actor.registered', ...ana })
      story.release('rel_1')
      story.release('rel_2', 'rel_1', 'ben@example.org')
      story.plan()
      story.promotion('promotion.approved', { by: 'ana', planHash: 'hash' })
      return story.promotion('promotion.started', { deployment: 'dep_2' })
    },
  ],
  [
    people.boundToPlan,
    'a yes to another plan',
    (story) => {
      story.tell('actor', 'cy', { type: 'actor.registered', emails: [], roles: ['approver'] })
      story.plan()
      story.promotion('promotion.approved', { by: 'cy', planHash: 'hash' })
      const approvals = { ...aRule, count: 1 }
      story.promotion('promotion.replanned', { plan: aPlan, planHash: 'new', approvals })
      return story.promotion('promotion.started', { deployment: 'dep_2' })
    },
  ],
  [wayBack.freezeLetsBack, 'a refusal', (story) => story.wishBack('rollback', 'freeze.active')],
  [
    wayBack.hardFreezeAlone,
    'a rollback that a plain freeze refuses',
    (story) => {
      story.freeze()
      return story.wishBack('rollback', 'rollback.hard-frozen')
    },
  ],
  [
    wayBack.hardFreezeAlone,
    'an abort that is refused',
    (story) => {
      story.freeze({ hard: { owner: 'eli' } })
      return story.wishBack('abort', 'rollback.hard-frozen')
    },
  ],
  [
    wayBack.hardFreezeAlone,
    'a rollback that a hard one lets pass',
    (story) => {
      story.freeze({ hard: { owner: 'eli' } })
      return story.wishBack('rollback')
    },
  ],
  [
    wayBack.freezeLetsBack,
    'a rollback that gets nowhere',
    (story) => {
      story.freeze()
      story.start('dep_2', { kind: 'rollback' })
      return story.audit(DAY)
    },
  ],
  [
    wayBack.undoEnds,
    'one that lasts',
    (story) => {
      story.start('dep_2')
      story.say('dep_2', 'deployment.abortRequested', { cause: 'health' })
      return story.audit(10 * MINUTE)
    },
  ],
  [
    wayBack.backAtReturnPoint,
    'traffic that nobody has',
    (story) => {
      story.start('dep_2')
      story.say('dep_2', 'deployment.weightSet', { step: 0, weight: 10 })
      story.say('dep_2', 'deployment.abortRequested', { cause: 'health' })
      const returnPoint = { deployment: 'dep_1', release: 'rel_1', version: '1', artifact: '' }
      const end = { ...prod, outcome: 'rolledBack', returnPoint }
      return story.say('dep_2', 'deployment.finished', end)
    },
  ],
  [
    wayBack.noRollbackOfRollback,
    'one by automation',
    (story) => {
      story.start('dep_2', { kind: 'rollback', by: 'ana' })
      story.say('dep_2', 'deployment.weightSet', { step: 0, weight: 100 })
      return story.say('dep_2', 'deployment.abortRequested', { cause: 'health', ...system })
    },
  ],
  [
    wayBack.noFlapping,
    'a third try',
    (story) => {
      let answer: unknown
      for (const deployment of ['dep_2', 'dep_3']) {
        story.start(deployment)
        story.say(deployment, 'deployment.finished', { outcome: 'rolledBack' })
        answer = story.slot('slot.released', { deployment, fence: 1 })
        story.now += MINUTE
      }
      return answer
    },
  ],
  [
    wayBack.settledServes,
    'nobody serves',
    (story) => {
      story.start('dep_2')
      story.say('dep_2', 'deployment.finished', { outcome: 'succeeded' })
      story.slot('slot.settled', { deployed: { deployment: 'dep_2', release: 'rel_2' } })
      const artifact = { digest: 'sha256:rel_2', path: '' }
      const group = { ...aPlan, slot: prod, group: 'dep_2', artifact, fence: 1, port: 1 }
      void story.place.ensure(group)
      return story.audit(DAY)
    },
  ],
  [
    progress.deploymentEnds,
    'one that stands still',
    (story) => {
      story.start('dep_2')
      return story.audit(DAY)
    },
  ],
  [
    progress.promotionEnds,
    'one that may start',
    (story) => {
      story.plan({ approvals: { ...aRule, count: 0 } })
      const verdict: Verdict = { verdict: 'allow', reasons: [], whoCanAct: [] }
      story.promotion('promotion.judged', { verdict })
      return story.audit(DAY)
    },
  ],
  [
    progress.promotionEnds,
    'one that nobody answers',
    (story) => {
      story.plan()
      return story.audit(3 * DAY)
    },
  ],
]

describe('a law', () => {
  for (const [law, how, story] of broken)
    it(`is broken by ${how}: ${law.name}`, () => {
      assert.match(String(story(new Story(law))), / /)
    })

  it('of the list is broken by something', () => {
    const shown = new Set(broken.map(([law]) => law))
    assert.deepEqual(
      LAWS.filter((law) => !shown.has(law)).map(({ name }) => name),
      [],
    )
  })

  it('holds where all is well', () => {
    for (const law of LAWS) {
      const story = new Story(law)
      story.bakeInDev(aPlan.bakeMs)
      const answers = [
        story.start('dep_2'),
        story.effect({ call: 'ensure', digest: 'sha256:rel_2' }),
        story.slot('slot.acquired', { deployment: 'dep_2', fence: 1 }),
        story.audit(MINUTE),
      ]
      for (const answer of answers) assert.ok(answer === true || answer === undefined)
    }
  })
})
