/**
 * Reviews out of the notes of a merge request: GitLab writes down who approved it, and when, in
 * words of its own among those of people. What an approval was of is certain only while nothing was
 * pushed after it; else its instant has to do.
 */
import { z } from 'zod'
import type { Heard, Observation } from '#insights/ports.ts'
import { same } from '../shared/git-host.ts'
import { nothing, one, sha, text, timesFrom, told } from '../shared/hearing.ts'
import type { At, Of } from './convert.ts'
import type * as types from './types.ts'

const maybe = <T extends z.ZodType>(type: T) => type.nullish().catch(undefined)
const listedNote = z.object({
  id: z.union([z.number(), z.string()]).transform(String),
  body: z.string().catch(''),
  system: maybe(z.boolean()),
  created_at: maybe(z.string()),
  author: maybe(z.object({ username: maybe(z.string()) })),
})
type Note = z.infer<typeof listedNote>

/** GitLab's own sentences, at their beginnings. */
const APPROVED = /^approved this merge request/
const TAKEN_BACK = /^unapproved this merge request/
const PUSHED = /^(added \d+ commits?|reset approvals|force pushed)/

/** Oldest first, as they were asked for. */
export function reviewsIn(
  at: At,
  request: Of<typeof types.mergeRequest>,
  notes: readonly unknown[],
): readonly Heard[] {
  const read = notes.flatMap((note) => listedNote.safeParse(note).data ?? [])
  const head = sha(request.last_commit?.id) ?? sha(request.sha)
  const lastPush = read.findLastIndex((note) => note.system === true && PUSHED.test(note.body))
  return read.flatMap((note, i) => {
    const verdict = verdictOf(note)
    if (verdict === undefined) return []
    return [reviewHeard(at, request.iid, { note, verdict, head: i > lastPush ? head : undefined })]
  })
}

type Verdict = Extract<Observation, { readonly type: 'change.reviewed' }>['verdict']

function verdictOf({ system, body }: Note): Verdict | undefined {
  if (system !== true) return 'commented'
  if (APPROVED.test(body)) return 'approved'
  return TAKEN_BACK.test(body) ? 'dismissed' : undefined
}

interface Said {
  readonly note: Note
  readonly verdict: Verdict
  readonly head: string | undefined
}

function reviewHeard({ place }: At, change: string, { note, verdict, head }: Said): Heard {
  const by = note.author?.username ?? undefined
  if (by === undefined) return nothing('note: of nobody')
  const times = timesFrom(place.receivedAt)
  const isNamedByHead = verdict === 'approved' && head !== undefined
  return one(
    told({
      ...same(place),
      type: 'change.reviewed' as const,
      // As its hook names it, where that can be known.
      sourceEventId: isNamedByHead
        ? text(`merge:${place.path}!${change}:approved:${by}:${head}`)
        : `note:${note.id}`,
      occurredAt: times.at(note.created_at),
      repository: place.repository,
      change,
      verdict,
      sha: verdict === 'dismissed' ? undefined : head,
      by,
    }),
    times.notes,
  )
}
