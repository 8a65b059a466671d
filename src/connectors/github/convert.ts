/**
 * GitHub's things as observations. What a hook tells and what REST lists are the same things, so
 * both come through here and get the same name: a fact that is told twice is one.
 */
import { repositoryName } from '#kernel/repository-name.ts'
import type { z } from 'zod'
import type { Heard, Observation, RunOutcome } from '#insights/ports.ts'
import { nothing, one, type Reading, sha, text, timesFrom, told } from '../shared/hearing.ts'
import type * as types from './types.ts'

/** Where a thing stands, and how it is read. */
export interface At {
  readonly repository: types.Repository
  readonly reading: Reading
  readonly receivedAt: number
}

type Of<T extends z.ZodType> = z.infer<T>
type Same = { readonly source: string; readonly recordedAt: number }

export function sourceOf({ html_url: url }: types.Repository): string {
  const host = typeof url === 'string' && URL.canParse(url) ? new URL(url).hostname : 'github.com'
  return host === 'github.com' ? 'github' : `github:${host.toLowerCase()}`
}

const same = ({ repository, receivedAt }: At): Same => ({
  source: sourceOf(repository),
  recordedAt: receivedAt,
})
const nameOf = ({ full_name: name, html_url: url }: types.Repository) =>
  repositoryName(url ?? `github.com/${name}`)
const service = ({ reading, repository }: At) => reading.serviceOf(repository.full_name)

/** All commits of a longer push are in git, where the graph comes from anyway. */
const COMMITS_MAX = 2_048
const PATHS_MAX = 3_000

export function pushed(at: At, push: Of<typeof types.push>): Heard {
  const { repository } = at
  const { ref, before, after } = push
  if (push.deleted === true) return nothing('push: a branch or tag was deleted')
  const head = sha(after)
  if (head === undefined) return nothing('push: names no commit')
  const times = timesFrom(at.receivedAt)
  const occurredAt = times.at(repository.pushed_at, push.head_commit?.timestamp)
  const tag = /^refs\/tags\/(.+)$/.exec(ref)?.[1]
  if (tag !== undefined) {
    // What an annotated tag names is not a commit; the commit stands beside it.
    const commit = sha(push.head_commit?.id) ?? head
    return one(versionTold(at, { tag, commit, occurredAt }), times.notes)
  }
  const commits = (push.commits ?? []).slice(0, COMMITS_MAX).flatMap((commit) => {
    const name = sha(commit.id)
    if (name === undefined) return []
    const paths = [commit.added, commit.removed, commit.modified].flatMap((each) => each ?? [])
    const message = commit.message ?? undefined
    return [
      told({
        sha: name,
        committedAt: times.at(commit.timestamp),
        message: message === undefined ? undefined : text(message, 8_192),
        paths: paths.length === 0 ? undefined : paths.slice(0, PATHS_MAX).map((path) => text(path)),
      }),
    ]
  })
  const name = `push:${repository.full_name}:${ref}:${before ?? ''}:${after}`
  return one(
    told({
      ...same(at),
      type: 'commit.pushed' as const,
      sourceEventId: text(`${name}:${repository.pushed_at ?? ''}`),
      occurredAt,
      repository: nameOf(repository),
      ref: text(ref),
      before: sha(before),
      after: head,
      commits,
    }),
    push.forced === true ? [...times.notes, 'push: forced'] : times.notes,
  )
}

function versionTold(
  at: At,
  { tag, commit, occurredAt }: { tag: string; commit: string; occurredAt: number },
): Observation {
  return {
    ...same(at),
    type: 'release.published',
    sourceEventId: text(`tag:${at.repository.full_name}:${tag}`),
    occurredAt,
    repository: nameOf(at.repository),
    service: service(at),
    version: text(tag),
    sha: commit,
  }
}

export function released(at: At, release: Of<typeof types.release>): Heard {
  if (release.draft === true) return nothing('release: a draft')
  const commit = sha(release.target_commitish)
  // The push of its tag says which, and git does.
  if (commit === undefined) return nothing('release: names a branch and no commit')
  const times = timesFrom(at.receivedAt)
  const occurredAt = times.at(release.published_at, release.created_at)
  return one(versionTold(at, { tag: release.tag_name, commit, occurredAt }), times.notes)
}

/** What has become of it: opened, and then merged or closed. */
export function changed(at: At, pull: Of<typeof types.pullRequest>): Heard {
  const times = timesFrom(at.receivedAt)
  const of = { ...same(at), repository: nameOf(at.repository), change: pull.number }
  const id = (what: string) => text(`pull:${at.repository.full_name}#${pull.number}:${what}`)
  const author = pull.user?.login
  const observations: Observation[] = [
    told({
      ...of,
      type: 'change.opened' as const,
      sourceEventId: id('opened'),
      occurredAt: times.at(pull.created_at),
      author,
      isDraft: pull.draft ?? undefined,
    }),
  ]
  const mergeSha = sha(pull.merge_commit_sha)
  const isMerged = typeof pull.merged_at === 'string'
  if (isMerged && mergeSha !== undefined)
    observations.push(
      told({
        ...of,
        type: 'change.merged' as const,
        sourceEventId: id('merged'),
        occurredAt: times.at(pull.merged_at),
        author,
        mergeSha,
        headSha: sha(pull.head?.sha),
        by: pull.merged_by?.login,
      }),
    )
  else if (!isMerged && typeof pull.closed_at === 'string')
    observations.push(
      told({
        ...of,
        type: 'change.closed' as const,
        sourceEventId: id(`closed:${pull.closed_at}`),
        occurredAt: times.at(pull.closed_at),
        author,
      }),
    )
  const lost = isMerged && mergeSha === undefined ? ['pull_request: merged without a commit'] : []
  return { observations, notes: [...times.notes, ...lost] }
}

