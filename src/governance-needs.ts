/** What governance asks of other rooms that no door of theirs gives. */
import { actors } from '#access/actor.ts'
import { otherAdmins } from '#access/queries.ts'
import type { Registry, Verifier } from '#artifacts/ports.ts'
import { builtOf } from '#artifacts/reconcilers/built-of.ts'
import type { Engine } from '#engine/engine.ts'
import type { Grants } from '#evidence/ports/grants.ts'
import { withLegalHolds } from '#evidence/queries/retention.ts'
import { pullRequestsOf as pullRequestsIn } from '#evidence/four-eyes/pull-requests.ts'
import type { PullRequestsOf } from '#evidence/queries/four-eyes.ts'
import { changesWith } from '#insights/queries/changes.ts'
import { referencesTo as otherReferencesTo } from '#rollouts/queries/references.ts'
import { SYSTEM } from '#kernel/actor.ts'
import { OWN_ACCOUNTS as ownAccounts } from './first-start.ts'

interface Parts {
  readonly engine: Engine
  readonly registry: Registry
  readonly verifier: Verifier
  now(): number
}

export function governanceNeeds({ engine, registry, verifier, now }: Parts) {
  return {
    ownAccounts,
    referencesTo,
    pullRequestsOf,
    grants: grantsOf(engine, now),
    builtOf: (digest: string) => builtOf({ registry, verifier }, digest),
  }
}

/** What keeps artifacts: other rooms, and legal holds. */
export const referencesTo = withLegalHolds(otherReferencesTo)

/** As git hosts told of them, by hook, back-fill or file. */
export const pullRequestsOf: PullRequestsOf = async (reads, repository, shas) =>
  pullRequestsIn(await changesWith(reads, repository, shas))

/** A role is taken in its own room, by its rules. */
const grantsOf = (engine: Engine, now: () => number): Grants => ({
  async revoke({ actor, role, reason }) {
    const done = await engine.execute(
      actors,
      actor,
      async ({ reads }) => ({
        type: 'actor.revokeRole' as const,
        ...{ at: now(), by: SYSTEM.id, role, reason },
        otherAdmins: await otherAdmins(reads, actor),
      }),
      { actor: SYSTEM },
    )
    if (done.rejected) return 'last-admin'
    return done.events.length > 0 ? 'revoked' : 'not-held'
  },
})
