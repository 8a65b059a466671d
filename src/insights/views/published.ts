/**
 * What tools for reports may read, in the schema `bi` (docs/reference/sql.md). Facts alone: no
 * secret, no payload, no text that somebody wrote, nobody's name or address. A column, once here,
 * keeps its name and meaning; new ones come last.
 */
import type { PublishedColumn, PublishedView } from '#engine/published.ts'
import type { ColumnType } from '#engine/views.ts'

type Told = readonly [type: ColumnType, about: string, from: string]

/** A column with what it is of; the query is put together of these. */
function published(
  name: string,
  about: string,
  from: string,
  columns: Readonly<Record<string, Told>>,
): PublishedView {
  const all = Object.entries(columns)
  const told = all.map(([column, [type, what]]): [string, PublishedColumn] => [
    column,
    { type, about: what },
  ])
  const selected = all.map(([column, [, , of]]) => `${of} as "${column}"`)
  const query = `select ${selected.join(', ')} from ${from}`
  return { name, about, columns: Object.fromEntries(told), query }
}

const seconds = (from: string, to: string, about: string): Told => [
  'double precision',
  `${about}, in seconds`,
  `extract(epoch from ${to} - ${from})::double precision`,
]

const services = published('services', 'One row a service.', 'services', {
  service: ['text', 'its name', 'name'],
  tier: ['integer', '0 to 3, as of now', 'tier'],
  owner: ['text', 'the team that owns it', 'owner'],
  changed_at: ['timestamptz', 'when its manifest last changed', 'changed_at'],
})

const environments = published('environments', 'One row an environment.', 'environments', {
  environment: ['text', 'its name', 'name'],
  kind: ['text', 'production, staging, test or development', `spec->>'kind'`],
})

const runs = published('runs', 'One row a run of a pipeline, own and reported.', 'runs', {
  run: ['text', 'its id', 'id'],
  service: ['text', 'of which service', 'service'],
  branch: ['text', 'of which branch', 'branch'],
  sha: ['text', 'of which commit', 'sha'],
  trigger: ['text', 'push, pull request, person …', 'trigger'],
  is_reported: ['boolean', 'another CI system ran it', 'origin is not null'],
  outcome: ['text', 'running, or what became of it', 'outcome'],
  queued_at: ['timestamptz', 'when it was queued', 'queued_at'],
  ended_at: ['timestamptz', 'when it ended; null: it runs', 'ended_at'],
  duration_seconds: seconds('queued_at', 'ended_at', 'from queue to end'),
})

const jobs = published('job_attempts', 'One row an attempt of a job.', 'run_attempts', {
  run: ['text', 'of which run', 'run'],
  job: ['text', 'the job', 'job'],
  attempt: ['integer', 'counted from 1', 'attempt::integer'],
  outcome: ['text', 'what became of it', 'outcome'],
  reason: ['text', 'why it failed, a word', 'reason'],
  exit_code: ['integer', 'of its command', 'exit_code'],
  started_at: ['timestamptz', 'when a runner took it', 'started_at'],
  ended_at: ['timestamptz', 'when it ended', 'ended_at'],
  duration_seconds: ['double precision', 'how long it worked, in seconds', 'duration_ms / 1000'],
})

const artifacts = published('artifacts', 'One row an artifact.', 'artifacts', {
  digest: ['text', 'what names it', 'digest'],
  service: ['text', 'of which service', 'service'],
  sha: ['text', 'of which commit', 'sha'],
  run: ['text', 'of which run', 'run'],
  size_bytes: ['bigint', 'its size', 'size_bytes'],
  is_complete: ['boolean', 'everything that is owed is attested', 'complete'],
  attestations: ['integer', 'how many', 'jsonb_array_length(attestations)'],
  published_at: ['timestamptz', 'when it was published', 'published_at'],
  removed_at: ['timestamptz', 'since then its bytes are gone', 'removed_at'],
})

