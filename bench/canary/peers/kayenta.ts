/** Kayenta at its place on the bench: points of a minute, judged from the start every so often. */
import { classify, score } from '#rollouts/judge/compat/kayenta-score.ts'
import { type Judge, MINUTE_TICKS, NEVER, quantile, warmUpTicks, windowOf } from './peer.ts'

export interface KayentaSetting {
  readonly everyMinutes: number
  /** Effect sizes that errors and latencies must show. */
  readonly increase: number
  readonly latencyIncrease: number
  readonly pass: number
  readonly marginal: number
}

/** Points of a minute, judged from the start every so many minutes. */
export function kayenta(change: Partial<KayentaSetting>): Judge {
  const setting = {
    everyMinutes: 10,
    increase: 1,
    latencyIncrease: 1,
    pass: 95,
    marginal: 75,
    ...change,
  }
  return (ticks, scenario) => {
    const minutes = Math.floor(ticks.length / MINUTE_TICKS)
    const points = Array.from({ length: minutes }, (_, i) =>
      windowOf(ticks.slice(i * MINUTE_TICKS, (i + 1) * MINUTE_TICKS)),
    )
    const begin = warmUpTicks(scenario) / MINUTE_TICKS
    const rate = (arm: { readonly requests: number; readonly bad: number }) =>
      arm.requests > 0 ? arm.bad / arm.requests : Number.NaN
    for (let m = begin + setting.everyMinutes; m <= minutes; m += setting.everyMinutes) {
      const seen = points.slice(begin, m)
      const slower = (q: number) => ({
        ...classify(
          seen.map(({ stable }) => quantile(stable, q)),
          seen.map(({ canary }) => quantile(canary, q)),
          { direction: 'increase', allowedIncrease: setting.latencyIncrease },
        ),
        group: 'latency',
      })
      const errors = classify(
        seen.map(({ stable }) => rate(stable)),
        seen.map(({ canary }) => rate(canary)),
        {
          direction: 'increase',
          isCritical: true,
          allowedIncrease: setting.increase,
          criticalIncrease: setting.increase,
        },
      )
      const found = score([{ ...errors, group: 'errors' }, slower(0.99), slower(0.5)])
      const isLast = m + setting.everyMinutes > minutes
      if (found < setting.marginal || (isLast && found < setting.pass))
        return { at: m * MINUTE_TICKS, by: `score ${found}` }
    }
    return NEVER
  }
}
