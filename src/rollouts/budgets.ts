/**
 * How long a verdict that says nothing may last. Errors are the measuring's, inconclusive ones the
 * situation's: each has a budget of its own, neither ever takes anything back, and at the end of
 * either a person is asked, who is told which one it was.
 */
import { formatDuration } from '#kernel/duration.ts'
import type { AnalysisVerdict } from './events.ts'
import type { Moving, Running } from './deployment-state.ts'

export interface Streak {
  readonly budget: 'error' | 'inconclusive'
  readonly since: number
  readonly ticks: number
}

/** Fewer measurements in a row are chance, however far apart they are. */
const TICKS_MIN = 5
/** These have a patience of their own, or ask at once. */
const OTHERWISE_BOUNDED = new Set(['no-traffic', 'suspect', 'brakes-worn', 'unproven'])

/** What counts against a budget, in a row; anything else begins anew. */
export function streakAfter(
  { streak }: Moving,
  verdict: AnalysisVerdict,
  at: number,
): Streak | undefined {
  const budget = budgetOf(verdict)
  if (budget === undefined) return undefined
  const isSame = streak?.budget === budget
  return isSame ? { ...streak, ticks: streak.ticks + 1 } : { budget, since: at, ticks: 1 }
}

/** Why a person is asked, when a budget is spent. */
export function spentBudget(
  { about, streak, lastVerdict }: Running,
  now: number,
): { readonly budget: Streak['budget']; readonly reason: string } | undefined {
  const { plan, kind } = about
  const isJudged = plan.strategy === 'canary' || plan.waves !== undefined
  const { budgets } = plan.analysis
  if (budgets === undefined || streak === undefined || !isJudged || kind === 'rollback')
    return undefined
  const { budget, since, ticks } = streak
  const ms = budget === 'error' ? budgets.errorMs : budgets.inconclusiveMs
  if (ticks < TICKS_MIN || now < since + ms) return undefined
  const what = budget === 'error' ? 'nothing could be measured' : 'the analysis was inconclusive'
  const why = lastVerdict?.says ?? lastVerdict?.reason ?? ''
  const spent = `${budget} budget is spent: ${what} for ${formatDuration(now - since)}.`
  return { budget, reason: `${spent} ${why}`.trimEnd() }
}

function budgetOf(verdict: AnalysisVerdict): Streak['budget'] | undefined {
  if (verdict.class === 'error') return 'error'
  const isHeld = verdict.verdict === 'hold' || verdict.verdict === 'freeze'
  return isHeld && !OTHERWISE_BOUNDED.has(verdict.reason) ? 'inconclusive' : undefined
}