const releases = published('releases', 'One row a release.', 'releases', {
  release: ['text', 'its id', 'release'],
  service: ['text', 'of which service', 'service'],
  version: ['text', 'its version', 'version'],
  artifact: ['text', 'the digest of its artifact', 'artifact'],
  sha: ['text', 'of which commit', 'sha'],
  commits: ['integer', 'changes since the one before', '"commitCount"'],
  is_vetoed: ['boolean', 'marked bad somewhere', 'cardinality(vetoes) > 0'],
  created_at: ['timestamptz', 'when it was made', '"createdAt"'],
})

/** Production has a change with the first release of its line, from its own on, that came there. */
const DELIVERED = `(select c.*, l.delivered_at,
    l.delivered_at = min(l.delivered_at) over (partition by c.service) as is_seed
  from change_facts c join (
    select r.release, min(s.at) over (partition by r.service order by r.released_at desc)
      as delivered_at
    from (select release, service, min(released_at) as released_at
      from change_facts group by release, service) r
    left join (select release, min("finishedAt") as at from deployments
      where "environmentKind" = 'production' and outcome = 'succeeded' and kind = 'forward'
        and undoes is null group by release) s using (release)) l using (release)) c`

const changes = published(
  'changes',
  'One row a commit of a release, with its first production deployment.',
  DELIVERED,
  {
    service: ['text', 'of which service', 'service'],
    sha: ['text', 'the commit', 'sha'],
    release: ['text', 'the release that first contains it', 'release'],
    version: ['text', 'the version of that', 'version'],
    committed_at: ['timestamptz', 'when it was committed', 'committed_at'],
    released_at: ['timestamptz', 'when that release was made', 'released_at'],
    delivered_at: ['timestamptz', 'when production first had it; null: not yet', 'delivered_at'],
    lead_seconds: seconds('committed_at', 'delivered_at', 'from commit to production'),
    is_seed: ['boolean', 'of the first deployment ever: in no lead time', 'is_seed'],
  },
)

const promotions = published('promotions', 'One row a promotion.', 'promotions', {
  promotion: ['text', 'its id', 'id'],
  service: ['text', 'of which service', 'service'],
  environment: ['text', 'into which environment', 'environment'],
  release: ['text', 'of which release', 'release'],
  origin: ['text', 'automatic, or a person', 'origin'],
  status: ['text', 'waiting, started, ended', 'status'],
  outcome: ['text', 'what became of it', 'outcome'],
  deployment: ['text', 'the deployment that it started', 'deployment'],
  planned_at: ['timestamptz', 'when it was asked for', '"plannedAt"'],
  started_at: ['timestamptz', 'when it started', '"startedAt"'],
  ended_at: ['timestamptz', 'when it ended', '"endedAt"'],
  waited_seconds: seconds('"plannedAt"', '"startedAt"', 'for gates, people and its turn'),
})

const deployments = published('deployments', 'One row a deployment.', 'deployments', {
  deployment: ['text', 'its id', 'id'],
  service: ['text', 'of which service', 'service'],
  environment: ['text', 'into which environment', 'environment'],
  environment_kind: ['text', 'of which kind that is', '"environmentKind"'],
  tier: ['integer', 'the tier in force then', 'tier'],
  kind: [
    'text',
    'forward, redeploy or rollback',
    `case when undoes is null then kind else 'rollback' end`,
  ],
  strategy: ['text', 'rolling, canary or blue-green', `plan->>'strategy'`],
  release: ['text', 'of which release', 'release'],
  version: ['text', 'its version', 'version'],
  artifact: ['text', 'the digest of its artifact', 'artifact'],
  sha: ['text', 'of which commit', 'sha'],
  status: ['text', 'where it stands', 'status'],
  outcome: ['text', 'what became of it; null: under way', 'outcome'],
  undoes: ['text', 'the deployment that it takes back', 'undoes'],
  fixes: ['text', 'the deployment, release or incident that it mends', 'fixes'],
  started_at: ['timestamptz', 'when it started', '"startedAt"'],
  exposed_at: ['timestamptz', 'when users first met it', '"exposedAt"'],
  finished_at: ['timestamptz', 'when it ended', '"finishedAt"'],
  duration_seconds: seconds('"startedAt"', '"finishedAt"', 'from start to end'),
})

