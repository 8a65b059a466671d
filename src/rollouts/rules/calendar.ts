/**
 * Rules about the calendar: freezes and windows; fits.ts asks whether an opening is long enough.
 * They are about going forward alone. Nothing that takes a release back asks them.
 */
import { rightsOf } from './emergency.ts'
import type { PromotionFacts } from './facts.ts'
import { type Finding, met, minuteOf, type Rule, waiting } from './finding.ts'
import { firstFit } from './fits.ts'

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

const activeFreezes = (facts: PromotionFacts, now: number) =>
  facts.freezes.filter(({ endsAt }) => now < endsAt)
const isHard = ({ owner }: PromotionFacts['freezes'][number]) => typeof owner === 'string'
const activeClosures = (facts: PromotionFacts, now: number) =>
  facts.calendar.closures.filter(({ endsAt }) => endsAt === null || now < endsAt)
const said = (what: string, note: string) => (note === '' ? what : `${what} ${note}`)
