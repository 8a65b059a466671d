/**
 * Acting on what was seen. Ticks move a rollout's version on several times a minute without
 * changing what a person decides about; only then is a refused wish said again.
 */
import { ApiError, get, post } from '../../api/client.ts'
import type { Deployment, DeploymentDetail } from '../../api/rollouts.ts'

export type Verb = 'pause' | 'resume' | 'advance' | 'abort'

/** A tick can come in between once or twice; more often something else is going on. */
const TRIES_MAX = 4

export async function act(seen: Deployment, verb: Verb, reason: string): Promise<void> {
  const path = `/deployments/${encodeURIComponent(seen.id)}`
  let revision = seen.revision
  for (let attempt = 1; ; attempt += 1) {
    try {
      await post(`${path}/${verb}`, { reason }, revision)
      return
    } catch (error) {
      const isStale = error instanceof ApiError && error.problem.code === 'stream.moved-on'
      if (!isStale || attempt === TRIES_MAX) throw error
      const fresh = await get<DeploymentDetail>(path)
      if (!standsAsSeen(seen, fresh)) throw error
      revision = fresh.revision
    }
  }
}

/** Whether everything that a person would decide by is still so. */
export function standsAsSeen(seen: Deployment, fresh: Deployment): boolean {
  return (
    seen.status === fresh.status &&
    seen.step === fresh.step &&
    seen.weight === fresh.weight &&
    seen.verdict?.verdict === fresh.verdict?.verdict
  )
}
