/**
 * Whether what begins now may end, or be taken back, before its slot closes. What goes in waves is
 * made to be left alone where a wave ends: it need only get that far before a window closes, and
 * bakes there overnight. A freeze is another matter: nobody is there for days, and two releases
 * that share the users should not do so for that long. So before a freeze it has to be whole.
 */
import { durationText } from '../expected-duration.ts'
import { rightsOf } from './emergency.ts'
import type { PromotionFacts } from './facts.ts'
import { met, minuteOf, operators, type Rule, waiting } from './finding.ts'

type Opening = PromotionFacts['calendar']['openings'][number]

export const fits: Rule = (facts, now) => {
  const current = facts.calendar.openings.find((opening) => isIn(opening, now))
  // Closed is said by the other rules, and there is nothing yet that it could fit into.
  if (current === undefined) return []
  const story = storyOf(facts, current, now)
  if (story === undefined)
    return [met(facts, 'window.long-enough', 'Nothing on the calendar comes in its way.')]
  if (isLongEnough(facts, current, now)) return [met(facts, 'window.long-enough', `${story}.`)]
  if (rightsOf(facts, now) !== undefined)
    return [met(facts, 'window.passed', `${story}; an emergency starts.`)]
  if (facts.override !== undefined) {
    const { by, reason } = facts.override
    return [met(facts, 'window.overridden', `${story}; ${by} lets it start: ${reason}`)]
  }
  const next = firstFit(facts, current.endsAt ?? now)
  return [
    waiting(facts, 'window.too-short', `${story}.`, {
      remedy:
        next === undefined
          ? 'No opening in sight is longer: widen a window, or shorten its steps and bake times.'
          : `It starts ${minuteOf(next)}, in the next opening that is long enough; or an ` +
            'operator overrides it: `signalbox calendar override`.',
      who: operators(facts),
    }),
  ]
}

/** The first instant from then on at which it may begin. */
export function firstFit(facts: PromotionFacts, from: number): number | undefined {
  const { calendar, override } = facts
  const opening = calendar.openings.find(
    (each) => override !== undefined || isLongEnough(facts, each, from),
  )
  return opening && Math.max(opening.startsAt, from)
}

/**
 * When its slot opens or closes next: what keeps it waiting is another thing from then on, also
 * where that opening is too short to begin in.
 */
export function turnsAt({ calendar }: PromotionFacts, now: number): number | undefined {
  const turns = calendar.openings.flatMap(({ startsAt, endsAt }) => [startsAt, endsAt ?? now])
  const ahead = turns.filter((at) => at > now)
  return ahead.length === 0 ? undefined : Math.min(...ahead)
}

function isLongEnough(facts: PromotionFacts, opening: Opening, from: number): boolean {
  const { ms, reserveMs, waves } = facts.takes
  const { startsAt, endsAt } = opening
  const start = Math.max(startsAt, from)
  const needMs = (waves?.[0]?.ms ?? ms) + reserveMs
  if (endsAt !== null && start + needMs > endsAt) return false
  const freeze = freezeAfter(facts, start)
  const whole = freeze && wholeAt(facts, start)
  return freeze === undefined || (whole !== undefined && whole + reserveMs <= freeze.startsAt)
}

/** Only what rests between its waves can be overtaken by a freeze that is not the next close. */
function freezeAfter({ takes, calendar }: PromotionFacts, start: number) {
  if (takes.waves === undefined) return undefined
  return calendar.freezesAhead?.find(({ startsAt }) => startsAt > start)
}

/** When its last wave has baked, if each begins as soon as the slot is open; undefined: unknown. */
function wholeAt({ takes, calendar }: PromotionFacts, start: number): number | undefined {
  let at = start
  for (const { ms, bakeMs } of takes.waves ?? []) {
    const opening = calendar.openings.find(({ endsAt }) => endsAt === null || endsAt > at)
    if (opening === undefined) return undefined
    at = Math.max(at, opening.startsAt) + ms + bakeMs
  }
  return at
}

/** Undefined when nothing comes in its way. */
function storyOf(facts: PromotionFacts, { endsAt }: Opening, now: number): string | undefined {
  const takes = durationText(facts.takes)
  const freeze = freezeAfter(facts, now)
  if (freeze === undefined)
    return endsAt === null ? undefined : `It takes ${takes}, and it closes ${minuteOf(endsAt)}`
  const whole = wholeAt(facts, now)
  const end = whole === undefined ? 'in no time that is known' : minuteOf(whole)
  const closes = endsAt === null ? '' : `; it closes ${minuteOf(endsAt)}`
  const before = `its last wave has baked ${end}, which must be before ${freeze.name} freezes it`
  return `It takes ${takes}${closes}; ${before} ${minuteOf(freeze.startsAt)}`
}

const isIn = ({ startsAt, endsAt }: Opening, now: number) =>
  startsAt <= now && (endsAt === null || now < endsAt)
