/** How a deployment stands and what its analysis says, in words. */
import type { AnalysisVerdict, Deployment } from '../api/rollouts.ts'

export type Tone = 'good' | 'bad' | 'open' | 'plain'

export interface InWords {
  readonly text: string
  readonly tone: Tone
}

/** In a few words, the most important one first. */
export function stateInWords(deployment: Deployment): InWords {
  const { status, returnPoint, weight, readyAt, brake } = deployment
  if (status === 'finished') return endInWords(deployment)
  const goingBackTo = returnPoint === null ? 'Undoing' : `Going back to ${returnPoint.version}`
  if (status === 'undoing') return { text: goingBackTo, tone: 'bad' }
  if (status === 'paused') return { text: `Paused at ${weight} %`, tone: 'open' }
  if (readyAt === null) return { text: 'Starting instances', tone: 'open' }
  if (weight === 0) return { text: 'Ready, no traffic yet', tone: 'open' }
  if (brake !== null) return { text: `Braked from ${brake.from} % to ${weight} %`, tone: 'open' }
  return { text: `At ${weight} % of traffic`, tone: 'open' }
}

/** `unproven at 20 %`; empty: everything was shown. */
export function unprovenInWords(weights: readonly number[]): string {
  return weights.length === 0 ? '' : `unproven at ${weights.map((each) => `${each} %`).join(', ')}`
}

function endInWords(deployment: Deployment): InWords {
  const { outcome, kind, version, returnPoint, exposedAt } = deployment
  const unproven = unprovenInWords(deployment.unproven)
  // Who never had traffic left nothing to go back from.
  const before = returnPoint?.version ?? 'nothing'
  switch (outcome) {
    case 'succeeded':
      if (kind === 'rollback') return { text: `Back on ${version}`, tone: 'good' }
      return unproven === ''
        ? { text: 'Validated', tone: 'good' }
        : { text: `Validated, ${unproven}`, tone: 'open' }
    case 'rolledBack':
      return { text: `Rolled back to ${before}`, tone: 'bad' }
    case 'aborted':
      return {
        text: exposedAt === null ? 'Aborted before any traffic' : `Aborted, back on ${before}`,
        tone: 'bad',
      }
    case 'failed':
      return { text: 'Failed before any traffic', tone: 'bad' }
    case 'stuck':
      return { text: 'Stuck: traffic could not be given back', tone: 'bad' }
    case null:
      return { text: 'Finished', tone: 'plain' }
  }
}

const TONES: Readonly<Record<AnalysisVerdict['verdict'], Tone>> = {
  continue: 'good',
  hold: 'open',
  brake: 'open',
  freeze: 'bad',
  rollback: 'bad',
}

/** What the analysis says, as a sentence. */
export function verdictInWords(verdict: AnalysisVerdict): InWords {
  const tone = verdict.reason === 'watching' ? 'open' : TONES[verdict.verdict]
  return { text: sentence(verdict), tone }
}

function sentence({ verdict, reason, ratio, says }: AnalysisVerdict): string {
  const times = `about ${ratio.toFixed(1)} times as often as on stable`
  switch (reason) {
    case 'healthy':
      return 'Healthy: no worse than stable.'
    case 'watching':
      return 'Watching: too few requests at this weight to call it healthy.'
    case 'errors':
      return `Requests to the canary fail ${times}.`
    case 'p99':
      return `Requests to the canary are slow ${times}.`
    case 'guardrail':
      return 'Most requests to the canary fail while stable is well.'
    case 'both-arms-failing':
      return 'Stable fails together with the canary: going back would not help.'
    case 'canary-silent':
      return 'The canary answers nothing any more.'
    case 'no-traffic':
      return 'No requests reach the canary: there is nothing to judge.'
    case 'telemetry-gap':
      return 'No measurements arrive: nothing moves until they do.'
    case 'sample-ratio':
      return 'The canary does not get the share of requests that its weight promises.'
    default:
      return says ?? `${verdict}: ${reason}`
  }
}

/** The verdict in a word or two, for a row of a list. */
export function verdictInShort({ verdict, reason }: AnalysisVerdict): InWords {
  if (reason === 'watching') return { text: 'watching', tone: 'open' }
  const words = {
    continue: 'healthy',
    hold: 'on hold',
    brake: 'suspect',
    freeze: 'frozen',
    rollback: 'worse',
  }
  return { text: words[verdict], tone: TONES[verdict] }
}

/** What an abort takes back, and from whom. */
export function blastRadius({ weight, environment, version, returnPoint }: Deployment): string {
  if (weight === 0) return `${version} has no traffic in ${environment}; nobody notices.`
  const to =
    returnPoint === null ? 'nothing: there is no release to go back to' : returnPoint.version
  return `${weight} % of the requests to ${environment} go from ${version} to ${to}.`
}
