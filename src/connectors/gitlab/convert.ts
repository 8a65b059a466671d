/**
 * GitLab's things as observations: what was written and what ran. Hooks and REST both come through
 * here and give the same names, so that a fact told twice is one.
 */
import type { z } from 'zod'
import type { Heard, Observation, RunOutcome } from '#insights/ports.ts'
import * as host from '../shared/git-host.ts'
import {
  instant,
  nothing,
  one,
  type Reading,
  sha,
  text,
  timesFrom,
  told,
} from '../shared/hearing.ts'
import type * as types from './types.ts'

export interface At {
  readonly project: types.Project
  readonly place: host.Place
  readonly reading: Reading
  readonly receivedAt: number
  /** Who did what is told, as GitLab's hooks name them. */
  readonly by?: string | undefined
}

export type Of<T extends z.ZodType> = z.infer<T>

export function atOf(project: types.Project, reading: Reading, receivedAt: number): At {
  const said = { path: project.path_with_namespace, url: project.web_url }
  const place = host.placeOf({ kind: 'gitlab', home: 'gitlab.com' }, said, { reading, receivedAt })
  return { project, place, reading, receivedAt }
}

/** A push says when its commits were made and not when it was. */
export function pushed({ place }: At, push: Of<typeof types.push>): Heard {
  const head = sha(push.after)
  if (head === undefined) return nothing('push: a branch or tag was deleted')
  const times = timesFrom(place.receivedAt)
  const occurredAt = times.at()
  const tag = host.tagIn(push.ref)
  if (tag !== undefined)
    return host.versionHeard(
      place,
      { tag, commit: sha(push.checkout_sha) ?? head, occurredAt },
      times,
    )
  const { ref, before, commits } = push
  return one(
    host.pushTold(place, { ref, before, after: head, commits, occurredAt }, times),
    times.notes,
  )
}

export function released({ place }: At, release: Of<typeof types.release>): Heard {
  if (release.action === 'delete') return nothing('release: deleted')
  const commit = sha(release.commit?.id)
  if (commit === undefined) return nothing('release: names no commit')
  const times = timesFrom(place.receivedAt)
  const occurredAt = times.at(release.released_at, release.created_at)
  return host.versionHeard(place, { tag: release.tag, commit, occurredAt }, times)
}

/** How it stands, the same with every action, and an approval where it is one. */
export function changed(at: At, request: Of<typeof types.mergeRequest>): Heard {
  const { place } = at
  const times = timesFrom(place.receivedAt)
  const { iid, action } = request
  const name = `merge:${place.path}!${iid}`
  const head = sha(request.last_commit?.id) ?? sha(request.sha)
  // Fast-forwarded, it has no commit of its own: its last one is what arrived.
  const squash = sha(request.squash_commit_sha)
  const mergeSha = sha(request.merge_commit_sha) ?? squash ?? head
  const closedAt = request.closed_at ?? request.updated_at
  const observations: Observation[] = [
    ...host.changeTold(place, {
      ...{ change: iid, name, author: request.author?.username ?? undefined },
      isDraft: request.draft ?? request.work_in_progress ?? undefined,
      openedAt: times.at(request.created_at),
      ...(request.state === 'merged' &&
        mergeSha !== undefined && {
          merged: {
            ...{ at: times.at(request.merged_at, request.updated_at), mergeSha, headSha: head },
            method: squash === undefined ? undefined : ('squash' as const),
            by: action === 'merge' ? at.by : undefined,
          },
        }),
      ...(request.state === 'closed' && {
        closed: { at: times.at(closedAt), said: closedAt ?? '' },
      }),
    }),
  ]
  const of = { ...host.same(place), repository: place.repository, change: iid }
  const id = (what: string) => text(`${name}:${what}`)
  if (request.action === 'approved' || request.action === 'approval')
    observations.push(
      told({
        ...of,
        type: 'change.reviewed' as const,
        sourceEventId: id(`approved:${at.by ?? ''}:${head ?? ''}`),
        occurredAt: times.at(request.updated_at),
        verdict: 'approved' as const,
        sha: head,
        by: at.by,
      }),
    )
  if (request.action === 'unapproved' || request.action === 'unapproval')
    observations.push(
      told({
        ...of,
        type: 'change.reviewed' as const,
        sourceEventId: id(`unapproved:${at.by ?? ''}:${request.updated_at ?? ''}`),
        occurredAt: times.at(request.updated_at),
        verdict: 'dismissed' as const,
        sha: head,
        by: at.by,
      }),
    )
  return { observations, notes: times.notes }
}

