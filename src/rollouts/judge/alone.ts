/**
 * The canary with all traffic, and nobody left to compare it with. What it is measured by is the
 * stable release as it was last seen, frozen: a bet against "it fails no more than three times as
 * often as that". The margin is wide because a service has hours and dependencies, and before and
 * after cannot tell those from a release; what is narrower is left to alerts.
 */
import { type Fading, shareOf } from './fading.ts'
import { logSum } from './log-space.ts'
import type { RatioState } from './ratio-test.ts'
import type { JudgeSettings, MetricSettings } from './settings.ts'

export interface AloneState {
  /** Requests of the stable release that were ever heard of; its past is worth that much. */
  readonly heard: number
  /** In the order of the settings' metrics; empty until the canary stands alone. */
  readonly bets: readonly AloneBet[]
}

interface AloneBet {
  readonly unspent: number
  /** Log wealth by alternative. */
  readonly wealth: readonly number[]
  readonly recent: Fading
}

export interface AloneFinding {
  readonly logTotal: number
  readonly leading: MetricSettings['id']
  /** The canary's recent share of bad requests over the past's. */
  readonly ratio: number
  readonly isConvicted: boolean
}

/** The time of day makes a service fail up to three times as often. */
const MARGIN = 3
/** An excess of ten times what nobody minds beside a stable arm is minded without one. */
const MARGIN_DELTAS = 10
/** Fewer requests heard of are no past to be measured by. */
const HEARD_MIN = 100
/** Beyond the limit by these factors. */
const ALTERNATIVES = [1.5, 5, 30]
const SHARE_MAX = 0.95
/** It did well a moment ago: most of the stake is on trouble that starts later. */
const START_SHARE = 0.2
/** Half of that is spent in the ten minutes or so that a bake takes. */
const HORIZON_TICKS = 60
/** Four bad ticks are needed after good ones; one never does. */
const TICK_NATS_MAX = 2.5
/** Half is forgotten in two ticks: how it does now. */
const RECENT_KEEP = 0.7

export const startAlone: AloneState = { heard: 0, bets: [] }

export function hear(state: AloneState, requests: number): AloneState {
  return requests > 0 ? { ...state, heard: state.heard + requests } : state
}

/** One tick at full weight. `now`: the canary's counts, by metric. */
export function aloneTick(
  settings: JudgeSettings,
  state: AloneState,
  past: readonly RatioState[],
  now: readonly (Fading | undefined)[],
): AloneState {
  if (state.heard < HEARD_MIN) return state
  const bets = past.map((before, i) => {
    const bet = state.bets[i] ?? startBet()
    const [counts, metric] = [now[i], settings.metrics[i]]
    if (counts === undefined || metric === undefined || counts.requests === 0) return bet
    const limit = limitOf(metric, settings.delta, before)
    return betTick(bet, counts, limit)
  })
  return { ...state, bets }
}

/** Undefined until it has stood alone with a past to be measured by. */
export function alone(
  settings: JudgeSettings,
  state: AloneState,
  past: readonly RatioState[],
): AloneFinding | undefined {
  const shares = settings.metrics.flatMap((metric, i) => {
    const [bet, before] = [state.bets[i], past[i]]
    if (bet === undefined || before === undefined || metric.isDry) return []
    return [{ metric, bet, before, log: Math.log(metric.weight) + logWealth(bet) }]
  })
  const leading = shares.toSorted((a, b) => b.log - a.log)[0]
  if (leading === undefined) return undefined
  const { metric, bet, before } = leading
  const logTotal = logSum(shares.map(({ log }) => log))
  const isStill = shareOf(bet.recent) >= limitOf(metric, settings.delta, before)
  return {
    logTotal,
    leading: metric.id,
    ratio: shareOf(bet.recent) / Math.max(shareOf(before.baseline), 1e-6),
    isConvicted: isStill && logTotal >= Math.log(1 / settings.alpha),
  }
}

/** What is forgiven: the past, as bad as it may well have been, three times over, and δ tenfold. */
function limitOf(metric: MetricSettings, delta: number, { baseline }: RatioState): number {
  const { requests, bad } = baseline
  const high = (bad + 1 + 2 * Math.sqrt(bad + 1)) / Math.max(1, requests)
  const least = metric.id === 'errors' ? MARGIN_DELTAS * delta : 0
  return Math.min(SHARE_MAX, Math.max(MARGIN * high, high + least))
}

function startBet(): AloneBet {
  const stake = Math.log(START_SHARE / ALTERNATIVES.length)
  return {
    unspent: 1 - START_SHARE,
    wealth: ALTERNATIVES.map(() => stake),
    recent: { requests: 0, bad: 0 },
  }
}

function betTick(bet: AloneBet, now: Fading, limit: number): AloneBet {
  const stake = bet.unspent ** 2 / ((1 - START_SHARE) * HORIZON_TICKS)
  const logStake = Math.log(stake / ALTERNATIVES.length)
  return {
    unspent: bet.unspent - stake,
    wealth: bet.wealth.map((log, j) => {
      const worse = Math.min((1 + SHARE_MAX) / 2, limit * (ALTERNATIVES[j] ?? 1))
      const gain =
        now.bad * Math.log(worse / limit) +
        (now.requests - now.bad) * (Math.log1p(-worse) - Math.log1p(-limit))
      return logSum([log + Math.min(TICK_NATS_MAX, gain), logStake])
    }),
    recent: {
      requests: bet.recent.requests * RECENT_KEEP + now.requests,
      bad: bet.recent.bad * RECENT_KEEP + now.bad,
    },
  }
}

function logWealth(bet: AloneBet): number {
  return logSum([Math.log(bet.unspent), ...bet.wealth])
}
