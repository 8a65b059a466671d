/**
 * Rules about the calendar: freezes, windows, and whether what is left of an opening is long
 * enough. They are about going forward alone. Nothing that takes a release back asks them.
 */
import { durationText } from '../expected-duration.ts'
import { rightsOf } from './emergency.ts'
import type { PromotionFacts } from './facts.ts'
import { type Finding, met, minuteOf, operators, type Rule, waiting } from './finding.ts'

export const freezes: Rule = (facts, now) => {
  const active = activeFreezes(facts, now)
  if (active.length === 0) return [met(facts, 'freeze.none', 'No freeze is active.')]
  const rights = rightsOf(facts, now)
  return active.map((freeze) => ({
    ...(rights !== undefined && !isHard(freeze)
      ? met(facts, 'freeze.passed', `An emergency does not wait for ${freeze.by}: ${freeze.reason}`)
      : frozen(facts, freeze)),
    policy: `freeze ${freeze.freeze}`,
  }))
}

function frozen(facts: PromotionFacts, freeze: PromotionFacts['freezes'][number]): Finding {
  return waiting(facts, 'freeze.active', `Frozen by ${freeze.by}: ${freeze.reason}`, {
    remedy: 'Wait for its end, or ask who declared it to lift it.',
    who: [freeze.by],
  })
}

export const windows: Rule = (facts, now) => {
  const { calendar } = facts
  const closures = activeClosures(facts, now)
  if (closures.length === 0) {
    if (calendar.windows.length === 0)
      return [met(facts, 'window.none', said('No window covers it.', calendar.note))]
    const open = `No window closes it (${calendar.windows.join(', ')}).`
    return [met(facts, 'window.open', said(open, calendar.note))]
  }
  if (rightsOf(facts, now) !== undefined)
    return [met(facts, 'window.passed', 'An emergency does not wait for windows.')]
  const next = calendar.openings.find(({ startsAt }) => startsAt > now)?.startsAt
  const remedy =
    next === undefined
      ? 'It does not open again in sight: change the window, or ask who applied it.'
      : `It opens ${minuteOf(next)}; or ask who applied the window to change it.`
  return closures.map(({ kind, name, reason, by }) => {
    const why = reason === '' ? '' : `: ${reason}`
    const what = kind === 'deny' ? `Closed by ${name}${why}.` : `It is outside of ${name}${why}.`
    const finding = waiting(facts, 'window.closed', said(what, calendar.note), { remedy, who: by })
    return { ...finding, policy: `window ${name}` }
  })
}

/** What begins now should end, or be taken back, before it closes. */
export const fits: Rule = (facts, now) => {
  const current = facts.calendar.openings.find((opening) => isIn(opening, now))
  // Closed is said by the other rules, and there is nothing yet that it could fit into.
  if (current === undefined) return []
  const takes = durationText(facts.takes)
  if (current.endsAt === null)
    return [met(facts, 'window.long-enough', 'Nothing on the calendar comes in its way.')]
  const closes = `it closes ${minuteOf(current.endsAt)}`
  if (isLongEnough(facts, current, now))
    return [met(facts, 'window.long-enough', `It takes ${takes}; ${closes}.`)]
  if (rightsOf(facts, now) !== undefined)
    return [met(facts, 'window.passed', `It takes ${takes}, and ${closes}; an emergency starts.`)]
  if (facts.override !== undefined) {
    const { by, reason } = facts.override
    const said = `It takes ${takes}, and ${closes}; ${by} lets it start: ${reason}`
    return [met(facts, 'window.overridden', said)]
  }
  const next = firstFit(facts, current.endsAt)
  return [
    waiting(facts, 'window.too-short', `It takes ${takes}, and ${closes}.`, {
      remedy:
        next === undefined
          ? 'No opening in sight is longer: widen a window, or shorten its steps and bake times.'
          : `It starts ${minuteOf(next)}, in the next opening that is long enough; or an ` +
            'operator overrides it: `signalbox calendar override`.',
      who: operators(facts),
    }),
  ]
}

/** When to ask again: what is frozen has thawed, it is open, and open for long enough. */
export function reopensAt(facts: PromotionFacts, now: number): number | undefined {
  const frozenUntil = Math.max(now, ...activeFreezes(facts, now).map(({ endsAt }) => endsAt))
  if (rightsOf(facts, now) !== undefined) {
    const hard = activeFreezes(facts, now).filter(isHard)
    return hard.length === 0 ? undefined : Math.max(...hard.map(({ endsAt }) => endsAt))
  }
  const at = firstFit(facts, frozenUntil)
  return at !== undefined && at > now ? at : undefined
}

function firstFit(facts: PromotionFacts, from: number): number | undefined {
  const { calendar, override } = facts
  const opening = calendar.openings.find(
    (each) => override !== undefined || isLongEnough(facts, each, from),
  )
  return opening && Math.max(opening.startsAt, from)
}

type Opening = PromotionFacts['calendar']['openings'][number]

function isLongEnough({ takes }: PromotionFacts, opening: Opening, from: number): boolean {
  const { startsAt, endsAt } = opening
  return endsAt === null || Math.max(startsAt, from) + takes.ms + takes.reserveMs <= endsAt
}

const isIn = ({ startsAt, endsAt }: Opening, now: number) =>
  startsAt <= now && (endsAt === null || now < endsAt)
const activeFreezes = (facts: PromotionFacts, now: number) =>
  facts.freezes.filter(({ endsAt }) => now < endsAt)
const isHard = ({ owner }: PromotionFacts['freezes'][number]) => typeof owner === 'string'
const activeClosures = (facts: PromotionFacts, now: number) =>
  facts.calendar.closures.filter(({ endsAt }) => endsAt === null || now < endsAt)
const said = (what: string, note: string) => (note === '' ? what : `${what} ${note}`)
