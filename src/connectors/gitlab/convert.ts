/**
 * GitLab's things as observations: what was written and what ran. Hooks and REST both come through
 * here and give the same names, so that a fact told twice is one.
 */
import type { z } from 'zod'
import type { Heard, Observation, RunOutcome } from '#insights/ports.ts'
import { repositoryName } from '#kernel/repository-name.ts'
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
  readonly reading: Reading
  readonly receivedAt: number
  /** Who did what is told, as GitLab's hooks name them. */
  readonly by?: string | undefined
}

export type Of<T extends z.ZodType> = z.infer<T>

function sourceOf({ web_url: url }: types.Project): string {
  const host = typeof url === 'string' && URL.canParse(url) ? new URL(url).hostname : 'gitlab.com'
  return host === 'gitlab.com' ? 'gitlab' : `gitlab:${host.toLowerCase()}`
}

export const same = ({ project, receivedAt }: At) => ({
  source: sourceOf(project),
  recordedAt: receivedAt,
})
export const pathOf = ({ project }: At) => project.path_with_namespace
export const nameOf = ({ project }: At) =>
  repositoryName(project.web_url ?? `gitlab.com/${project.path_with_namespace}`)
export const serviceOf = (at: At) => at.reading.serviceOf(pathOf(at))

const COMMITS_MAX = 2_048
const PATHS_MAX = 3_000

/** A push says when its commits were made and not when it was. */
export function pushed(at: At, push: Of<typeof types.push>): Heard {
  const head = sha(push.after)
  if (head === undefined) return nothing('push: a branch or tag was deleted')
  const times = timesFrom(at.receivedAt)
  const occurredAt = times.at()
  const tag = /^refs\/tags\/(.+)$/.exec(push.ref)?.[1]
  if (tag !== undefined)
    return one(
      versionTold(at, { tag, commit: sha(push.checkout_sha) ?? head, occurredAt }),
      times.notes,
    )
  const commits = (push.commits ?? []).slice(0, COMMITS_MAX).flatMap((commit) => {
    const name = sha(commit.id)
    if (name === undefined) return []
    const paths = [commit.added, commit.removed, commit.modified].flatMap((each) => each ?? [])
    return [
      told({
        sha: name,
        committedAt: times.at(commit.timestamp),
        message: typeof commit.message === 'string' ? text(commit.message, 8_192) : undefined,
        paths: paths.length === 0 ? undefined : paths.slice(0, PATHS_MAX).map((path) => text(path)),
      }),
    ]
  })
  return one(
    told({
      ...same(at),
      type: 'commit.pushed' as const,
      sourceEventId: text(`push:${pathOf(at)}:${push.ref}:${push.before ?? ''}:${push.after}`),
      occurredAt,
      repository: nameOf(at),
      ref: text(push.ref),
      before: sha(push.before),
      after: head,
      commits,
    }),
    times.notes,
  )
}

function versionTold(
  at: At,
  { tag, commit, occurredAt }: { tag: string; commit: string; occurredAt: number },
): Observation {
  return {
    ...same(at),
    type: 'release.published',
    sourceEventId: text(`tag:${pathOf(at)}:${tag}`),
    occurredAt,
    repository: nameOf(at),
    service: serviceOf(at),
    version: text(tag),
    sha: commit,
  }
}

export function released(at: At, release: Of<typeof types.release>): Heard {
  if (release.action === 'delete') return nothing('release: deleted')
  const commit = sha(release.commit?.id)
  if (commit === undefined) return nothing('release: names no commit')
  const times = timesFrom(at.receivedAt)
  const occurredAt = times.at(release.released_at, release.created_at)
  return one(versionTold(at, { tag: release.tag, commit, occurredAt }), times.notes)
}

/** How it stands, the same with every action, and an approval where it is one. */
export function changed(at: At, request: Of<typeof types.mergeRequest>): Heard {
  const times = timesFrom(at.receivedAt)
  const of = { ...same(at), repository: nameOf(at), change: request.iid }
  const id = (what: string) => text(`merge:${pathOf(at)}!${request.iid}:${what}`)
  const author = request.author?.username ?? undefined
  const head = sha(request.last_commit?.id) ?? sha(request.sha)
  const observations: Observation[] = [
    told({
      ...of,
      type: 'change.opened' as const,
      sourceEventId: id('opened'),
      occurredAt: times.at(request.created_at),
      author,
      isDraft: request.draft ?? request.work_in_progress ?? undefined,
    }),
  ]
  // Fast-forwarded, it has no commit of its own: its last one is what arrived.
  const squash = sha(request.squash_commit_sha)
  const mergeSha = sha(request.merge_commit_sha) ?? squash ?? head
  if (request.state === 'merged' && mergeSha !== undefined)
    observations.push(
      told({
        ...of,
        type: 'change.merged' as const,
        sourceEventId: id('merged'),
        occurredAt: times.at(request.merged_at, request.updated_at),
        author,
        mergeSha,
        headSha: head,
        method: squash === undefined ? undefined : ('squash' as const),
        by: request.action === 'merge' ? at.by : undefined,
      }),
    )
  if (request.state === 'closed') {
    const closedAt = request.closed_at ?? request.updated_at
    observations.push(
      told({
        ...of,
        type: 'change.closed' as const,
        sourceEventId: id(`closed:${closedAt ?? ''}`),
        occurredAt: times.at(closedAt),
        author,
      }),
    )
  }
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
      ...same(at),
      type: 'change.reviewed' as const,
      sourceEventId: `note:${note.id}`,
      occurredAt: times.at(note.created_at),
      repository: nameOf(at),
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
    ...same(at),
    run: pipeline.id,
    // A retry keeps the pipeline, and nothing numbers it: the first and what came after it.
    attempt: isRetried ? 2 : 1,
    repository: nameOf(at),
    service: serviceOf(at),
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
      ...same(at),
      type: 'task.finished' as const,
      sourceEventId: `build:${build.build_id}:finished`,
      occurredAt: times.at(build.build_finished_at),
      run: build.pipeline_id,
      attempt: 1 + (build.retries_count ?? 0),
      repository: nameOf(at),
      service: serviceOf(at),
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
