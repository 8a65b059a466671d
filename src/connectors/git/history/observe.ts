/** A repository's history as observations: what arrived, what was released, and when. */
import type { Observation, PushedCommit } from '#insights/ports.ts'
import { type Arrival, arrivals, type Graph, type Tag } from './arrivals.ts'
import type { HistoryCommit } from './record.ts'

export interface About {
  /** `github.com/acme/checkout` */
  readonly repository: string
  readonly service: string
  readonly environment: string
  readonly tier?: number | undefined
  readonly paths?: readonly string[] | undefined
  readonly patchIds: ReadonlyMap<string, string>
  readonly now: number
}

/** What one observation tells; a merge of a year's work is told in parts. */
const COMMITS_MAX = 1_000
const BYTES_MAX = 400_000

export function* observe(graph: Graph, about: About): Generator<Observation> {
  const { repository, service, environment, tier, paths, now } = about
  const of = { source: `git:${repository}`, recordedAt: now }
  const firstAt = Math.min(now, ...graph.tags.slice(0, 1).map(({ at }) => at))
  yield {
    ...of,
    type: 'service.registered',
    sourceEventId: `service:${service}`,
    occurredAt: firstAt,
    service,
    repository,
    ...(tier !== undefined && { tier }),
    ...(paths !== undefined && { paths }),
  }
  yield {
    ...of,
    type: 'environment.changed',
    sourceEventId: `environment:${environment}`,
    occurredAt: firstAt,
    environment,
    kind: 'production',
  }
  for (const arrival of arrivals(graph)) yield* pushes(arrival, about)
  for (const tag of graph.tags) yield* deployed(tag, about)
}

function* pushes(arrival: Arrival, { repository, patchIds, now }: About): Generator<Observation> {
  const { ref, head, before, at, commits } = arrival
  const place = ref.startsWith('refs/tags/') ? 'beside' : ref
  for (const [number, part] of partsOf(commits).entries()) {
    // Read again with more in it, it is another fact.
    const more = [
      ...(number === 0 ? [] : [String(number)]),
      ...(part.some(({ paths }) => paths !== undefined) ? ['paths'] : []),
      ...(part.some(({ sha }) => patchIds.has(sha)) ? ['patches'] : []),
    ]
    yield {
      source: `git:${repository}`,
      recordedAt: now,
      type: 'commit.pushed',
      sourceEventId: ['push', place.slice(0, 200), head.sha, ...more].join(':'),
      occurredAt: at === 0 ? now : at,
      repository,
      ref,
      ...(before !== undefined && { before }),
      after: head.sha,
      commits: part.map((each) => pushed(each, patchIds)),
    }
  }
}

function partsOf(commits: readonly HistoryCommit[]): HistoryCommit[][] {
  const parts: HistoryCommit[][] = []
  let bytes = BYTES_MAX
  for (const commit of commits) {
    const { message, paths = [] } = commit
    const own = 300 + message.length + paths.reduce((sum, { length }) => sum + length + 4, 0)
    const last = parts.at(-1)
    if (last === undefined || bytes + own > BYTES_MAX || last.length >= COMMITS_MAX) {
      parts.push([commit])
      bytes = own
    } else {
      last.push(commit)
      bytes += own
    }
  }
  return parts
}

function pushed(commit: HistoryCommit, patchIds: ReadonlyMap<string, string>): PushedCommit {
  const { sha, parents, authoredAt, committedAt, message, paths } = commit
  const patchId = patchIds.get(sha)
  // A date that no software has is told by the other one.
  const at = committedAt || authoredAt
  return {
    sha,
    parents,
    ...(authoredAt > 0 && { authoredAt }),
    committedAt: at,
    message,
    ...(paths !== undefined && { paths }),
    ...(patchId !== undefined && { patchId }),
  }
}

function* deployed({ name, sha, at }: Tag, about: About): Generator<Observation> {
  const { repository, service, environment, now } = about
  const of = { source: `git:${repository}`, recordedAt: now, occurredAt: at }
  yield {
    ...of,
    type: 'release.published',
    sourceEventId: `tag:${name}`,
    repository,
    service,
    version: name,
    sha,
  }
  yield {
    ...of,
    type: 'deployment.finished',
    sourceEventId: `deployment:${service}:${environment}:${name}`,
    deployment: `git/${repository}/${environment}/${name}`,
    service,
    environment,
    environmentKind: 'production',
    sha,
    version: name,
    outcome: 'succeeded',
  }
}
