/**
 * Numbers of delivery for Prometheus, under OpenTelemetry's names where it has one (`cicd.*`,
 * `vcs.*`). They are counted from facts: every replica says the same, and a restart begins nothing
 * anew. A service or repository beyond the first fifty is `other`, so that no series changes hands;
 * so is each for those who have not said who they are.
 */
import { type RawBuilder, sql } from 'kysely'
import type { Distribution, Labels, Metric, Sample } from '#engine/exposition.ts'
import type { Reads } from '#engine/sql.ts'

const NAMED_MAX = 50
/** Several scrapers and replicas ask; the facts are counted once in this time. */
const KEPT_MS = 10_000

const [MINUTE, HOUR, DAY] = [60, 3600, 86_400]
const RUN_BOUNDS = [10, 30, MINUTE, 120, 300, 600, 900, 1200, 1800, HOUR, 2 * HOUR, 6 * HOUR]
const DAYS_BOUNDS = [HOUR, 4 * HOUR, 12 * HOUR, DAY, 2 * DAY, 4 * DAY, 7 * DAY, 14 * DAY, 30 * DAY]

type Asked = (hasNames: boolean) => Promise<readonly Metric[]>

export function deliveryMetrics(reads: Reads, now: () => number): Asked {
  const kept = new Map<boolean, { until: number; metrics: Promise<readonly Metric[]> }>()
  return (hasNames) => {
    const known = kept.get(hasNames)
    if (known !== undefined && now() < known.until) return known.metrics
    const metrics = measured(reads, hasNames)
    kept.set(hasNames, { until: now() + KEPT_MS, metrics })
    metrics.catch(() => kept.delete(hasNames))
    return metrics
  }
}

async function measured(reads: Reads, hasNames: boolean): Promise<readonly Metric[]> {
  const service = named(sql`service`, hasNames ? await firstServices(reads) : [])
  const repository = named(sql`repository`, hasNames ? await firstRepositories(reads) : [])
  const parts = [
    pipelines(reads, service),
    deployments(reads, service),
    changes(reads, repository),
    queues(reads),
  ]
  return (await Promise.all(parts)).flat()
}

async function pipelines(reads: Reads, service: Raw): Promise<readonly Metric[]> {
  const state = sql`case when leased > 0 then 'executing' else 'pending' end`
  const result = sql`case outcome when 'succeeded' then 'success' when 'failed' then 'failure'
    else 'cancellation' end`
  const ended = sql`bi.runs where outcome <> 'running' and duration_seconds is not null`
  const attempts = sql`run_attempts a join runs r on r.id = a.run where a.reason is not null`
  const platform = sql`and (reason like 'infra.%' or reason like 'lost.%'
    or reason in ('image_pull', 'artifact', 'cache', 'timeout.queue'))`
  return [
    await histogram(reads, {
      name: 'cicd_pipeline_run_duration_seconds',
      help: 'From queue to end, of runs that ended.',
      ...{ bounds: RUN_BOUNDS, of: sql`duration_seconds`, from: ended },
      by: { cicd_pipeline_name: service, cicd_pipeline_result: result },
    }),
    await counted(reads, 'gauge', {
      name: 'cicd_pipeline_run_active',
      help: 'Runs under way.',
      from: sql`runs where outcome = 'running'`,
      by: { cicd_pipeline_name: service, cicd_pipeline_run_state: state },
    }),
    await counted(reads, 'counter', {
      name: 'cicd_pipeline_run_errors_total',
      help: 'Attempts of jobs that did not succeed, by why.',
      from: sql`(select r.service, a.reason from ${attempts}) e`,
      by: { cicd_pipeline_name: service, error_type: sql`reason` },
    }),
    await counted(reads, 'counter', {
      name: 'cicd_system_errors_total',
      help: 'Those that the platform is to blame for.',
      from: sql`run_attempts where reason is not null ${platform}`,
      by: { cicd_system_component: sql`'runner'`, error_type: sql`reason` },
    }),
    await counted(reads, 'gauge', {
      name: 'cicd_worker_count',
      help: 'Runners that work; those that wait for a job leave no trace.',
      from: sql`(select distinct runner from run_attempts where ended_at is null) w`,
      by: { cicd_worker_state: sql`'busy'` },
    }),
  ]
}

async function deployments(reads: Reads, service: Raw): Promise<readonly Metric[]> {
  const production = sql`bi.deployments where environment_kind = 'production'
    and duration_seconds is not null`
  return [
    await counted(reads, 'counter', {
      name: 'signalbox_deployments_total',
      help: 'Deployments that ended.',
      from: sql`bi.deployments where finished_at is not null`,
      by: {
        service,
        environment_kind: sql`environment_kind`,
        kind: sql`kind`,
        outcome: sql`outcome`,
      },
    }),
    await counted(reads, 'gauge', {
      name: 'signalbox_deployments_active',
      help: 'Deployments under way.',
      from: sql`bi.deployments where finished_at is null`,
      by: { environment_kind: sql`environment_kind` },
    }),
    await histogram(reads, {
      name: 'signalbox_deployment_duration_seconds',
      help: 'From start to end, of production deployments.',
      ...{ bounds: RUN_BOUNDS, of: sql`duration_seconds`, from: production },
      by: { service, outcome: sql`outcome` },
    }),
    await histogram(reads, {
      name: 'signalbox_lead_time_seconds',
      help: 'From commit to production, of changes that production has; not of the first ever.',
      ...{ bounds: DAYS_BOUNDS, of: sql`lead_seconds` },
      from: sql`bi.changes where lead_seconds is not null and not is_seed`,
      by: { service },
    }),
    await histogram(reads, {
      name: 'signalbox_recovery_seconds',
      help: 'From the beginning of harm to its end, of incidents.',
      ...{ bounds: DAYS_BOUNDS, of: sql`recovery_seconds` },
      from: sql`bi.incidents where recovery_seconds is not null`,
      by: { service },
    }),
    await counted(reads, 'gauge', {
      name: 'signalbox_incidents_open',
      help: 'Incidents that are not resolved.',
      from: sql`incidents where resolved_at is null`,
      by: { severity: sql`severity::text` },
    }),
  ]
}

