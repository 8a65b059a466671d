/**
 * GitHub's things as observations. What a hook tells and what REST lists are the same things, so
 * both come through here and get the same name: a fact that is told twice is one.
 */
import type { z } from 'zod'
import type { Heard, Observation, RunOutcome } from '#insights/ports.ts'
import * as host from '../shared/git-host.ts'
import { nothing, one, type Reading, sha, text, timesFrom, told } from '../shared/hearing.ts'
import type * as types from './types.ts'

/** Where a thing stands, and how it is read. */
export interface At {
  readonly repository: types.Repository
  readonly place: host.Place
  readonly reading: Reading
  readonly receivedAt: number
}

type Of<T extends z.ZodType> = z.infer<T>

export function atOf(repository: types.Repository, reading: Reading, receivedAt: number): At {
  const said = { path: repository.full_name, url: repository.html_url }
  const place = host.placeOf({ kind: 'github', home: 'github.com' }, said, { reading, receivedAt })
  return { repository, place, reading, receivedAt }
}

export function pushed({ repository, place }: At, push: Of<typeof types.push>): Heard {
  const { ref, before, after, commits } = push
  if (push.deleted === true) return nothing('push: a branch or tag was deleted')
  const head = sha(after)
  if (head === undefined) return nothing('push: names no commit')
  const times = timesFrom(place.receivedAt)
  const occurredAt = times.at(repository.pushed_at, push.head_commit?.timestamp)
  const tag = host.tagIn(ref)
  // What an annotated tag names is not a commit; the commit stands beside it.
  if (tag !== undefined)
    return host.versionHeard(
      place,
      { tag, commit: sha(push.head_commit?.id) ?? head, occurredAt },
      times,
    )
  const suffix = `:${repository.pushed_at ?? ''}`
  const of = { ref, before, after: head, commits, occurredAt, suffix }
  const observation = host.pushTold(place, of, times)
  return one(observation, push.forced === true ? [...times.notes, 'push: forced'] : times.notes)
}

export function released({ place }: At, release: Of<typeof types.release>): Heard {
  if (release.draft === true) return nothing('release: a draft')
  const commit = sha(release.target_commitish)
  // The push of its tag says which, and git does.
  if (commit === undefined) return nothing('release: names a branch and no commit')
  const times = timesFrom(place.receivedAt)
  const occurredAt = times.at(release.published_at, release.created_at)
  return host.versionHeard(place, { tag: release.tag_name, commit, occurredAt }, times)
}

/** What has become of it: opened, and then merged or closed. */
export function changed({ place }: At, pull: Of<typeof types.pullRequest>): Heard {
  const times = timesFrom(place.receivedAt)
  const mergeSha = sha(pull.merge_commit_sha)
  const isMerged = typeof pull.merged_at === 'string'
  const observations = host.changeTold(place, {
    change: pull.number,
    name: `pull:${place.path}#${pull.number}`,
    author: pull.user?.login,
    isDraft: pull.draft ?? undefined,
    openedAt: times.at(pull.created_at),
    ...(isMerged &&
      mergeSha !== undefined && {
        merged: {
          ...{ at: times.at(pull.merged_at), mergeSha, headSha: sha(pull.head?.sha) },
          by: pull.merged_by?.login,
        },
      }),
    ...(!isMerged &&
      typeof pull.closed_at === 'string' && {
        closed: { at: times.at(pull.closed_at), said: pull.closed_at },
      }),
  })
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
      ...host.same(at.place),
      type: 'change.reviewed' as const,
      // What it said before it was dismissed is a fact of its own, and stays one.
      sourceEventId: `review:${review.id}${verdict === 'dismissed' ? ':dismissed' : ''}`,
      occurredAt: times.at(review.submitted_at),
      repository: at.place.repository,
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
    ...host.same(at.place),
    run: run.id,
    attempt,
    repository: at.place.repository,
    service: at.place.service,
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
      ...host.same(at.place),
      type: 'task.finished' as const,
      sourceEventId: `job:${job.id}:finished`,
      occurredAt: times.at(job.completed_at),
      run: job.run_id,
      attempt: job.run_attempt ?? 1,
      repository: at.place.repository,
      service: at.place.service,
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
