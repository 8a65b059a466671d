/**
 * What every git host tells in the same way: pushes, versions, changes, and issues that are
 * incidents or tickets. A host's words stop in its own folder; here they are ours already.
 */
import { repositoryName } from '#kernel/repository-name.ts'
import type { Heard, Observation } from '#insights/ports.ts'
import { one, type Reading, severityOf, sha, text, type Times, told } from './hearing.ts'

/** Where something happened, and how what is told of it is named. */
export interface Place {
  readonly source: string
  /** `acme/shop` */
  readonly path: string
  readonly repository: string
  readonly service: string
  readonly receivedAt: number
}

export function placeOf(
  host: { readonly kind: string; readonly home: string },
  said: { readonly path: string; readonly url: string | null | undefined },
  { reading, receivedAt }: { readonly reading: Reading; readonly receivedAt: number },
): Place {
  const { path, url } = said
  const name = typeof url === 'string' && URL.canParse(url) ? new URL(url).hostname : host.home
  return {
    source: name === host.home ? host.kind : `${host.kind}:${name.toLowerCase()}`,
    path,
    repository: repositoryName(url ?? `${host.home}/${path}`),
    service: reading.serviceOf(path),
    receivedAt,
  }
}

export const same = ({ source, receivedAt }: Place) => ({ source, recordedAt: receivedAt })

/** All commits of a longer push are in git, where the graph comes from anyway. */
const COMMITS_MAX = 2_048
const PATHS_MAX = 3_000
const MESSAGE_LENGTH_MAX = 8_192

type Maybe<T> = T | null | undefined

interface SaidCommit {
  readonly id: string
  readonly message?: Maybe<string>
  readonly timestamp?: Maybe<string>
  readonly added?: Maybe<readonly string[]>
  readonly removed?: Maybe<readonly string[]>
  readonly modified?: Maybe<readonly string[]>
}

export interface Push {
  readonly ref: string
  readonly before: Maybe<string>
  readonly after: string
  readonly commits: Maybe<readonly SaidCommit[]>
  readonly occurredAt: number
  /** What tells two pushes of the same commits apart, where the host says it. */
  readonly suffix?: string
}

export function pushTold(place: Place, push: Push, times: Times): Observation {
  const { ref, before, after, occurredAt, suffix = '' } = push
  return told({
    ...same(place),
    type: 'commit.pushed' as const,
    sourceEventId: text(`push:${place.path}:${ref}:${before ?? ''}:${after}${suffix}`),
    occurredAt,
    repository: place.repository,
    ref: text(ref),
    before: sha(before),
    after,
    commits: (push.commits ?? []).slice(0, COMMITS_MAX).flatMap((each) => commitTold(each, times)),
  })
}

function commitTold(commit: SaidCommit, times: Times) {
  const name = sha(commit.id)
  if (name === undefined) return []
  const { message, timestamp, added, removed, modified } = commit
  const paths = [added, removed, modified].flatMap((each) => each ?? [])
  return [
    told({
      sha: name,
      committedAt: times.at(timestamp),
      message: typeof message === 'string' ? text(message, MESSAGE_LENGTH_MAX) : undefined,
      paths: paths.length === 0 ? undefined : paths.slice(0, PATHS_MAX).map((path) => text(path)),
    }),
  ]
}

export const tagIn = (ref: string) => /^refs\/tags\/(.+)$/.exec(ref)?.[1]

interface Version {
  readonly tag: string
  readonly commit: string
  readonly occurredAt: number
}

export function versionTold(place: Place, { tag, commit, occurredAt }: Version): Observation {
  return {
    ...same(place),
    type: 'release.published',
    sourceEventId: text(`tag:${place.path}:${tag}`),
    occurredAt,
    repository: place.repository,
    service: place.service,
    version: text(tag),
    sha: commit,
  }
}

export interface Change {
  readonly change: string
  /** `pull:acme/shop#7` */
  readonly name: string
  readonly author: string | undefined
  readonly isDraft: boolean | undefined
  readonly openedAt: number
  readonly merged?: {
    readonly at: number
    readonly mergeSha: string
    readonly headSha: string | undefined
    readonly method?: 'squash' | undefined
    readonly by: string | undefined
  }
  readonly closed?: { readonly at: number; readonly said: string }
}

