/**
 * Which reviews are due: one a team that owns services, as often as the most important of them asks
 * for, and one of everybody else. A team that has just come is looked at after its first period.
 */
import type { Tier } from '#catalog/events.ts'

const DAY_MS = 24 * 60 * 60 * 1000
/** A quarter in tiers 0 and 1, half a year elsewhere. */
const PERIOD_DAYS: Readonly<Record<Tier, number>> = { 0: 91, 1: 91, 2: 182, 3: 182 }
/** Who is in no owning team may hold everything: administrators, machines. */
const EVERYBODY_ELSE = '*'
/** Long enough to come back from a holiday. */
export const REVIEW_DAYS = 14

export interface ReviewedTeam {
  readonly team: string
  readonly periodMs: number
  readonly dueAt: number
}

export function reviewsDue(
  services: readonly { readonly owner: string; readonly tier: Tier; readonly since: number }[],
  last: ReadonlyMap<string, number>,
): readonly ReviewedTeam[] {
  const teams = [...Map.groupBy(services, ({ owner }) => owner)].map(([team, owned]) => {
    const days = Math.min(...owned.map(({ tier }) => PERIOD_DAYS[tier]))
    return { team, days, since: Math.min(...owned.map(({ since }) => since)) }
  })
  if (teams.length === 0) return []
  const since = Math.min(...teams.map((each) => each.since))
  return [...teams, { team: EVERYBODY_ELSE, days: PERIOD_DAYS[0], since }]
    .map(({ team, days, since: from }) => {
      const periodMs = days * DAY_MS
      return { team, periodMs, dueAt: (last.get(team) ?? from) + periodMs }
    })
    .toSorted((a, b) => a.dueAt - b.dueAt)
}
