/** Who gets what of a flag, and what is about to change, in words. */
import type { FlagPlace, FlagRules } from '../api/flags.ts'
import type { InWords } from './deployment.ts'
import { ago } from './text.ts'

/** The most important first: a kill, what waits, a ramp, and then what rests. */
export function placeInWords(place: FlagPlace | undefined, rest: string, now: number): InWords {
  if (place === undefined) return { text: `all get ${rest}`, tone: 'plain' }
  const { killed, rules, ramp, waiting } = place
  const after = waiting === null ? '' : `; ${rulesInWords(waiting.rules, rest)} waits`
  if (killed !== null) return { text: `killed, all get ${rest}${after}`, tone: 'bad' }
  const text = rules === null ? `all get ${rest}` : rulesInWords(rules, rest)
  if (waiting !== null) return { text: `${text}${after}`, tone: 'open' }
  if (ramp !== null) return { text: `${text}${nextStep(place, now)}`, tone: 'open' }
  return { text, tone: rules === null || isDefault(rules) ? 'plain' : 'good' }
}

export function rulesInWords({ shares, targeting }: FlagRules, rest: string): string {
  const parts = Object.entries(shares)
    .filter(([, share]) => share > 0)
    .map(([variant, share]) => `${variant} ${share} %`)
  const aimed = targeting.length === 0 ? [] : [`${targeting.length} targeted`]
  return [...parts, ...aimed].join(', ') || `all get ${rest}`
}

/** Due and not there: it waits for something, which its verdict names. */
function nextStep({ ramp, rules }: FlagPlace, now: number): string {
  const next = ramp?.steps.find((share) => share > (rules?.shares[ramp.variant] ?? 0))
  if (ramp === null || next === undefined) return ''
  return ramp.nextAt < now ? `, ${next} % waits` : `, ${next} % ${ago(ramp.nextAt, now)}`
}

/** What each variant gets, the default with what the others leave. */
export function sharesOf(
  rules: FlagRules | null,
  variants: readonly string[],
  rest: string,
): readonly { readonly variant: string; readonly share: number }[] {
  const given = variants
    .filter((variant) => variant !== rest)
    .map((variant) => ({ variant, share: rules?.shares[variant] ?? 0 }))
  const left = 100 - given.reduce((sum, { share }) => sum + share, 0)
  // Shares are told in thousandths: what floating point leaves behind them is nothing.
  return [...given, { variant: rest, share: Number(left.toFixed(3)) }]
}

export function conditionInWords({
  attribute,
  operator,
  values,
}: FlagRules['targeting'][number]['when'][number]): string {
  const is = { equals: 'is', in: 'is', endsWith: 'ends with' }[operator]
  return `${attribute} ${is} ${values.join(' or ')}`
}

const isDefault = ({ shares, targeting }: FlagRules) =>
  targeting.length === 0 && Object.values(shares).every((share) => share === 0)

/** How a change of it ended. */
export function changeInWords(outcome: string): InWords {
  if (outcome === 'succeeded') return { text: 'Done', tone: 'good' }
  if (outcome === 'kill') return { text: 'Killed', tone: 'bad' }
  if (outcome === 'waiting') return { text: 'Waits', tone: 'open' }
  return { text: outcome.charAt(0).toUpperCase() + outcome.slice(1), tone: 'plain' }
}

/** As the server takes steps: a list of percentages, each larger than the one before. */
export function stepsIn(text: string): readonly string[] | undefined {
  const steps = text.split(/[\s,]+/).filter((step) => step !== '')
  if (steps.length === 0 || !steps.every((step) => /^\d{1,3}(\.\d{1,3})?%?$/.test(step)))
    return undefined
  return steps.map((step) => (step.endsWith('%') ? step : `${step}%`))
}