type Verdict = Extract<Observation, { readonly type: 'change.reviewed' }>['verdict']
const VERDICTS: Readonly<Record<string, Verdict>> = {
  approved: 'approved',
  changes_requested: 'changesRequested',
  commented: 'commented',
  dismissed: 'dismissed',
}

export function reviewed(at: At, change: string, review: Of<typeof types.review>): Heard {
  const verdict = VERDICTS[review.state.toLowerCase()]
  if (verdict === undefined) return nothing('pull_request_review: without a verdict')
  const times = timesFrom(at.receivedAt)
  return one(
    told({
      ...same(at),
      type: 'change.reviewed' as const,
      // What it said before it was dismissed is a fact of its own, and stays one.
      sourceEventId: `review:${review.id}${verdict === 'dismissed' ? ':dismissed' : ''}`,
      occurredAt: times.at(review.submitted_at),
      repository: nameOf(at.repository),
      change,
      verdict,
      sha: sha(review.commit_id),
      by: review.user?.login,
    }),
    times.notes,
  )
}

const OUTCOMES: Readonly<Record<string, RunOutcome>> = {
  success: 'succeeded',
  failure: 'failed',
  timed_out: 'failed',
  startup_failure: 'error',
  cancelled: 'cancelled',
  stale: 'superseded',
  skipped: 'skipped',
  neutral: 'skipped',
}

/** One attempt of a run. A re-run keeps the run's id and counts its attempts up. */
export function ran(at: At, run: Of<typeof types.workflowRun>): Heard {
  const { repository } = at
  const attempt = run.run_attempt ?? 1
  const times = timesFrom(at.receivedAt)
  const isOwn =
    run.head_repository === null ||
    run.head_repository === undefined ||
    run.head_repository.full_name === repository.full_name
  const of = told({
    ...same(at),
    run: run.id,
    attempt,
    repository: nameOf(repository),
    service: service(at),
    sha: sha(run.head_sha),
    branch: run.head_branch ?? undefined,
    isDefaultBranch:
      typeof repository.default_branch === 'string'
        ? isOwn && run.head_branch === repository.default_branch && run.event !== 'pull_request'
        : undefined,
    trigger: run.event ?? undefined,
    template: run.path ?? run.name ?? undefined,
  })
  const id = (what: string) => `run:${run.id}:${attempt}:${what}`
  // The run's own instant is that of its first attempt.
  const queuedAt = attempt === 1 ? times.at(run.created_at) : times.at(run.run_started_at)
  const startedAt = typeof run.run_started_at === 'string' ? times.at(run.run_started_at) : queuedAt
  if (run.status !== 'completed') {
    const isRunning = run.status === 'in_progress'
    const type = isRunning ? ('run.started' as const) : ('run.queued' as const)
    const occurredAt = isRunning ? startedAt : queuedAt
    return one({ ...of, type, sourceEventId: id(type.slice(4)), occurredAt }, times.notes)
  }
  const outcome = OUTCOMES[run.conclusion ?? '']
  if (outcome === undefined) return nothing('workflow_run: completed without an outcome')
  return one(
    {
      ...of,
      type: 'run.finished',
      sourceEventId: id('finished'),
      occurredAt: times.at(run.updated_at),
      outcome,
      isManualRetry: attempt > 1,
      queuedAt,
      startedAt,
    },
    times.notes,
  )
}

export function jobRan(at: At, job: Of<typeof types.workflowJob>): Heard {
  if (job.status !== 'completed') return nothing('workflow_job: not finished')
  const outcome = OUTCOMES[job.conclusion ?? '']
  if (outcome === undefined) return nothing('workflow_job: completed without an outcome')
  const times = timesFrom(at.receivedAt)
  const optional = (said: string | null | undefined) =>
    typeof said === 'string' ? times.at(said) : undefined
  return one(
    told({
      ...same(at),
      type: 'task.finished' as const,
      sourceEventId: `job:${job.id}:finished`,
      occurredAt: times.at(job.completed_at),
      run: job.run_id,
      attempt: job.run_attempt ?? 1,
      repository: nameOf(at.repository),
      service: service(at),
      sha: sha(job.head_sha),
      branch: job.head_branch ?? undefined,
      task: text(job.name),
      outcome,
      queuedAt: optional(job.created_at),
      startedAt: optional(job.started_at),
      pool: job.runner_group_name ?? job.labels?.[0],
    }),
    times.notes,
  )
}