async function changes(reads: Reads, repository: Raw): Promise<readonly Metric[]> {
  const at = { bounds: DAYS_BOUNDS, by: { vcs_repository_name: repository } }
  const from = (column: Raw) => sql`(select *,
    extract(epoch from approved_at - opened_at)::float8 as time_to_approval_seconds
    from bi.vcs_changes) v where ${column} is not null`
  const [merge, approval] = [sql`time_to_merge_seconds`, sql`time_to_approval_seconds`]
  return [
    await counted(reads, 'gauge', {
      name: 'vcs_change_count',
      help: 'Pull and merge requests that were told of.',
      from: sql`bi.vcs_changes`,
      by: { vcs_repository_name: repository, vcs_change_state: sql`state` },
    }),
    await histogram(reads, {
      name: 'vcs_change_time_to_merge_seconds',
      help: 'From opening to merge.',
      ...{ ...at, of: merge, from: from(merge) },
    }),
    await histogram(reads, {
      name: 'vcs_change_time_to_approval_seconds',
      help: 'From opening to the first approval.',
      ...{ ...at, of: approval, from: from(approval) },
    }),
  ]
}

/** Each queue is there at any time, so that an empty one is a zero and no gap. */
async function queues(reads: Reads): Promise<readonly Metric[]> {
  const { rows } = await sql<{ queue: string; length: number }>`
    select 'jobs' as queue, coalesce(sum(ready), 0)::float8 as length from runs where ready > 0
    union all select 'promotions', count(*)::float8 from promotions where status = 'waiting'
    union all select 'reviews', count(*)::float8 from reviews where status not in ('done')
    `.execute(reads)
  const samples = rows.map(({ queue, length: value }) => ({ labels: { queue }, value }))
  const help = 'What waits: jobs for a runner, promotions for gates and people, reviews for people.'
  return [{ name: 'signalbox_queue_length', help, type: 'gauge', samples }]
}

type Raw = RawBuilder<unknown>

interface Counting {
  readonly name: string
  readonly help: string
  readonly from: Raw
  readonly by: Readonly<Record<string, Raw>>
}

async function counted(
  reads: Reads,
  type: 'gauge' | 'counter',
  { name, help, from, by }: Counting,
): Promise<Metric> {
  const { rows } = await sql<{ labels: Labels; value: number }>`
    select ${labelsOf(by)} as labels, count(*)::float8 as value from ${from}
    group by 1 order by 1`.execute(reads)
  return { name, help, type, samples: rows satisfies readonly Sample[] }
}

async function histogram(
  reads: Reads,
  asked: Counting & { readonly bounds: readonly number[]; readonly of: Raw },
): Promise<Metric> {
  const { name, help, bounds, of, from, by } = asked
  // A bucket holds its bound: the smallest step below it decides.
  const { rows } = await sql<{ labels: Labels; bucket: number; n: number; sum: number }>`
    select ${labelsOf(by)} as labels, sum(greatest(0, ${of}))::float8 as sum, count(*)::float8 as n,
      width_bucket(${of} - 1e-6, ${sql.lit(`{${bounds.join(',')}}`)}::float8[]) as bucket
    from ${from} group by 1, 4 order by 1, 4`.execute(reads)
  const distributions = new Map<string, Distribution>()
  for (const { labels, bucket, n, sum } of rows) {
    const key = JSON.stringify(labels)
    const none = { labels, counts: [...bounds, 0].map(() => 0), sum: 0 }
    const known = distributions.get(key) ?? none
    const counts = known.counts.map((count, i) => (i === bucket ? count + n : count))
    distributions.set(key, { labels, counts, sum: known.sum + sum })
  }
  return { name, help, type: 'histogram', bounds, distributions: [...distributions.values()] }
}

const labelsOf = (by: Readonly<Record<string, Raw>>) =>
  sql`jsonb_build_object(${sql.join(
    Object.entries(by).flatMap(([label, of]) => [sql.lit(label), sql`coalesce(${of}, '')`]),
  )})`

const named = (column: Raw, names: readonly string[]): Raw =>
  sql`case when ${column} = any(${[...names]}::text[]) then ${column} else 'other' end`

async function firstServices(reads: Reads): Promise<readonly string[]> {
  const { rows } = await sql<{ name: string }>`
    select s.name from services s
    join events e on e.stream = 'service-' || s.name and e.version = 1
    order by e.xid, e.pos limit ${NAMED_MAX}`.execute(reads)
  return rows.map(({ name }) => name)
}

async function firstRepositories(reads: Reads): Promise<readonly string[]> {
  const { rows } = await sql<{ name: string }>`
    select repository as name from bi.vcs_changes group by 1
    order by min(opened_at), 1 limit ${NAMED_MAX}`.execute(reads)
  return rows.map(({ name }) => name)
}
