/**
 * Begins reviews that are due, ends those whose deadline has come, takes away what was revoked, and
 * signs what came of it. Every step looks first whether it was done.
 */
import type { Signer } from '#artifacts/ports.ts'
import type { ServiceEvent } from '#catalog/events.ts'
import type { Engine } from '#engine/engine.ts'
import { digestOf } from '#engine/ids.ts'
import { defineReconciler, type Reconciler } from '#engine/loop.ts'
import { SYSTEM } from '#kernel/actor.ts'
import { RESULT_TYPE, resultOf } from '../access-review/result.ts'
import {
  accessReviews,
  type AccessReviewCommand,
  type KnownReview,
  openEffects,
} from '../access-review/review.ts'
import { REVIEW_DAYS, reviewsDue } from '../access-review/schedule.ts'
import type { AccessReviewEvent } from '../events/access-reviews.ts'
import type { Grants } from '../ports/grants.ts'
import { grantsOf, lastReviews, ownedServices } from '../queries/access-reviews.ts'

export interface ReviewNeeds {
  readonly engine: Engine
  readonly grants: Grants
  readonly signer: Pick<Signer, 'keyId' | 'sign'>
  /** Accounts of the platform itself. */
  readonly ownAccounts: readonly string[]
  now(): number
}

const DAY_MS = 24 * 60 * 60 * 1000
export const SCHEDULE = 'schedule'
const IN_TOTO = 'application/vnd.in-toto+json'

export function reviewKeeper(needs: ReviewNeeds): Reconciler {
  return defineReconciler<AccessReviewEvent | ServiceEvent>({
    kind: 'accessReview',
    // Two that take an administrator's role at once would each see the other.
    concurrency: 1,
    hears: ['accessReview', 'service'],
    wokenBy: ({ event, id }) => [event.type.startsWith('service.') ? SCHEDULE : id],
    reconcile: (key) => (key === SCHEDULE ? beginDue(needs) : carryOn(needs, key)),
  })
}

async function beginDue({ engine, ownAccounts, now }: ReviewNeeds) {
  const { reads } = engine
  const due = reviewsDue(await ownedServices(reads), await lastReviews(reads))
  for (const { team, dueAt } of due) {
    const at = now()
    if (dueAt > at) return { at: Math.min(dueAt, at + DAY_MS) }
    // Of this team and this turn: begun twice, it is begun once.
    const id = `acr_${digestOf([team, dueAt]).slice('sha256:'.length, 'sha256:'.length + 26)}`
    await engine.execute(
      accessReviews,
      id,
      async ({ reads: then }): Promise<AccessReviewCommand> => ({
        type: 'accessReview.start',
        ...{ at, by: SYSTEM.id, team, trigger: 'schedule', dueAt: at + REVIEW_DAYS * DAY_MS },
        grants: (await grantsOf(then, team, ownAccounts)).grants,
      }),
      { actor: SYSTEM },
    )
  }
  return { at: now() + DAY_MS }
}

async function carryOn(needs: ReviewNeeds, id: string) {
  const { engine, now } = needs
  const { state } = await engine.load(accessReviews, id)
  if (state.status === 'none' || state.status === 'signed') return undefined
  const execute = (command: AccessReviewCommand) =>
    engine.execute(accessReviews, id, command, { actor: SYSTEM })
  const asked = { at: now(), by: SYSTEM.id }
  if (state.status === 'open') {
    if (now() < state.dueAt) return { at: state.dueAt }
    await execute({ type: 'accessReview.close', ...asked })
    return { at: now() }
  }
  for (const { grant, decision } of openEffects(state)) {
    const { actor, role } = grant
    const reason = `Access review ${id}: ${decision?.reason ?? ''}`.slice(0, REASON_MAX)
    const effect = await needs.grants.revoke({ actor, role, reason })
    await execute({ type: 'accessReview.recordEffect', ...asked, actor, role, effect })
  }
  const { state: done } = await engine.load(accessReviews, id)
  if (done.status === 'closed') await sign(needs, id, done)
  return undefined
}
const REASON_MAX = 500

async function sign({ engine, signer, now }: ReviewNeeds, id: string, state: KnownReview) {
  const predicate = resultOf(id, state)
  const statement = {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ name: id, digest: { sha256: digestOf(predicate).slice('sha256:'.length) } }],
    predicateType: RESULT_TYPE,
    predicate,
  }
  const bundle = await signer.sign(IN_TOTO, Buffer.from(JSON.stringify(statement)))
  const { keyId } = signer
  const command = { type: 'accessReview.sign', at: now(), by: SYSTEM.id, keyId, bundle } as const
  await engine.execute(accessReviews, id, command, { actor: SYSTEM })
}