export function noted(
  at: At,
  note: Of<typeof types.note>,
  request: Of<typeof types.mergeRequest> | undefined,
): Heard {
  if (request === undefined || note.noteable_type !== 'MergeRequest' || note.system === true)
    return nothing('note: not of a merge request')
  const times = timesFrom(at.receivedAt)
  return one(
    told({
      ...host.same(at.place),
      type: 'change.reviewed' as const,
      sourceEventId: `note:${note.id}`,
      occurredAt: times.at(note.created_at),
      repository: at.place.repository,
      change: request.iid,
      verdict: 'commented' as const,
      sha: sha(request.last_commit?.id),
      by: at.by,
    }),
    times.notes,
  )
}

const OUTCOMES: Readonly<Record<string, RunOutcome>> = {
  success: 'succeeded',
  failed: 'failed',
  canceled: 'cancelled',
  skipped: 'skipped',
}
const WAITS = ['created', 'waiting_for_resource', 'preparing', 'pending', 'scheduled']
/** All jobs of a pipeline are made with it; one that is made later was retried. */
const RETRIED_MS = 60_000

export function ran(
  at: At,
  pipeline: Of<typeof types.pipeline>,
  builds: Of<typeof types.pipelineBuilds>,
): Heard {
  const { project } = at
  const status = pipeline.status ?? ''
  const outcome = OUTCOMES[status]
  if (outcome === undefined && status !== 'running' && !WAITS.includes(status))
    return nothing(`pipeline: ${text(status, 40)}`)
  const times = timesFrom(at.receivedAt)
  const queuedAt = times.at(pipeline.created_at)
  const isRetried = (builds ?? []).some(
    ({ created_at: made }) => (instant(made) ?? queuedAt) - queuedAt > RETRIED_MS,
  )
  const { queued_duration: waited } = pipeline
  const startedAt =
    instant(pipeline.started_at) ??
    (typeof waited === 'number' ? queuedAt + Math.round(1000 * waited) : undefined)
  const of = told({
    ...host.same(at.place),
    run: pipeline.id,
    // A retry keeps the pipeline, and nothing numbers it: the first and what came after it.
    attempt: isRetried ? 2 : 1,
    repository: at.place.repository,
    service: at.place.service,
    sha: sha(pipeline.sha),
    branch: pipeline.ref ?? undefined,
    isDefaultBranch:
      typeof project.default_branch === 'string'
        ? pipeline.ref === project.default_branch &&
          pipeline.tag !== true &&
          pipeline.source !== 'merge_request_event'
        : undefined,
    trigger: pipeline.source ?? undefined,
  })
  if (outcome === undefined) {
    const isRunning = status === 'running'
    const type = isRunning ? ('run.started' as const) : ('run.queued' as const)
    const occurredAt = isRunning ? (startedAt ?? at.receivedAt) : queuedAt
    const sourceEventId = `pipeline:${pipeline.id}:${of.attempt}:${type.slice(4)}`
    return one({ ...of, type, sourceEventId, occurredAt }, times.notes)
  }
  const finished = pipeline.finished_at ?? pipeline.updated_at
  const when = instant(finished) ?? status
  const name = `pipeline:${pipeline.id}:${of.attempt}:finished`
  const sourceEventId = isRetried ? `${name}:${when}` : name
  const occurredAt = times.at(finished)
  const notes = isRetried ? [...times.notes, 'pipeline: jobs of it were retried'] : times.notes
  return one(
    told({
      ...of,
      type: 'run.finished' as const,
      sourceEventId,
      occurredAt,
      outcome,
      queuedAt,
      startedAt,
    }),
    notes,
  )
}

export function jobRan(at: At, build: Of<typeof types.build>): Heard {
  const outcome = OUTCOMES[build.build_status]
  if (outcome === undefined) return nothing('build: not finished')
  const times = timesFrom(at.receivedAt)
  return one(
    told({
      ...host.same(at.place),
      type: 'task.finished' as const,
      sourceEventId: `build:${build.build_id}:finished`,
      occurredAt: times.at(build.build_finished_at),
      run: build.pipeline_id,
      attempt: 1 + (build.retries_count ?? 0),
      repository: at.place.repository,
      service: at.place.service,
      sha: sha(build.sha),
      branch: build.ref ?? undefined,
      task: text(build.build_name),
      outcome,
      queuedAt: instant(build.build_created_at),
      startedAt: instant(build.build_started_at),
      pool: build.runner?.description ?? undefined,
    }),
    times.notes,
  )
}
