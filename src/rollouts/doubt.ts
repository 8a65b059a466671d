/** Why a step that has baked is not yet known to be well. */
import { isWaveEnd } from './batches.ts'
import { requestsSeen, type Running } from './deployment-state.ts'

export interface Doubt {
  readonly why: string
  /** Nobody uses it: there is nothing to wait for. */
  readonly isQuiet: boolean
}

/** Canaries and waves have to prove themselves, where there is a release to compare with. */
export function doubtOf(state: Running, stable: string | undefined): Doubt | undefined {
  const { plan, kind } = state.about
  const isJudged = plan.strategy === 'canary' || isWaveEnd(plan, state.step)
  if (!isJudged || kind === 'rollback' || stable === undefined) return undefined
  const { lastVerdict, tickedAt } = state
  if (lastVerdict === undefined || tickedAt === undefined || tickedAt <= state.weightSetAt)
    return { why: 'nothing was measured at this weight yet', isQuiet: false }
  const isOverruled = state.isOverruled && lastVerdict.verdict === 'rollback'
  if (lastVerdict.verdict !== 'continue' && !isOverruled)
    return { why: lastVerdict.reason, isQuiet: lastVerdict.reason === 'no-traffic' }
  const [seen, wanted] = [requestsSeen(state), plan.analysis.requestsMin]
  if (seen >= wanted || isOverruled) return undefined
  return { why: `${seen} of ${wanted} requests seen`, isQuiet: true }
}
