/**
 * A bet that may be read at any time: wealth starts at 1, is staked on several alternatives, most
 * of it now and the rest on trouble that starts later, and no tick adds more than a cap. Ratios and
 * ranks are bets alike.
 */
import { logSum } from './log-space.ts'
import type { JudgeSettings } from './settings.ts'

export interface Bet {
  /** Stake held back for trouble that has yet to start. */
  readonly unspent: number
  /** Log wealth by alternative, won from "the canary is one more instance". */
  readonly alike: readonly number[]
  /** Log wealth by alternative, won from "it fails by δ more, no more"; empty without a δ. */
  readonly harmless: readonly number[]
  /** `alike` without the cap: decisive sooner, and wrong more often. The brake reads it. */
  readonly uncapped: readonly number[]
}

/** Most of the stake is on trouble from the first request: most bad releases are bad at once. */
const START_SHARE = 0.8
/** The rest is for trouble that starts later. */
const LATE_SHARE = 0.2
/** What one tick may add, in nats: three to five bad ticks are needed, never a single burst. */
const TICK_NATS_MAX = 0.4 * Math.log(50)
/**
 * To be worse by δ and no more is not quite innocence: who is exactly that may be taken back so
 * many times as often, 5α at most. As strict as for innocence, the bet took a third longer to find
 * what is three times as bad as a service that fails one request in ten thousand.
 */
const LENIENCE = Math.log(5)
/** A millionth of a nat: keeps the state's figures short. */
const GRAINS = 1e6
/** The brake needs not be so exact. */
const BRAKE_GRAINS = 1e3
/** What is left of the stake after a day is still a hundred of these. */
const UNSPENT_GRAINS = 1e9
/** No evidence is worth more digits: a quadrillion to one is plain to anybody. */
const LOG_WEALTH_MAX = 35

export function startBet(alternatives: number, nulls: 'one' | 'both'): Bet {
  // Down, so that no more than the stake is staked.
  const stake = Math.floor(Math.log(START_SHARE / alternatives) * GRAINS) / GRAINS
  const wealth = Array.from({ length: alternatives }, () => stake)
  return {
    unspent: LATE_SHARE,
    alike: wealth,
    harmless: nulls === 'both' ? wealth : [],
    uncapped: wealth,
  }
}

/** One tick: what each alternative gained, in nats, against either null. */
export function growBet(
  settings: JudgeSettings,
  bet: Bet,
  alike: readonly number[] | undefined,
  harmless: readonly number[] | undefined,
): Bet {
  const cap = Math.min(TICK_NATS_MAX, Math.log(1 / settings.alpha))
  // What starts next tick is staked now: staking moves wealth and makes none. The rate falls with
  // the square of time, so that half is spent at the horizon and some is left ever after.
  const stake = bet.unspent ** 2 / (LATE_SHARE * settings.horizonTicks)
  const share = stake / bet.alike.length
  const add = (log: number, gain: number, grains: number) => {
    const grown = Math.exp(Math.min(log + gain, 2 * LOG_WEALTH_MAX))
    return Math.min(LOG_WEALTH_MAX, round(Math.log(grown + share), grains))
  }
  const grow = (wealth: readonly number[], gains: readonly number[] | undefined) =>
    wealth.map((log, j) => add(log, Math.min(cap, gains?.[j] ?? 0), GRAINS))
  return {
    unspent: Math.round((bet.unspent - stake) * UNSPENT_GRAINS) / UNSPENT_GRAINS,
    alike: grow(bet.alike, alike),
    harmless: grow(bet.harmless, harmless),
    uncapped: bet.uncapped.map((log, j) => add(log, alike?.[j] ?? 0, BRAKE_GRAINS)),
  }
}

/** ln E: what the poorer of the two bets holds, with the stake held back; δ's counts fivefold. */
export function logEvidence(bet: Bet): number {
  const unspent = Math.log(bet.unspent)
  const alike = logSum([unspent, ...bet.alike])
  if (bet.harmless.length === 0) return alike
  return Math.min(alike, LENIENCE + logSum([unspent, ...bet.harmless]))
}

/** The same without the cap. */
export function logUncapped(bet: Bet): number {
  return logSum([Math.log(bet.unspent), ...bet.uncapped])
}

/**
 * A brake was not confirmed: what the cap held back is forgotten, and so is what only one of the
 * nulls lost. Else a burst that never convicts would be suspected again by the next good tick.
 */
export function forgetUncapped<T extends Bet>(bet: T): T {
  const { alike, harmless } = bet
  const kept = (log: number, j: number) => Math.min(log, alike[j] ?? log, harmless[j] ?? log)
  return { ...bet, uncapped: bet.uncapped.map(kept) }
}

function round(value: number, grains: number): number {
  return Math.round(value * grains) / grains + 0
}
