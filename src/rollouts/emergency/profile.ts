/**
 * What is left of the checks in an emergency. Whatever a policy says, nothing runs that nobody
 * signed or whose origin nobody knows; what does not come up is undone as always. The
 * other checks are not dropped: they are late.
 */

/** No document takes these away. */
const ALWAYS: readonly string[] = ['signature', 'provenance']
/** Not checks of a gate but of the rollout itself: no path leads around them. */
const BY_THE_ROLLOUT: readonly string[] = ['smoke', 'health']

export interface Profile {
  /** Never empty. */
  readonly kept: readonly string[]
  readonly late: readonly string[]
}

export function profileOf(checks: readonly string[], keeps: readonly string[]): Profile {
  const stays = (check: string) => ALWAYS.includes(check) || keeps.includes(check)
  const asked = [...new Set(checks)]
  return {
    kept: [...asked.filter(stays), ...BY_THE_ROLLOUT],
    late: asked.filter((check) => !stays(check)),
  }
}
