/**
 * How long a healthy canary will need to be proven, by the traffic that its slot is known to have;
 * said before it starts, with what would shorten it. A release that cannot be proven in time is no
 * worse for it, and whoever waits for it should know before and not after.
 */
import { formatDuration } from '#kernel/duration.ts'
import type { PromotionPlan } from './events.ts'
import { BETA, forecast } from './judge/ramp.ts'
import { settingsFrom } from './judge/settings.ts'
import { shareAtMost } from './judge/share-bound.ts'
import type { Traffic } from './traffic.ts'

export interface ProofForecast {
  /** Percent: what it rests on is the ramp's cap, where it will be most of the time. */
  readonly weight: number
  /** Null: never, or nobody knows. */
  readonly ms: number | null
  /** Whether that is before its patience ends. */
  readonly isInTime: boolean
  readonly traffic: Traffic | null
  readonly says: string
  /** What would make it shorter; empty where it is short enough. */
  readonly advice: string
}

/** One request in a hundred is slow by definition, so slowness is proven by requests alone. */
const SLOW_SHARE = 0.01
/** Beyond these nobody raises a cap or a margin to have an answer. */
const CAP_MAX = 50
const DELTA_MAX = 0.05
/** Longer is as good as never. */
const NEVER_MS = 366 * 86_400_000
const MINUTE_MS = 60_000
/** Halvings of the margin's range, on a log scale. */
const ROUNDS = 30

/** Null: its plan has no ramp, so nothing is to be proven. */
export function proofForecast(
  { analysis }: Pick<PromotionPlan, 'analysis'>,
  traffic: Traffic | undefined,
): ProofForecast | null {
  const { ramp } = analysis
  if (ramp === undefined) return null
  const { weightCap: weight, patienceMs, whenUnproven } = ramp
  if (traffic === undefined)
    return {
      ...{ weight, ms: null, isInTime: false, traffic: null, advice: '' },
      says: 'How long a proof takes is not known: no rollout was measured here yet.',
    }
  const ms = proofMs(analysis, traffic, weight)
  const isInTime = ms <= patienceMs
  const then = whenUnproven === 'ask' ? 'a person is asked' : 'it goes on, flagged unproven'
  const bound = isInTime ? '' : `; after ${formatDuration(patienceMs)} ${then}`
  const takes =
    ms >= NEVER_MS ? 'a proof is not in sight' : `a proof needs about ${roughly(ms)} at ${weight} %`
  return {
    weight,
    ms: ms >= NEVER_MS ? null : Math.round(ms),
    isInTime,
    traffic,
    says: `At ${trafficText(traffic)} ${takes}${bound}.`,
    advice: isInTime ? '' : adviceFor(analysis, traffic, ms),
  }
}

type Analysis = PromotionPlan['analysis']

function proofMs(analysis: Analysis, { requestsPerS, badShare }: Traffic, weight: number): number {
  const { ramp } = settingsFrom(analysis)
  const perS = (requestsPerS * weight) / 100
  if (ramp === undefined || perS <= 0) return NEVER_MS
  const { delta } = analysis
  const { ms: byRatio } = forecast(ramp, { requestsPerS, badShare, delta }, weight)
  const bySlow = forecast(ramp, { requestsPerS, badShare: SLOW_SHARE, delta: 0 }, weight).ms
  const byShare = (1000 * requestsToShow(delta, badShare)) / perS
  return Math.min(NEVER_MS, Math.max(bySlow, Math.min(byRatio, byShare)))
}

/** Requests until its own share is known to be less than δ. */
function requestsToShow(delta: number, badShare: number): number {
  if (delta <= badShare) return Number.POSITIVE_INFINITY
  for (let requests = 100; requests < 1e12; requests *= 1.1) {
    const bad = Math.ceil(requests * badShare)
    if (shareAtMost({ requests, bad }, BETA) <= delta) return requests
  }
  return Number.POSITIVE_INFINITY
}

function adviceFor(analysis: Analysis, traffic: Traffic, ms: number): string {
  const { ramp, delta } = analysis
  if (ramp === undefined) return ''
  const { weightCap, patienceMs } = ramp
  const cap = Math.ceil((weightCap * ms) / patienceMs)
  const ways = [
    ...(cap <= CAP_MAX ? [`a cap of ${cap} % (analysis.ramp.cap)`] : []),
    ...marginFor(analysis, traffic, delta),
  ]
  if (ways.length === 0)
    return 'There is too little traffic to prove anything in time: let a person look, or use waves.'
  return `It would be proven in time with ${ways.join(', or ')}.`
}

/** The least margin for which it is in time. */
function marginFor(analysis: Analysis, traffic: Traffic, delta: number): string[] {
  const patienceMs = analysis.ramp?.patienceMs ?? 0
  const weight = analysis.ramp?.weightCap ?? 100
  const isEnough = (margin: number) =>
    proofMs({ ...analysis, delta: margin }, traffic, weight) <= patienceMs
  if (!isEnough(DELTA_MAX)) return []
  let [low, high] = [Math.log(Math.max(delta, 1e-9)), Math.log(DELTA_MAX)]
  for (let round = 0; round < ROUNDS; round++) {
    const middle = (low + high) / 2
    if (isEnough(Math.exp(middle))) high = middle
    else low = middle
  }
  // Up, so that what is advised is enough.
  return [`an excess of ${percent(Math.exp(high))} allowed (analysis.delta)`]
}

function trafficText({ requestsPerS, badShare }: Traffic): string {
  const rate = requestsPerS >= 10 ? Math.round(requestsPerS) : Number(requestsPerS.toPrecision(2))
  const failing = badShare === 0 ? 'none' : percent(badShare)
  return `${rate} requests a second, ${failing} of them failing,`
}

const percent = (share: number) => `${Number((100 * share).toPrecision(2))} %`

/** Nobody plans by the second what takes hours. */
function roughly(ms: number): string {
  const grain = ms > 60 * MINUTE_MS ? 10 * MINUTE_MS : ms > 10 * MINUTE_MS ? MINUTE_MS : 1_000
  return formatDuration(Math.ceil(ms / grain) * grain)
}
