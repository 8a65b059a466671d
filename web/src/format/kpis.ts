/** The twenty figures as people read them: value, interval, target, of how many, and why none. */
import type { Kpi, KpiMeasured, KpiReason, KpiUnit } from '../api/insights.ts'
import type { InWords, Tone } from './deployment.ts'
import { count, duration, percent } from './text.ts'

export interface KpiText {
  readonly value: string
  /** Why there is none; empty: there is one. */
  readonly why: string
  /** In which the true share lies, most likely; empty: none is known. */
  readonly interval: string
  readonly target: string
  /** Against the target; plain where there is none, or nothing to compare. */
  readonly tone: Tone
  readonly of: string
}

const REASONS: Readonly<Record<KpiReason, string>> = {
  no_source: 'nobody tells such things yet',
  no_events: 'nothing of it happened in these days',
  n_too_small: 'too few to say',
  not_applicable: 'does not apply here',
}

export function valueText(unit: KpiUnit, value: number): string {
  switch (unit) {
    case 'ms':
      return duration(value)
    case 'share':
      return percent(value)
    case 'perDay':
      return rate(value)
    case 'score':
      return `${value.toFixed(1)} of 5`
    case 'count':
      return count(Math.round(value * 100) / 100)
  }
}

/** In the unit in which it is no fraction of one. */
function rate(aDay: number): string {
  if (aDay >= 1) return `${Number(aDay.toFixed(1))} a day`
  if (aDay * 7 >= 0.995) return `${Number((aDay * 7).toFixed(1))} a week`
  return `${Number((aDay * 30).toFixed(1))} in 30 days`
}

export function kpiText(
  unit: KpiUnit,
  { value, reason, n, interval, target }: KpiMeasured,
): KpiText {
  const of = `n = ${count(n)}`
  const held = target === null ? '' : targetText(unit, target)
  if (value === null) {
    const why = reason === undefined ? 'not known' : REASONS[reason]
    return { value: 'not known', why, interval: '', target: held, tone: 'plain', of }
  }
  const range =
    interval === undefined
      ? ''
      : `${valueText(unit, interval[0])} to ${valueText(unit, interval[1])}`
  const met = target?.isMet ?? null
  const tone = met === null ? 'plain' : met ? 'good' : 'bad'
  return { value: valueText(unit, value), why: '', interval: range, target: held, tone, of }
}

function targetText(unit: KpiUnit, { of, isAtMost, value }: NonNullable<Kpi['target']>): string {
  const which = of === 'p90' ? 'nine of ten ' : ''
  return `${which}${isAtMost ? 'at most' : 'at least'} ${valueText(unit, value)}`
}

/** `met`, `missed`, or why nobody can say. */
export function heldText({ target, value }: KpiMeasured): string {
  if (target === null) return 'no target'
  if (target.isMet === null) return value === null ? 'cannot be compared' : 'not comparable'
  return target.isMet ? 'met' : 'missed'
}

/** Of all together there is no one target: how those tiers stand that have one of their own. */
export function tiersInWords(tiers: Kpi['tiers']): InWords {
  const held = Object.entries(tiers).filter(([, { target }]) => (target?.isMet ?? null) !== null)
  const missed = held.filter(([, { target }]) => target?.isMet === false).map(([tier]) => tier)
  if (held.length === 0) return { text: 'no target', tone: 'plain' }
  if (missed.length === 0) return { text: 'met in every tier with a target', tone: 'good' }
  return { text: `missed in tier ${missed.join(' and ')}`, tone: 'bad' }
}

/** For narrow columns; what `why` says stands beside it to be pointed at. */
export const NO_FIGURE = 'no figure'

interface Words {
  readonly says: string
  /** Where one goes to do something about it. */
  readonly group: Group
}
export const GROUPS = ['Delivery', 'Pipelines', 'Safety', 'Platform'] as const
type Group = (typeof GROUPS)[number]

/** What each says, short; docs/guides/insights.md has every rule. */
export const KPI_WORDS: Readonly<Record<string, Words>> = {
  deploymentFrequency: {
    group: 'Delivery',
    says: 'Successful forward deployments to production, by the days of the window.',
  },
  leadTime: {
    group: 'Delivery',
    says: 'Of each change: from its branch to the end of the first successful production deployment that contains it; median.',
  },
  changeFailureRate: {
    group: 'Delivery',
    says: 'Of the deployments that users met: those that are confirmed to have failed, by rollback, analysis, revert or incident.',
  },
  recoveryTime: {
    group: 'Delivery',
    says: 'From the start of the harm to the earliest of rollback, remedy and mitigation; median of those that recovered. Once called MTTR.',
  },
  reworkRate: {
    group: 'Delivery',
    says: 'Of all finished production deployments: the unplanned, made because of an incident.',
  },
  deploymentSuccessRate: {
    group: 'Pipelines',
    says: 'Succeeded, of those that succeeded, failed or timed out. What was stopped on purpose is left out.',
  },
  pipelineSuccessRate: {
    group: 'Pipelines',
    says: 'Of the runs on the default branch: green at the first attempt, or by attempts of automation.',
  },
  pipelineDuration: {
    group: 'Pipelines',
    says: 'Of successful runs on the default branch: from the push to the artifact; median.',
  },
  flakyTestRate: {
    group: 'Pipelines',
    says: 'Runs with a test that failed and passed on one commit, of the runs with reports.',
  },
  timeToDiagnose: {
    group: 'Pipelines',
    says: 'From the failure of a run to its first confirmed diagnosis; median.',
  },
  rollbackReadiness: {
    group: 'Safety',
    says: 'Of the active services of tier 0 and 1: with a fresh rollback runbook, and a way back that was proven lately.',
  },
  progressiveDelivery: {
    group: 'Safety',
    says: 'Of the services that deployed: those with canary, blue-green or flag at least four times of five.',
  },
  traceability: {
    group: 'Safety',
    says: 'Of the successful deployments: commit, ticket and provenance known. What nobody deployed counts as untraced.',
  },
  gateCoverage: {
    group: 'Safety',
    says: 'Of the runs bound for production: every required check ran. Skipped and waived are not run.',
  },
  cveFixTime: {
    group: 'Safety',
    says: 'Of each critical CVE: from its presence in production until no production environment runs it; median.',
  },
  templateAdoption: {
    group: 'Platform',
    says: 'Of the active services: on a template, with nothing overridden that may not be.',
  },
  supportTickets: {
    group: 'Platform',
    says: 'Tickets about releasing itself. One opened again is not new.',
  },
  satisfaction: {
    group: 'Platform',
    says: 'The mean of the latest survey; hidden below five answers.',
  },
  documentationFreshness: {
    group: 'Platform',
    says: 'Of the runbooks of active services: reviewed in time, and not overtaken by a change.',
  },
  availability: {
    group: 'Platform',
    says: 'Of the minutes of every pool: those in which jobs started in time. A minute that nobody knows of is not good.',
  },
}
