/**
 * The families of services that every judge is tried on: healthy ones, with all the noise that has
 * nothing to do with a release; regressions; and hard ones, busy and healthy, whose instances
 * differ. Written down before any judge is run.
 */
export interface Scenario {
  /** Requests a second of the whole service. */
  readonly rps: number
  /** The canary's part, where it is fixed. */
  readonly weight: number
  /** Share of failures when all is well. */
  readonly bad: number
  readonly ticks?: number
  /** Failures and traffic follow a day, up to so many times as much. */
  readonly diurnal?: number
  /** Standard deviations of what wanders: failures of all, traffic, latency of all. */
  readonly commonNoise?: number
  readonly rateNoise?: number
  readonly latencyNoise?: number
  /** The same for each instance: for good, and wandering. */
  readonly podSpread?: number
  readonly podLatencySpread?: number
  readonly podNoise?: number
  readonly podLatencyNoise?: number
  /** Squared coefficient of variation of failures by instance and tick. */
  readonly bursty?: number
  /** Both arms fail so many times as often, for five minutes. */
  readonly incident?: number
  /** One instance after the other, the canary's too, fails so many times as often for some ticks. */
  readonly neighbour?: { readonly times: number; readonly ticks: number }
  readonly coldS?: number
  /** Share of ticks that are lost; and a gap of five minutes. */
  readonly missing?: number
  readonly hasGap?: boolean
  /** The canary gets nothing before. */
  readonly idleS?: number
  /** What the release does: failures times so many, from then on, growing, or now and then. */
  readonly ratio?: number
  readonly onset?: number
  readonly growsTicks?: number
  readonly isIntermittent?: boolean
  readonly crashes?: boolean
  /** Only under a load of more than this weight. */
  readonly loadAbove?: number
  /** All requests take `times` as long, and a share of them `tailTimes`. */
  readonly latency?: {
    readonly times: number
    readonly share?: number
    readonly tailTimes?: number
  }
}
export type Family = Readonly<Record<string, Scenario>>

const calm = { rps: 200, weight: 0.05, bad: 1e-3 }
const drift = { commonNoise: 0.5, latencyNoise: 0.15, rateNoise: 0.1, diurnal: 3 }

export const HEALTHY: Family = {
  'p=0.1% 200rps': calm,
  'p=0.01% 2000rps 1%': { rps: 2000, weight: 0.01, bad: 1e-4 },
  'p=1% 200rps': { ...calm, bad: 1e-2 },
  'p=2% 2000rps': { rps: 2000, weight: 0.05, bad: 2e-2 },
  'diurnal x3, drifting': { ...calm, bad: 2e-3, ...drift },
  'incident x20 in both arms': { ...calm, incident: 20 },
  'bursty failures': { ...calm, bad: 5e-3, bursty: 1, commonNoise: 0.3 },
  'instances wander': {
    ...calm,
    bad: 5e-3,
    podNoise: 0.15,
    podLatencyNoise: 0.02,
    commonNoise: 0.3,
    latencyNoise: 0.1,
  },
  'instances differ': { ...calm, rps: 500, bad: 5e-3, podSpread: 0.08, podLatencySpread: 0.02 },
  'noisy neighbour x5 30s': { ...calm, bad: 2e-3, neighbour: { times: 5, ticks: 3 } },
  'cold start x3 2min': { ...calm, coldS: 120 },
  'missing 20% and a gap': { ...calm, bad: 2e-3, missing: 0.2, hasGap: true, commonNoise: 0.3 },
  '2rps': { rps: 2, weight: 0.05, bad: 1e-2 },
  'no canary traffic 5min': { ...calm, idleS: 300 },
  'instances differ 5krps': {
    rps: 5000,
    weight: 0.05,
    bad: 5e-3,
    podSpread: 0.12,
    podLatencySpread: 0.03,
    ticks: 180,
  },
  'bursty 2krps': { rps: 2000, weight: 0.05, bad: 5e-3, bursty: 1, commonNoise: 0.3 },
  'noisy neighbour 2krps': {
    rps: 2000,
    weight: 0.05,
    bad: 5e-3,
    neighbour: { times: 5, ticks: 3 },
  },
  'trivially worse 20krps': {
    rps: 20_000,
    weight: 0.05,
    bad: 1e-2,
    ratio: 1.05,
    latency: { times: 1.01 },
    ticks: 180,
  },
}

const failures = [
  { bad: 1e-4, rps: 2000, weight: 0.05 },
  { bad: 1e-3, rps: 200, weight: 0.05 },
  { bad: 1e-2, rps: 200, weight: 0.05 },
  { bad: 2e-2, rps: 200, weight: 0.01 },
].flatMap((service) =>
  [1.5, 2, 3, 5, 10, 50]
    // Twice everything is more than everything.
    .filter((ratio) => service.bad * ratio <= 0.9)
    .map((ratio): [string, Scenario] => [
      `p=${100 * service.bad}% x${ratio} ${service.rps}rps`,
      { ...service, ratio },
    ]),
)

export const REGRESSIONS: Family = {
  ...Object.fromEntries(failures),
  'x5 from minute 20': { ...calm, ratio: 5, onset: 120 },
  'to x10 in 30min': { ...calm, ratio: 10, growsTicks: 180 },
  'x20 one minute in five': { ...calm, ratio: 20, isIntermittent: true },
  'x3 drifting': { ...calm, bad: 2e-3, ratio: 3, ...drift },
  'x3 bursty': { ...calm, bad: 5e-3, ratio: 3, bursty: 1, commonNoise: 0.3 },
  'x3 missing 20%': { ...calm, bad: 2e-3, ratio: 3, missing: 0.2 },
  crash: { ...calm, crashes: true },
  '2rps p=1% x20': { rps: 2, weight: 0.05, bad: 1e-2, ratio: 20 },
  'latency x1.25': { ...calm, latency: { times: 1.25 } },
  'latency x2': { ...calm, latency: { times: 2 } },
  'tail 3% x6': { ...calm, latency: { times: 1, share: 0.03, tailTimes: 6 } },
  'tail 10% x8': { ...calm, latency: { times: 1, share: 0.1, tailTimes: 8 } },
  'latency x1.5 drifting': { ...calm, latency: { times: 1.5 }, diurnal: 3, latencyNoise: 0.15 },
}

const busy = { rps: 2000, weight: 0.05, bad: 5e-3, podLatencySpread: 0.03, ticks: 180 }

export const HARD: Family = {
  'differ .12': { ...busy, podSpread: 0.12 },
  'differ .20': { ...busy, podSpread: 0.2 },
  'differ .12, wander .15': { ...busy, podSpread: 0.12, podNoise: 0.15 },
  'wander .30': { ...busy, podNoise: 0.3 },
  'bursty and differ .12': { ...busy, podSpread: 0.12, bursty: 1 },
  'burst x20 20s': { ...busy, neighbour: { times: 20, ticks: 2 } },
  'burst x5 60s 200rps': { ...busy, rps: 200, neighbour: { times: 5, ticks: 6 } },
  'differ .12 20krps': { ...busy, rps: 20_000, podSpread: 0.12, ticks: 120 },
}
