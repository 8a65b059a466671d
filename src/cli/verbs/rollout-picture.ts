/**
 * A canary's evidence in a terminal: for each metric the ratio with its interval, on a scale that
 * has "as bad as stable" in its middle, and how far its evidence is from the decision. No colour
 * says anything that a sign does not.
 */
import type { Deployment } from '../answers.ts'
import { bar } from '../output.ts'

type Verdict = NonNullable<Deployment['verdict']>
type Metric = NonNullable<Verdict['metrics']>[number]

/** All of a line, and with it these, fits into eighty columns. */
const RATIO_WIDTH = 25
const COLUMNS = 78
/** On the ruler, beside the words in its middle. */
const BEFORE = (RATIO_WIDTH - 1) / 2 - 5
/** From a quarter to four times as bad; further out is the end of the line. */
const LOG_RATIO_MAX = Math.log(4)
const EVIDENCE_WIDTH = 8

/** Empty where nothing was judged yet. */
export function pictureOf({ verdict }: Pick<Deployment, 'verdict'>): string[] {
  if (verdict === null || verdict.metrics === undefined) return []
  const { counts, badServed = 0, badAvoided = 0, says } = verdict
  const ruler = `${' '.repeat(9)}¼${' '.repeat(BEFORE)}as stable${' '.repeat(BEFORE)}4×`
  const lines = verdict.metrics.map((metric) => lineOf(metric, verdict.threshold))
  const arms = counts && [
    `  canary ${armText(counts.canary)}; stable ${armText(counts.stable)}`,
    `  ${Math.round(badServed)} bad served because of it, ${Math.round(badAvoided)} spared`,
  ]
  return [ruler.trimEnd(), ...lines, ...(arms ?? []), ...wrapped(says ?? '')]
}

function lineOf({ id, ratio, low, high, evidence, isDry }: Metric, threshold: number): string {
  const [from, to] = [end(low, 'less'), end(high, 'more')]
  const range = low === undefined && high === undefined ? '' : ` (${from} to ${to})`
  const dry = isDry ? '  new: only shown' : ''
  const far = Math.log(Math.max(1, evidence)) / Math.log(threshold)
  const share = `${bar(Math.min(1, far), EVIDENCE_WIDTH)} ${short(evidence)} of ${short(threshold)}`
  const likely = `${short(ratio)}×${range}${dry}`
  return `  ${id.padEnd(7)}${intervalBar({ ratio, low, high })}  ${share}  ${likely}`
}

/** `·····├──●────┤··│···`: what is still believable, and what is likely. */
export function intervalBar({ ratio, low, high }: Pick<Metric, 'ratio' | 'low' | 'high'>): string {
  const from = placeOf(low ?? 0)
  const to = placeOf(high ?? Number.POSITIVE_INFINITY)
  const middle = placeOf(1)
  const at = Math.min(to, Math.max(from, placeOf(ratio)))
  const isKnown = low !== undefined || high !== undefined
  return Array.from({ length: RATIO_WIDTH }, (_, i) => {
    if (i === at) return '●'
    if (isKnown && i === from) return low === undefined ? '‹' : '├'
    if (isKnown && i === to) return high === undefined ? '›' : '┤'
    if (i === middle) return '│'
    return isKnown && i > from && i < to ? '─' : '·'
  }).join('')
}

function placeOf(ratio: number): number {
  const log = Math.log(Math.max(1e-9, ratio))
  const part = (Math.max(-1, Math.min(1, log / LOG_RATIO_MAX)) + 1) / 2
  return Math.round(part * (RATIO_WIDTH - 1))
}

const end = (value: number | undefined, beyond: string) =>
  value === undefined ? beyond : short(value)
function wrapped(text: string): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const line = `${lines.pop() ?? ' '} ${word}`
    if (line.length <= COLUMNS) lines.push(line)
    else lines.push(line.slice(0, -word.length - 1), `  ${word}`)
  }
  return text === '' ? [] : lines
}

const armText = ({ requests, bad }: { readonly requests: number; readonly bad: number }) =>
  `${requests} requests, ${bad} bad`
const short = (value: number) =>
  value >= 1000 ? value.toExponential(1) : value >= 10 ? value.toFixed(0) : value.toFixed(1)
