/** The veto of a release because of a commit that it holds. */
import type { ReleaseCommand } from './commands.ts'
import { EVERYWHERE } from './release.ts'

interface Bad {
  readonly sha: string
  /** `*` for all. */
  readonly environment: string
  readonly reason: string
}

export function vetoFor(
  { sha, environment, reason }: Bad,
  asked: { readonly at: number; readonly by: string },
): Extract<ReleaseCommand, { type: 'release.veto' | 'release.unveto' }> {
  return {
    type: 'release.veto',
    ...asked,
    ...(environment !== EVERYWHERE && { environment }),
    reason,
    commit: sha,
  }
}
