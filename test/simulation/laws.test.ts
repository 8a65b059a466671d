import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Verdict } from '#rollouts/events.ts'
import { aPlan, aRule } from '../support/rollout-fixtures.ts'
import { brokenEmergencies } from './broken-emergencies.ts'
import { brokenMore } from './broken-more.ts'
import { LAWS } from './laws/all.ts'
import * as movement from './laws/movement.ts'
import * as people from './laws/people.ts'
import * as progress from './laws/progress.ts'
import * as wayBack from './laws/way-back.ts'
import { type Broken, DAY, MINUTE, prod, Story, system } from './story.ts'

const broken: readonly Broken[] = [
  ...brokenMore,
  ...brokenEmergencies,
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