const CONFIRMED = `(select count(*) from jsonb_array_elements(causes) c
  where (c->>'confirmed')::boolean)::integer`

const incidents = published('incidents', 'One row an incident.', 'incidents', {
  incident: ['text', 'its id', 'id'],
  service: ['text', 'of which service', 'service'],
  environment: ['text', 'in which environment', 'environment'],
  severity: ['integer', '1 is the worst', 'severity'],
  status: ['text', 'open, mitigated or resolved', 'status'],
  causes: ['integer', 'confirmed causes', CONFIRMED],
  impact_started_at: ['timestamptz', 'since when users were harmed', 'impact_started_at'],
  opened_at: ['timestamptz', 'when it was opened', 'opened_at'],
  acknowledged_at: ['timestamptz', 'when somebody took the call', 'acknowledged_at'],
  mitigated_at: ['timestamptz', 'when the harm ended', 'mitigated_at'],
  resolved_at: ['timestamptz', 'when its cause was gone', 'resolved_at'],
  recovery_seconds: seconds(
    'impact_started_at',
    'coalesce(mitigated_at, resolved_at)',
    'from harm to its end',
  ),
})

const causes = published(
  'incident_causes',
  'One row a deployment that is said to have caused an incident.',
  'incidents i cross join lateral jsonb_array_elements(i.causes) c',
  {
    incident: ['text', 'of which incident', 'i.id'],
    deployment: ['text', 'the deployment', `c->>'deployment'`],
    is_confirmed: ['boolean', 'a person said so', `(c->>'confirmed')::boolean`],
  },
)

const waivers = published('waivers', 'One row a waiver.', 'waivers', {
  waiver: ['text', 'its id', 'waiver'],
  check: ['text', 'the check that is waived', '"check"'],
  status: ['text', 'requested, approved or revoked', 'status'],
  requested_at: ['timestamptz', 'when it was asked for', '"requestedAt"'],
  expires_at: ['timestamptz', 'when it ends', '"expiresAt"'],
})

const reviews = published('reviews', 'One row a review that is owed or done.', 'reviews', {
  review: ['text', 'its id', 'id'],
  service: ['text', 'of which service', 'service'],
  environment: ['text', 'of which environment', 'environment'],
  status: ['text', 'where it stands', 'status'],
  due_at: ['timestamptz', 'when it is due', '"dueAt"'],
})

const pullRequests = published(
  'vcs_changes',
  'One row a pull or merge request that GitHub, GitLab or an import told of.',
  `(select repository, change,
      min(at) filter (where what = 'opened') as opened_at,
      min(at) filter (where what = 'reviewed') as reviewed_at,
      min(at) filter (where approves) as approved_at,
      min(at) filter (where what = 'merged') as merged_at,
      min(at) filter (where what = 'closed') as closed_at
    from told_changes group by repository, change) v`,
  {
    repository: ['text', 'of which repository', `regexp_replace(repository, '//[^/@]*@', '//')`],
    change: ['text', 'its number', 'change'],
    state: [
      'text',
      'open, merged or closed',
      `case when merged_at is not null then 'merged' when closed_at is not null then 'closed'
        else 'open' end`,
    ],
    opened_at: ['timestamptz', 'when it was opened', 'opened_at'],
    reviewed_at: ['timestamptz', 'its first review', 'reviewed_at'],
    approved_at: ['timestamptz', 'its first approval', 'approved_at'],
    merged_at: ['timestamptz', 'when it was merged', 'merged_at'],
    time_to_merge_seconds: seconds('opened_at', 'merged_at', 'from opening to merge'),
  },
)

export const publishedViews: readonly PublishedView[] = [
  ...[services, environments, runs, jobs, artifacts, releases, changes, promotions, deployments],
  ...[incidents, causes, waivers, reviews, pullRequests],
]
