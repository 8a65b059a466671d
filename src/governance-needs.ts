/** What governance asks of other rooms that no door of theirs gives. */
import { actors } from '#access/actor.ts'
import { otherAdmins } from '#access/queries.ts'
import type { Registry, Verifier } from '#artifacts/ports.ts'
import { builtOf } from '#artifacts/reconcilers/built-of.ts'
import type { Engine } from '#engine/engine.ts'
import type { Grants } from '#evidence/ports/grants.ts'
import type { PullRequestsOf } from '#evidence/queries/four-eyes.ts'
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
    pullRequestsOf,
    grants: grantsOf(engine, now),
    builtOf: (digest: string) => builtOf({ registry, verifier }, digest),
  }
}

/** Until a git host tells of its pull requests, approvals are those of promotions. */
const pullRequestsOf: PullRequestsOf = async () => []

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
