/** How the laws about emergencies are broken. */
import * as emergencies from './laws/emergencies.ts'
import { type Broken, DAY, MINUTE, prod, type Story } from './story.ts'

const HOUR = 60 * MINUTE
const terms = { incident: true, approvers: 1, lastsMs: 4 * HOUR, reviewDays: 3, keeps: [] }

const say = (story: Story, type: string, fields: object = {}, id = 'emg_1') =>
  story.tell('emergency', id, { type, emergency: id, ...prod, ...fields } as never)

function asked(story: Story, change: object = {}, id = 'emg_1'): unknown {
  const about = { ownerTeam: 'team-web', terms, lastsMs: 4 * HOUR, isAlone: false, overdue: [] }
  return say(story, 'emergency.requested', { by: 'dee', ...about, ...change }, id)
}

/** A Monday: three working days later it is Thursday. */
function started(story: Story, change: object = {}): unknown {
  const review = { dueAt: story.now + 3 * DAY, reviewers: 1 }
  return say(story, 'emergency.started', { endsAt: story.now + 4 * HOUR, review, ...change })
}

function standing(story: Story): void {
  story.now = Date.UTC(2026, 0, 5)
  const ana = { emails: [], roles: ['approver'], teams: ['team-web'] }
  story.tell('actor', 'ana', { type: 'actor.registered', ...ana })
  asked(story)
  say(story, 'emergency.approved', { by: 'ana' })
  started(story)
}

function used(story: Story, late: readonly string[]): unknown {
  const about = { promotion: 'prm_2', release: 'rel_2', version: '2', late }
  return say(story, 'emergency.used', about)
}

const review = (story: Story, type: string, by: string) =>
  story.tell('review', 'emg_1', { type, by, emergency: 'emg_1', ...prod } as never)

export const brokenEmergencies: readonly Broken[] = [
  [
    emergencies.emergencyAnswered,
    'the word of who asked',
    (story) => {
      standing(story)
      return say(story, 'emergency.approved', { by: 'dee' })
    },
  ],
  [
    emergencies.emergencyAnswered,
    'the word of a stranger',
    (story) => {
      standing(story)
      return say(story, 'emergency.approved', { by: 'fay' })
    },
  ],
  [
    emergencies.emergencyAnswered,
    'nobody’s word',
    (story) => {
      asked(story)
      return started(story)
    },
  ],
  [
    emergencies.emergencyAnswered,
    'a review that nobody remembers',
    (story) => {
      standing(story)
      story.now += 10 * DAY
      return asked(story, {}, 'emg_2')
    },
  ],
  [
    emergencies.rightsEnd,
    'a day of rights',
    (story) => {
      asked(story)
      return started(story, { endsAt: story.now + DAY })
    },
  ],
  [
    emergencies.rightsEnd,
    'a use when it is over',
    (story) => {
      standing(story)
      story.now += 5 * HOUR
      return used(story, [])
    },
  ],
  [
    emergencies.rightsEnd,
    'a hurry that has no emergency',
    (story) => {
      story.plan({ plan: { priority: 'emergency' } })
      return story.start('dep_2')
    },
  ],
  [
    emergencies.rightsEnd,
    'a start that it does not know of',
    (story) => {
      standing(story)
      story.plan({ plan: { priority: 'emergency' } })
      story.start('dep_2')
      return story.audit(MINUTE)
    },
  ],
  [
    emergencies.lateIsJudged,
    'a signature that is late',
    (story) => {
      standing(story)
      return used(story, ['signature'])
    },
  ],
  [
    emergencies.lateIsJudged,
    'a late check that nobody judges',
    (story) => {
      standing(story)
      used(story, ['soak'])
      return story.audit(DAY)
    },
  ],
  [
    emergencies.lateIsJudged,
    'a proof that nobody hears of',
    (story) => {
      standing(story)
      story.release('rel_2')
      used(story, ['soak'])
      const checks = [{ name: 'soak', state: 'failed' }]
      say(story, 'emergency.lateJudged', { promotion: 'prm_2', checks })
      const proof = { type: 'record.checkReceived', artifact: 'sha256:rel_2', outcome: 'succeeded' }
      story.tell('record', 'rec_1', proof as never)
      return story.audit(DAY)
    },
  ],
  [
    emergencies.reviewIsOwed,
    'no review at all',
    (story) => {
      standing(story)
      return story.audit(DAY)
    },
  ],
  [
    emergencies.reviewIsOwed,
    'one that is due on a Sunday',
    (story) => {
      standing(story)
      return started(story, { review: { dueAt: story.now + 6 * DAY, reviewers: 1 } })
    },
  ],
  [
    emergencies.reviewIsOwed,
    'who asked for it',
    (story) => {
      standing(story)
      return review(story, 'review.signed', 'dee')
    },
  ],
  [
    emergencies.reviewIsOwed,
    'a review of what still stands',
    (story) => {
      standing(story)
      review(story, 'review.signed', 'ana')
      return review(story, 'review.done', 'ana')
    },
  ],
  [
    emergencies.emergencyEnds,
    'one that nobody ends',
    (story) => {
      standing(story)
      return story.audit(DAY)
    },
  ],
  [
    emergencies.emergencyEnds,
    'a second one',
    (story) => {
      standing(story)
      return asked(story, {}, 'emg_2')
    },
  ],
]
