/** What a review came to, as it is signed: complete by itself, for who has nothing else. */
import type { KnownReview } from './review.ts'

export const RESULT_TYPE = 'https://signalbox.dev/access-review/v1'

export function resultOf(review: string, state: KnownReview) {
  const { team, trigger, startedAt, startedBy, dueAt, lines } = state
  const closed = state.status === 'open' ? {} : { closedAt: iso(state.closedAt) }
  return {
    review,
    team,
    trigger,
    startedAt: iso(startedAt),
    startedBy,
    dueAt: iso(dueAt),
    ...closed,
    counts: countsOf(state),
    grants: lines.map(({ grant, decision, effect }) => ({
      actor: grant.actor,
      kind: grant.kind,
      role: grant.role,
      teams: grant.teams,
      lastUsedAt: grant.lastUsedAt === null ? null : iso(grant.lastUsedAt),
      decision: decision?.what ?? null,
      reason: decision?.reason ?? null,
      decidedBy: decision?.by ?? null,
      decidedAt: decision === undefined ? null : iso(decision.at),
      effect: effect?.what ?? null,
    })),
  }
}

export function countsOf({ lines }: Pick<KnownReview, 'lines'>) {
  const decided = (what: 'keep' | 'revoke') =>
    lines.filter(({ decision }) => decision?.what === what).length
  const kept = decided('keep')
  const revoked = decided('revoke')
  return { grants: lines.length, kept, revoked, undecided: lines.length - kept - revoked }
}

const iso = (at: number) => new Date(at).toISOString()
