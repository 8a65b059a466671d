/** Our judge with its ramp for tier 1, from the first request to the hold-back. */
import { judgeTick, startJudge } from '#rollouts/judge/judge.ts'
import { firstWeight } from '#rollouts/judge/ramp.ts'
import { settingsFrom } from '#rollouts/judge/settings.ts'
import { Meter, OURS_ALPHA, analysisOf, pastOf } from '../ours.ts'
import type { Tool } from './rollout.ts'

const MINUTE_MS = 60_000
/** The row of tier 1; its bake is ten minutes here as in the research it is compared with. */
const TIER_1 = {
  budget: 30,
  weightCap: 20,
  capMs: 10 * MINUTE_MS,
  halfMs: 5 * MINUTE_MS,
  holdBack: { weight: 95, ms: 30 * MINUTE_MS },
  patienceMs: 90 * MINUTE_MS,
  whenUnproven: 'ask',
} as const

export const ours: Tool = (scenario, random) => {
  const settings = settingsFrom({ ...analysisOf(scenario, OURS_ALPHA), ramp: TIER_1 })
  if (settings.ramp === undefined) throw new Error('tier 1 has a ramp')
  const past = pastOf(scenario, random)
  const meter = new Meter()
  let state = startJudge(settings)
  let isFirst = true
  return {
    weight: firstWeight(settings.ramp, scenario.rps) / 100,
    look(counted) {
      const weight = 100 * counted.weight
      const step = judgeTick(
        settings,
        state,
        meter.tick(counted, isFirst ? past : undefined),
        weight,
      )
      isFirst = false
      state = step.state
      const { verdict, propose = weight } = step.verdict
      return verdict === 'rollback' ? 'rollback' : propose / 100
    },
  }
}
