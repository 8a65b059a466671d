import { type Counted, endOf, isIn, none, type Window } from './answer.ts'
import type { Facts } from './facts/facts.ts'
import { grouped, ofAll, referenceOf } from './facts/told.ts'
import { meanInterval } from './statistics.ts'

const PLATFORM = 'release-platform'
/** Below, who answered what could be guessed. */
export const ANSWERS_MIN = 5

/**
 * K17, release-related support tickets: tickets of the class `release-platform` opened in the
 * window; for each 100 production deployments and each 100 active engineers beside it. One opened
 * again is not new.
 */
export function supportTickets(facts: Facts, window: Window): Counted {
  const all = facts.told.of('ticket.opened')
  if (all.length === 0) return none('no_source')
  const isOfPlatform = (one: (typeof all)[number]) =>
    one.class === PLATFORM || one.labels?.includes(PLATFORM) === true
  const opened = new Map(
    all
      .filter((one) => isOfPlatform(one) && one.isReopened !== true)
      .toReversed()
      .map((one) => [one.ticket, one]),
  )
  const inside = [...opened.values()]
    .filter(({ occurredAt }) => isIn(window, occurredAt))
    .sort((a, b) => a.occurredAt - b.occurredAt || (a.ticket < b.ticket ? -1 : 1))
  const deployments = facts.deployments.filter(
    (one) => one.isProduction && isIn(window, one.finishedAt),
  ).length
  const engineers = new Set(
    ofAll(facts.told, ['change.opened', 'change.merged'])
      .filter(({ occurredAt }) => isIn(window, occurredAt))
      .flatMap(({ author }) => author ?? []),
  ).size
  const per = (count: number) => (count === 0 ? null : (100 * inside.length) / count)
  return {
    answer: {
      value: inside.length,
      n: inside.length,
      per100Deployments: per(deployments),
      per100Engineers: per(engineers),
      deployments,
      engineers,
      reopened: all.filter(
        (one) => isOfPlatform(one) && one.isReopened === true && isIn(window, one.occurredAt),
      ).length,
    },
    parts: inside.map((one) => ({
      what: 'other' as const,
      id: one.ticket,
      at: one.occurredAt,
      counts: 'opened',
      from: [referenceOf(one)],
    })),
  }
}

/**
 * K18, stakeholder satisfaction: of the latest survey before the window's end, the mean of its
 * scores from 1 to 5, with how many of those asked answered and a 95 % interval. Fewer than five
 * answers are not shown, so that nobody is known by theirs.
 */
export function satisfaction(facts: Facts, window: Window): Counted {
  const at = endOf(window)
  const all = ofAll(facts.told, ['survey.sent', 'survey.responded'])
  if (all.length === 0) return none('no_source')
  const surveys = grouped(
    all.filter(({ occurredAt }) => occurredAt < at),
    ({ survey }) => survey,
  )
  // In the order in which they were begun: the last is the latest.
  const latest = [...surveys].at(-1)
  if (latest === undefined) return none('no_events')
  const [survey, its] = latest
  const scores = its.flatMap((one) => (one.type === 'survey.responded' ? [one.score] : []))
  const invited = its.findLast((one) => one.type === 'survey.sent')
  const asked = invited?.type === 'survey.sent' ? invited.invited : null
  const details = {
    survey,
    n: scores.length,
    invited: asked,
    responseRate: asked === null || asked === 0 ? null : scores.length / asked,
  }
  if (scores.length < ANSWERS_MIN) return none('n_too_small', details)
  const interval = meanInterval(scores)
  return {
    answer: {
      value: scores.reduce((sum, score) => sum + score, 0) / scores.length,
      ...details,
      ...(interval && { interval }),
    },
    // Nobody's own answer is shown.
    parts: its.slice(0, 1).map((one) => ({
      what: 'other' as const,
      id: survey,
      at: one.occurredAt,
      counts: `${scores.length} answers`,
      from: [],
    })),
  }
}