/** How it stands, the same with everything that happens to it: opened, then merged or closed. */
export function changeTold(place: Place, change: Change): readonly Observation[] {
  const { name, author, isDraft, openedAt, merged, closed } = change
  const of = { ...same(place), repository: place.repository, change: change.change }
  const id = (what: string) => text(`${name}:${what}`)
  const opened = told({
    ...of,
    ...{ type: 'change.opened' as const, sourceEventId: id('opened'), occurredAt: openedAt },
    ...{ author, isDraft },
  })
  if (merged !== undefined) {
    const { at: occurredAt, ...how } = merged
    const type = 'change.merged' as const
    return [opened, told({ ...of, type, sourceEventId: id('merged'), occurredAt, author, ...how })]
  }
  if (closed === undefined) return [opened]
  const sourceEventId = id(`closed:${closed.said}`)
  const type = 'change.closed' as const
  return [opened, told({ ...of, type, sourceEventId, occurredAt: closed.at, author })]
}

export interface Issue {
  readonly number: string
  readonly labels: readonly string[]
  readonly isIncident: boolean
  readonly title: Maybe<string>
  readonly severity: number | undefined
  readonly createdAt: Maybe<string>
  readonly updatedAt: Maybe<string>
  readonly closedAt: Maybe<string>
  readonly isReopened: boolean
}

/** An incident, or a ticket; by its labels one of support for releasing. */
export function issueTold(place: Place, issue: Issue, reading: Reading, times: Times): Heard {
  const observations = issue.isIncident
    ? incidentTold(place, issue, times)
    : ticketTold(place, issue, reading, times)
  return { observations, notes: times.notes }
}

export const issueName = ({ path }: Place, number: string) => text(`${path}#${number}`)
export const issueId = ({ path }: Place, number: string, what: string) =>
  text(`issue:${path}#${number}:${what}`)

function incidentTold(place: Place, issue: Issue, times: Times): readonly Observation[] {
  const { number, labels, title, severity, closedAt } = issue
  const of = { ...same(place), incident: issueName(place, number) }
  const opened = told({
    ...of,
    type: 'incident.opened' as const,
    sourceEventId: issueId(place, number, 'incident'),
    occurredAt: times.at(issue.createdAt),
    service: place.service,
    severity: severity ?? severityOf(labels),
    title: typeof title === 'string' ? text(title) : undefined,
  })
  if (typeof closedAt !== 'string') return [opened]
  const sourceEventId = issueId(place, number, `resolved:${closedAt}`)
  const occurredAt = times.at(closedAt)
  return [opened, { ...of, type: 'incident.resolved', sourceEventId, occurredAt }]
}

function ticketTold(
  place: Place,
  issue: Issue,
  reading: Reading,
  times: Times,
): readonly Observation[] {
  const { number, labels, isReopened, updatedAt, closedAt } = issue
  const of = {
    ...{ ...same(place), ticket: issueName(place, number) },
    ...(labels.length > 0 && { labels }),
    ...(reading.isSupport(labels) && { class: 'release-platform' }),
  }
  const what = isReopened ? `reopened:${updatedAt ?? ''}` : 'opened'
  const opened: Observation = {
    ...of,
    type: 'ticket.opened',
    sourceEventId: issueId(place, number, what),
    occurredAt: times.at(isReopened ? updatedAt : issue.createdAt),
    ...(isReopened && { isReopened }),
  }
  if (typeof closedAt !== 'string') return [opened]
  const sourceEventId = issueId(place, number, `closed:${closedAt}`)
  const occurredAt = times.at(closedAt)
  return [opened, { ...of, type: 'ticket.closed', sourceEventId, occurredAt }]
}

/** A tag of a push, or a release: which commit was called so. */
export const versionHeard = (place: Place, version: Version, times: Times): Heard =>
  one(versionTold(place, version), times.notes)
