/** One job as written, with the defaults of its pipeline, as a runner gets it. */
import { parseDuration } from '#kernel/duration.ts'
import { parseSize } from '#kernel/size.ts'
import type {
  JobArtifact,
  JobReason,
  JobResources,
  JobRetry,
  JobService,
  JobSpec,
} from '../events.ts'
import { artifactsIn } from './artifacts.ts'
import { type JobManifest, type PipelineSpec, RETRY_REASONS } from './manifest.ts'

type Defaults = NonNullable<PipelineSpec['defaults']>

const TIMEOUT = '15m'
const IDLE = '5m'
/** A day: a runner that is away over night costs nobody a run. */
const QUEUE = '24h'
const GRACE = '10s'
const READY_WITHIN = '1m'
const RETENTION = '30d'
const BACKOFF = '5s..2m'
/** Not its timeouts: what took too long once takes too long again, and costs the same. */
const RETRY_ON: readonly JobReason[] = RETRY_REASONS.filter(
  (reason) => !reason.startsWith('timeout.'),
)

/** Most jobs say nothing of their limits, and so say the same. */
const READ_MAX = 1000
const read = new Map<string, number>()

/** The schema has already refused what is no duration. */
function ms(text: string): number {
  const known = read.get(text)
  if (known !== undefined) return known
  const value = parseDuration(text) ?? 0
  if (read.size >= READ_MAX) read.clear()
  read.set(text, value)
  return value
}

const listed = (one: string | readonly string[] = []) => (typeof one === 'string' ? [one] : one)

export function jobSpec(name: string, job: JobManifest, defaults: Defaults = {}): JobSpec {
  const written = without({
    if: job.if === undefined ? undefined : String(job.if),
    retry: retryOf(job, defaults),
    results: job.results,
    secrets: job.secrets,
    services: servicesOf(job),
    network: job.network ?? defaults.network,
    resources: resourcesOf(job),
    effect: job.effect,
    image: job.image ?? defaults.image,
    labels: job.labels,
    cache: cacheOf(job),
    salt: saltOf(job, defaults),
    mutates: job.mutates === true ? true : undefined,
    gotest: job.reports?.gotest === undefined ? undefined : listed(job.reports.gotest),
    artifacts: artifactsOf(job),
    flaky: flakyOf(job),
  } as const)
  return {
    name,
    needs: job.needs ?? [],
    run: job.run,
    uses: job.uses,
    include: includeOf(job),
    // Without inputs a runner looks for no key and keeps nothing.
    inputs: cacheOf(job) === 'none' ? [] : (job.inputs ?? []),
    outputs: job.outputs ?? [],
    env: { ...defaults.env, ...job.env },
    junit: listed(job.reports?.junit),
    check: job.check,
    timeoutMs: ms(job.timeout ?? defaults.timeout ?? TIMEOUT),
    idleMs: ms(job.idle ?? defaults.idle ?? IDLE),
    graceMs: ms(job.grace ?? defaults.grace ?? GRACE),
    queueMs: ms(job.queue ?? defaults.queue ?? QUEUE),
    ...written,
  }
}

/** Of `uses: package`; the planner has refused what is no list of globs. */
export function includeOf({ with: given }: JobManifest): readonly string[] {
  const include = given?.['include']
  return Array.isArray(include) ? include : typeof include === 'string' ? [include] : []
}

function retryOf(job: JobManifest, defaults: Defaults): JobRetry | undefined {
  // What changes the world is not done again because everything else may be.
  const retry = job.retry ?? (job.effect === undefined ? defaults.retry : undefined)
  if (retry === undefined || retry.max === 0) return undefined
  const [from = '', to = from] = (retry.backoff ?? BACKOFF).split('..')
  return { max: retry.max, on: retry.on ?? RETRY_ON, fromMs: ms(from), toMs: ms(to) }
}

function servicesOf({ services }: JobManifest): Record<string, JobService> | undefined {
  if (services === undefined) return undefined
  return Object.fromEntries(
    Object.entries(services).map(([name, { image, run, env = {}, ports = [], ready }]) => {
      const { within = READY_WITHIN, ...how } = ready ?? {}
      const waits = ready === undefined ? {} : { ready: { ...how, withinMs: ms(within) } }
      return [name, { ...without({ image, run }), env, ports, ...waits }]
    }),
  )
}

function resourcesOf({ resources }: JobManifest): JobResources | undefined {
  if (resources === undefined) return undefined
  const { cpu, memory, pids, disk } = resources
  return without({
    cpu,
    pids,
    memoryBytes: memory === undefined ? undefined : parseSize(memory),
    diskBytes: disk === undefined ? undefined : parseSize(disk),
  })
}

function cacheOf({ cache, inputs = [] }: JobManifest): JobSpec['cache'] {
  if (cache === false || cache?.scope === 'none') return 'none'
  return inputs.length === 0 ? undefined : (cache?.scope ?? 'branch-then-default')
}

/** That of the job counts beside that of its pipeline: either may be changed alone. */
function saltOf({ cache, inputs = [] }: JobManifest, above: Defaults): string | undefined {
  const own = cache === false ? undefined : cache?.salt
  const all = [above.cache?.salt, own].filter((one) => one !== undefined)
  return inputs.length === 0 || all.length === 0 ? undefined : JSON.stringify(all)
}

function flakyOf({ flaky }: JobManifest): JobSpec['flaky'] {
  if (flaky === undefined) return undefined
  const { rerunFailed = 0, quarantine = 'honour' } = flaky
  return { rerunFailed, quarantine }
}

function artifactsOf(job: JobManifest): readonly JobArtifact[] | undefined {
  if (job.artifacts === undefined) return undefined
  return artifactsIn(job).map(({ name, paths, retention = RETENTION }) => ({
    name,
    paths,
    retentionMs: ms(retention),
  }))
}

/** Events and pages say what is there, and nothing of what is not. */
function without<T extends object>(given: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const stated = Object.entries(given).filter(([, value]) => value !== undefined)
  return Object.fromEntries(stated) as { [K in keyof T]?: Exclude<T[K], undefined> }
}
