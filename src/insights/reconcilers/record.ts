/**
 * The one way in for what other tools saw: webhooks, polls and imports hand their observations over
 * here. Each becomes the only event of a stream that is named by its source and the source's id, so
 * that the same fact, told by hook and by poll and by a file once more, is one (C11).
 */
import type { Engine, Request } from '#engine/engine.ts'
import { sha256, digestOf } from '#engine/ids.ts'
import type { Rejection } from '#kernel/decider.ts'
import type { ObservationEvent } from '../events.ts'
import type { Observation } from '../observations/observation.ts'
import type { Draft } from '../observations/parse.ts'

export interface Recording {
  readonly accepted: number
  readonly duplicate: number
}

/** As many as one transaction takes without keeping others waiting. */
const BATCH = 2_000

/** Records what is new of it, a batch a transaction; what was told before is left as it was. */
export async function recordObservations(
  engine: Engine,
  drafts: readonly (Draft | Observation)[],
  request: Request & { readonly now: number },
): Promise<Recording | Rejection> {
  let accepted = 0
  for (let from = 0; from < drafts.length; from += BATCH) {
    const facts = drafts.slice(from, from + BATCH).map((draft) => factOf(draft, request))
    const fresh = await engine.record('observation', facts, request)
    if (!(fresh instanceof Set)) return fresh as Rejection
    accepted += fresh.size
  }
  return { accepted, duplicate: drafts.length - accepted }
}

function factOf(draft: Draft | Observation, { actor, now }: Request & { readonly now: number }) {
  const { recordedAt = now, sourceEventId = idOf(draft), ...told } = draft
  const observation = { ...told, recordedAt, sourceEventId } as unknown as Observation
  const event: ObservationEvent = {
    type: 'observation.recorded',
    at: now,
    by: actor.id,
    observation,
  }
  return { id: sha256(`${observation.source}\n${sourceEventId}`).slice(0, 40), event }
}

/** What has no name of its own is named by what it says: told twice, it is still one. */
function idOf({ recordedAt: _, ...told }: Draft | Observation): string {
  return digestOf(told)
}
