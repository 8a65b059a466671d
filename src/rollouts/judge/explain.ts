/** The verdict as it is stored: what was found, by which figures, and in a sentence. */
import type { AnalysisVerdict, MetricFinding } from '../events.ts'
import { logEvidence } from './bet.ts'
import { type Combined, timesOf } from './combine.ts'
import type { JudgeState } from './count.ts'
import type { Interval } from './interval.ts'
import type { Finding, JudgeReason } from './judge.ts'
import type { Proposal } from './ramp.ts'
import type { JudgeSettings } from './settings.ts'

/** A number that people and JSON can hold; nobody needs to know more. */
const EVIDENCE_SHOWN_MAX = 1e12

interface Known {
  readonly finding: Finding
  readonly evidence: Combined
  readonly proposal: Proposal | undefined
  /** Of the ratio metrics, in their order. */
  readonly intervals: readonly Interval[]
  readonly weight: number | undefined
}

export function explain(
  settings: JudgeSettings,
  state: JudgeState,
  { finding, evidence, proposal, intervals, weight }: Known,
): AnalysisVerdict {
  const { verdict, reason } = finding
  const { canary, stable, badServed } = state.totals
  const ratio = finding.ratio ?? evidence.ratio
  const served = Math.max(0, badServed)
  return {
    verdict,
    reason,
    evidence: shown(evidence.logTotal),
    threshold: 1 / settings.alpha,
    ratio,
    class: classOf(reason),
    says: sentence(reason, { ratio, served, requests: canary.requests }),
    metrics: findings(settings, state, evidence, intervals),
    counts: { canary, stable },
    badServed: served,
    badAvoided: avoided(served, { canary, stable }),
    ...(weight !== undefined && { propose: weight }),
    ...(proposal !== undefined && { isProven: proposal.isProven }),
  }
}

type Class = NonNullable<AnalysisVerdict['class']>
/** Those that a service has named itself. */
type Named = `${'sli' | 'past-sli' | 'gauge'}-${string}`
const isNamed = (reason: JudgeReason): reason is Named => /^(past-)?sli-|^gauge-/.test(reason)

function classOf(reason: JudgeReason): Class {
  if (isNamed(reason)) return reason.startsWith('gauge-') ? 'inconclusive' : 'fail'
  return CLASSES[reason]
}

const CLASSES: Readonly<Record<Exclude<JudgeReason, Named>, Class>> = {
  healthy: 'pass',
  errors: 'fail',
  p99: 'fail',
  p90: 'fail',
  rank: 'fail',
  'past-errors': 'fail',
  'past-p99': 'fail',
  'past-p90': 'fail',
  'past-rank': 'fail',
  guardrail: 'fail',
  promise: 'fail',
  'canary-silent': 'fail',
  'both-arms-failing': 'inconclusive',
  suspect: 'inconclusive',
  'brakes-worn': 'inconclusive',
  'no-traffic': 'inconclusive',
  'sample-ratio': 'inconclusive',
  unproven: 'inconclusive',
  watching: 'inconclusive',
  'telemetry-gap': 'error',
  'telemetry-lost': 'error',
}

function findings(
  settings: JudgeSettings,
  state: JudgeState,
  { stakes, isConvicted, leading }: Combined,
  intervals: readonly Interval[],
): readonly MetricFinding[] {
  return settings.metrics.flatMap((metric, i) => {
    const found = state.metrics[i]
    if (found === undefined) return []
    const log = logEvidence(found)
    return {
      id: metric.id,
      evidence: shown(log),
      ratio: short(timesOf(found)),
      ...(found.kind === 'ratio' && rounded(intervals[i])),
      // By its stake: whoever has as much is worth a rollback alone, or has most of what was.
      isNamed:
        !metric.isDry &&
        ((isConvicted && metric.id === leading) ||
          log + Math.log(stakes[i] ?? 0) >= Math.log(1 / settings.alpha)),
      isDry: metric.isDry,
    }
  })
}

/** At the rate at which it failed, by the requests that it did not get. */
function avoided(
  served: number,
  { canary, stable }: Pick<JudgeState['totals'], 'canary' | 'stable'>,
) {
  return canary.requests > 0 ? Math.round((served * stable.requests) / canary.requests) : 0
}

interface Figures {
  readonly ratio: number
  readonly served: number
  readonly requests: number
}

function sentence(reason: JudgeReason, { ratio, served, requests }: Figures): string {
  const times = `about ${ratio.toFixed(1)} times as often as on the stable release`
  const harm = `${Math.round(served)} bad requests were served because of it.`
  if (isNamed(reason)) {
    const name = reason.replace(/^(past-)?(sli|gauge)-/, '')
    if (reason.startsWith('gauge-')) return `${name} of the canary is too high: nothing moves.`
    return reason.startsWith('sli-')
      ? `${name} fails on the canary ${times}.`
      : `${name} fails about ${ratio.toFixed(1)} times as often as before this release.`
  }
  switch (reason) {
    case 'healthy':
      return `No worse than the stable release in ${requests} requests.`
    case 'watching':
      return `Watching: ${requests} requests so far, too few at this weight to call it healthy.`
    case 'errors':
      return `Requests to the canary fail ${times}; ${harm}`
    case 'p99':
    case 'p90':
      return `Requests to the canary are among the slowest ${times}.`
    case 'rank':
      return 'Requests to the canary are slower than those to the stable release, all in all.'
    case 'past-errors':
      return `Requests fail about ${ratio.toFixed(1)} times as often as before this release.`
    case 'past-p99':
    case 'past-p90':
    case 'past-rank':
      return `Requests are slow about ${ratio.toFixed(1)} times as often as before this release.`
    case 'guardrail':
      return `Most requests to the canary fail while the stable release is well; ${harm}`
    case 'promise':
      return 'The canary breaks the limit of failures that this service promises to keep.'
    case 'both-arms-failing':
      return 'The stable release fails together with the canary: going back would not help.'
    case 'suspect':
      return 'It looks bad, though it may be a burst: traffic is cut to a tenth to make sure.'
    case 'brakes-worn':
      return 'It looked bad for a moment again and again: a person should look.'
    case 'canary-silent':
      return 'The canary answers nothing any more while the stable release goes on.'
    case 'no-traffic':
      return 'No requests reach the canary: there is nothing to judge.'
    case 'telemetry-gap':
      return 'No measurements arrive: nothing moves until they do.'
    case 'telemetry-lost':
      return 'Measurements have been missing for too long: mend them, or decide yourself.'
    case 'sample-ratio':
      return 'The canary does not get the share of requests that its weight promises.'
    case 'unproven':
      return 'It has not been shown to be no worse in the time given: a person decides.'
  }
}

function shown(log: number): number {
  return Math.min(EVIDENCE_SHOWN_MAX, short(Math.exp(log)))
}

/** More digits than anybody reads. */
function short(value: number): number {
  return value < 1e6 ? Math.round(value * 1e6) / 1e6 : Math.round(value)
}

/** The ends of the grid are open: nothing is known beyond. */
function rounded(interval: Interval | undefined) {
  if (interval === undefined) return {}
  const { low, high } = interval
  return {
    ...(low > 0.26 && { low: short(low) }),
    ...(high < 1e3 && { high: short(high) }),
  }
}
