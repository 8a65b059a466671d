/** How the laws about flags, and about what nobody can undo, are broken. */
import { aPlan, aRule } from '../support/rollout-fixtures.ts'
import * as flags from './laws/flags.ts'
import * as noReturn from './laws/no-return.ts'
import { type Broken, DAY, MINUTE, type Story } from './story.ts'

const place = { flag: 'fast', service: 'shop', environment: 'prod' }
const ramp = { variant: 'on', steps: [1, 50, 100], everyMs: 10 * MINUTE }
const rules = { shares: { on: 1 }, targeting: [] }

function flag(story: Story, type: string, fields: object = {}): unknown {
  return story.tell('flag', 'fast', { type, ...place, ...fields } as never)
}

function planned(story: Story, count = 0): void {
  const approvals = { ...aRule, count }
  flag(story, 'flag.planned', {
    change: 'flg_1',
    rules,
    ramp,
    planHash: 'hash',
    approvals,
    by: 'ana',
  })
}

/** Live, and on its way up. */
function ramping(story: Story): void {
  planned(story)
  flag(story, 'flag.changed', { change: 'flg_1', rules, ramp, revives: false })
}

const stepped = (story: Story, step = 1, change = 'flg_1') =>
  flag(story, 'flag.stepped', { step, change, rules })

const drops = { schema: { counts: { contract: 1, irreversible: 0 } } }

/** The second release drops what the first one runs with. */
function dropping(story: Story): void {
  story.release('rel_1')
  story.release('rel_2', 'rel_1', 'ana@example.org', drops)
  story.start('dep_1', { release: 'rel_1' })
  story.say('dep_1', 'deployment.instancesReady', { replicas: 2 })
  story.say('dep_1', 'deployment.finished', { outcome: 'succeeded' })
  const noReturn = { steps: [], count: 1 }
  story.plan({ plan: { ...aPlan, noReturn }, by: 'ben' })
}

const accepted = (story: Story, by: string, planHash = 'hash') =>
  story.promotion('promotion.noReturnAccepted', { by, planHash })

export const brokenMore: readonly Broken[] = [
  [
    flags.flagFreezeStands,
    'a step in a freeze',
    (story) => {
      ramping(story)
      story.freeze()
      story.now += DAY
      return stepped(story)
    },
  ],
  [
    flags.flagHoldStands,
    'a step after the hold',
    (story) => {
      ramping(story)
      story.slot('slot.held', { reason: 'stop' })
      return stepped(story)
    },
  ],
  [
    flags.rampInOrder,
    'a step too early',
    (story) => {
      ramping(story)
      story.now += MINUTE
      return stepped(story)
    },
  ],
  [
    flags.rampInOrder,
    'a step that is left out',
    (story) => {
      ramping(story)
      story.now += DAY
      return stepped(story, 2)
    },
  ],
  [
    flags.rampInOrder,
    'a ramp that was replaced',
    (story) => {
      ramping(story)
      story.now += DAY
      return stepped(story, 1, 'flg_0')
    },
  ],
  [
    flags.rampInOrder,
    'one that was killed',
    (story) => {
      ramping(story)
      flag(story, 'flag.killed', { reason: 'it hurts' })
      story.now += DAY
      return stepped(story)
    },
  ],
  [
    flags.flagApproved,
    'its requester says yes',
    (story) => {
      planned(story, 1)
      flag(story, 'flag.approved', { change: 'flg_1', planHash: 'hash', by: 'ana' })
      return flag(story, 'flag.changed', { change: 'flg_1', rules })
    },
  ],
  [
    flags.flagApproved,
    'a yes to another change',
    (story) => {
      planned(story, 1)
      flag(story, 'flag.approved', { change: 'flg_1', planHash: 'old', by: 'ben' })
      return flag(story, 'flag.changed', { change: 'flg_1', rules })
    },
  ],
  [flags.killPasses, 'a refusal', (story) => story.wishBack('kill', 'freeze.active')],
  [
    flags.rampGoesOn,
    'one that stands still',
    (story) => {
      ramping(story)
      return story.audit(DAY)
    },
  ],
  [
    noReturn.noReturnAnswered,
    'nobody’s word',
    (story) => {
      dropping(story)
      return story.start('dep_2')
    },
  ],
  [
    noReturn.noReturnAnswered,
    'a word for another plan',
    (story) => {
      dropping(story)
      accepted(story, 'cy', 'old')
      return story.start('dep_2')
    },
  ],
  [
    noReturn.noReturnAnswered,
    'the word of who asked for it',
    (story) => {
      dropping(story)
      accepted(story, 'ben')
      return story.start('dep_2')
    },
  ],
  [
    noReturn.noReturnAnswered,
    'the word of who wrote it',
    (story) => {
      dropping(story)
      accepted(story, 'ana')
      return story.start('dep_2')
    },
  ],
  [
    noReturn.floorStands,
    'an undo by automation',
    (story) => {
      dropping(story)
      story.start('dep_2')
      story.say('dep_2', 'deployment.weightSet', { step: 0, weight: 5 })
      return story.say('dep_2', 'deployment.abortRequested', { cause: 'analysis', by: 'system' })
    },
  ],
]
