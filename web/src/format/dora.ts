/** The five figures as people read them: value, target, of how many, and why there is none. */
import type { Dora, Figure, NoFigure } from '../api/insights.ts'
import type { Tone } from './deployment.ts'
import { duration, percent } from './text.ts'

export type FigureName = keyof Pick<
  Dora,
  'deploymentFrequency' | 'leadTime' | 'changeFailureRate' | 'recoveryTime' | 'reworkRate'
>

export interface KpiText {
  readonly value: string
  readonly more: string
  /** Against the target; plain where there is none, or nothing to compare. */
  readonly tone: Tone
  readonly target: string
  readonly of: string
}

/** What it is called, what it says, and which facts it is counted from. */
export const KPIS: Readonly<
  Record<FigureName, { readonly title: string; readonly says: string; readonly from: Facts }>
> = {
  deploymentFrequency: {
    title: 'Deployment frequency',
    says: 'Forward deployments to production that succeeded, by the days of the window.',
    from: 'deployments',
  },
  leadTime: {
    title: 'Lead time for changes',
    says: 'From a commit reaching its branch to the first successful production deployment with it, median. Changes of the first deployment that was ever seen are left out.',
    from: 'changes',
  },
  changeFailureRate: {
    title: 'Change failure rate',
    says: 'Of the deployments that users met: those rolled back, stuck, or confirmed as the cause of an incident.',
    from: 'deployments',
  },
  recoveryTime: {
    title: 'Failed deployment recovery time',
    says: 'From harm to its end, median over failed deployments. Once called MTTR.',
    from: 'deployments',
  },
  reworkRate: {
    title: 'Rework rate',
    says: 'Of the production deployments: those made only to undo another.',
    from: 'deployments',
  },
}
export type Facts = 'deployments' | 'changes'

const NO_FIGURE: Readonly<Record<NoFigure, string>> = {
  'no-deployments': 'nothing was deployed to production',
  'no-changes': 'no change came to production',
  'no-failures': 'no deployment failed',
  'none-recovered': 'none of the failed has recovered yet',
  'only-first-deployments': 'only first deployments, whose changes are older than what is known',
}

export function kpiInWords(name: FigureName, dora: Dora): KpiText {
  switch (name) {
    case 'deploymentFrequency': {
      const target = dora.targets?.deploymentFrequency ?? null
      const compared = against(dora[name].value, target, (value, least) => value >= least)
      return text(dora[name], rate, target === null ? '' : `at least ${rate(target)}`, compared)
    }
    case 'leadTime': {
      const target = dora.targets?.leadTimeMs ?? null
      const said = median(dora[name], target)
      const p90 = dora[name].value?.p90Ms
      return { ...said, more: p90 === undefined ? said.more : `p90 ${duration(p90)}` }
    }
    case 'changeFailureRate': {
      const target = dora.targets?.changeFailureRate ?? null
      const compared = against(dora[name].value, target, atMost)
      return text(dora[name], percent, most(target, percent), compared)
    }
    case 'recoveryTime': {
      const target = dora.targets?.recoveryTimeMs ?? null
      const said = median(dora[name], target)
      const open = dora[name].value?.open ?? 0
      return { ...said, more: open === 0 ? said.more : `${open} not recovered yet` }
    }
    case 'reworkRate':
      return text(dora[name], percent, '', 'plain')
  }
}

/** A time, by its median. */
function median(figure: Figure<{ readonly p50Ms: number }>, target: number | null): KpiText {
  const compared = against(figure.value?.p50Ms ?? null, target, atMost)
  return text(figure, ({ p50Ms }) => duration(p50Ms), most(target, duration), compared)
}

function text<T>(
  figure: Figure<T>,
  say: (value: T) => string,
  target: string,
  tone: Tone,
): KpiText {
  const of = `n = ${figure.n}`
  if (figure.reason !== undefined)
    return { value: 'not known', more: NO_FIGURE[figure.reason], tone: 'plain', target, of }
  return { value: say(figure.value), more: '', tone, target, of }
}

function against(
  value: number | null,
  target: number | null,
  reaches: (value: number, target: number) => boolean,
): Tone {
  if (value === null || target === null) return 'plain'
  return reaches(value, target) ? 'good' : 'bad'
}

const atMost = (value: number, target: number) => value <= target
const most = (target: number | null, say: (of: number) => string) =>
  target === null ? '' : `at most ${say(target)}`

/** In the unit in which it is no fraction of one. */
function rate(aDay: number): string {
  if (aDay >= 1) return `${Number(aDay.toFixed(1))} a day`
  if (aDay * 7 >= 0.995) return `${Number((aDay * 7).toFixed(1))} a week`
  return `${Number((aDay * 30).toFixed(1))} in 30 days`
}
