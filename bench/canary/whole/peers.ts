/**
 * The tools that people come from, each on the way its own documents show, or nearly: Argo through
 * 20, 40, 60 and 80 % by ten minutes, Flagger by five percent a minute up to half, Kayenta an hour
 * at 5 %. Once all traffic is the release's none of them looks any more.
 */
import { classify } from '#rollouts/judge/compat/kayenta-score.ts'
import type { Phase } from '#rollouts/judge/compat/argo-phases.ts'
import { ARGO_DOCS, ARGO_RELATIVE, type ArgoSetting, argoLook } from '../peers/argo.ts'
import { FLAGGER_DEFAULTS, passes } from '../peers/flagger.ts'
import { MINUTE_TICKS, windowOf } from '../peers/peer.ts'
import type { Arm, Counted } from '../trace.ts'
import type { Course, Tool } from './rollout.ts'

const TEN_MINUTES = 10 * MINUTE_TICKS
const ARGO_STEPS = [0.2, 0.4, 0.6, 0.8].map((weight) => ({ weight, ticks: TEN_MINUTES }))
const KAYENTA_STEPS = [{ weight: 0.05, ticks: 6 * TEN_MINUTES }]
const KAYENTA_INCREASE = 1.25

export const WHOLE_PEERS: Readonly<Record<string, Tool>> = {
  'argo docs': () => staged(ARGO_STEPS, argo(ARGO_DOCS)),
  'argo 5x of stable': () => staged(ARGO_STEPS, argo(ARGO_RELATIVE)),
  'flagger docs': flagger,
  'kayenta 5% 60m': () => staged(KAYENTA_STEPS, kayenta),
}

/** Asked after every tick with all of them; true takes the release back. */
type Check = (ticks: readonly Counted[]) => boolean

function staged(
  steps: readonly { readonly weight: number; readonly ticks: number }[],
  isFailed: Check,
): Course {
  const ticks: Counted[] = []
  const ends = steps.map((_, i) => steps.slice(0, i + 1).reduce((sum, step) => sum + step.ticks, 0))
  return {
    weight: steps[0]?.weight ?? 1,
    look(counted) {
      if (counted.weight >= 1) return 1
      ticks.push(counted)
      if (isFailed(ticks)) return 'rollback'
      return steps[ends.findIndex((end) => ticks.length < end)]?.weight ?? 1
    },
  }
}

function argo(setting: ArgoSetting): Check {
  const phases: Phase[] = []
  return (ticks) => {
    if (ticks.length % (setting.intervalMinutes * MINUTE_TICKS) !== 0) return false
    const phase = argoLook(setting, phases, ticks)
    return phase === 'Failed' || phase === 'Error'
  }
}

/** Points of a minute, and every ten minutes all of them. */
function kayenta(ticks: readonly Counted[]): boolean {
  if (ticks.length % TEN_MINUTES !== 0) return false
  const points = Array.from({ length: ticks.length / MINUTE_TICKS }, (_, i) =>
    windowOf(ticks.slice(i * MINUTE_TICKS, (i + 1) * MINUTE_TICKS)),
  )
  const rate = ({ requests, bad }: Arm) => (requests > 0 ? bad / requests : Number.NaN)
  const { is } = classify(
    points.map(({ stable }) => rate(stable)),
    points.map(({ canary }) => rate(canary)),
    { direction: 'increase', isCritical: true, allowedIncrease: KAYENTA_INCREASE },
  )
  return is !== 'Pass'
}

const FLAGGER_THRESHOLD = 10
const FLAGGER_STEP = 5
const FLAGGER_MOST = 50

function flagger(): Course {
  const ticks: Counted[] = []
  let [percent, failed] = [FLAGGER_STEP, 0]
  return {
    weight: percent / 100,
    look(counted) {
      if (counted.weight >= 1) return 1
      ticks.push(counted)
      if (ticks.length % MINUTE_TICKS !== 0) return percent / 100
      if (failed >= FLAGGER_THRESHOLD) return 'rollback'
      // It goes on only after a look that passed.
      if (!passes(FLAGGER_DEFAULTS, windowOf(ticks.slice(-MINUTE_TICKS)))) failed++
      else percent = percent >= FLAGGER_MOST ? 100 : percent + FLAGGER_STEP
      return percent / 100
    },
  }
}
