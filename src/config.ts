/**
 * Everything that can be configured, in one schema: the only place that reads the environment. None
 * of it is needed; the reference page docs/reference/configuration.md is made from it.
 */
import { homedir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { parseDuration } from '#kernel/duration.ts'
import { Fault } from '#kernel/fault.ts'
import { listIn } from '#kernel/list.ts'
import { parseSize } from '#kernel/size.ts'
import type { PushSettings } from './http/push-metrics.ts'
import { otelSettings, pushIn } from './otel-settings.ts'
import { searchPathIn } from './search-path.ts'

const port = z.coerce.number().int().min(0).max(65_535)

export const settings = z.object({
  SIGNALBOX_DATA: z
    .string()
    .optional()
    .describe(
      'Folder of everything the server keeps. Default: ~/.local/share/signalbox, and for root ' +
        '/var/lib/signalbox.',
    ),
  SIGNALBOX_HOST: z.string().default('127.0.0.1').describe('Address to listen on.'),
  SIGNALBOX_PORT: port.default(4400).describe('Port to listen on; 0 takes any free one.'),
  SIGNALBOX_PUBLIC_URL: z
    .url()
    .optional()
    .describe('How people reach the server, when a proxy stands before it.'),
  SIGNALBOX_LOG: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'silent'])
    .default('info')
    .describe('The least severe level that is written to standard error, as JSON lines.'),
  SIGNALBOX_ROLE: z
    .enum(['all', 'api', 'worker'])
    .default('all')
    .describe('api: serve only. worker: reconcile only. all: both.'),
  SIGNALBOX_RUNNER_SLOTS: z.coerce
    .number()
    .int()
    .min(0)
    .max(64)
    .default(2)
    .describe('Jobs the bundled runner executes at once; 0 starts no bundled runner.'),
  SIGNALBOX_RUNNERS_MAX: z.coerce
    .number()
    .int()
    .min(0)
    .max(64)
    .default(0)
    .describe(
      'How many more runners the server may start on this machine while jobs wait; they end when ' +
        'they have been idle for five minutes. 0 starts none.',
    ),
  SIGNALBOX_RUNNERS_DEPLOYMENT: z
    .string()
    .regex(/^[a-z0-9-]+\/[a-z0-9-]+$/, 'namespace/name of a Deployment')
    .optional()
    .describe(
      'namespace/name of a Kubernetes Deployment of runners: SIGNALBOX_RUNNERS_MAX bounds its ' +
        'replicas then, which follow what waits. See docs/guides/kubernetes.md.',
    ),
  SIGNALBOX_RUNNERS_KUBERNETES: z
    .string()
    .default('in-cluster')
    .describe('How to reach the cluster of that Deployment: a kubeconfig, or in-cluster.'),
  SIGNALBOX_RUNNERS_LABELS: z
    .string()
    .default('linux,x64,kubernetes')
    .describe('What the runners of that Deployment have, with commas between.'),
  SIGNALBOX_RUNNERS_EACH: z.coerce
    .number()
    .int()
    .min(1)
    .max(256)
    .default(1)
    .describe('Jobs at once of each runner of that Deployment.'),
  SIGNALBOX_RUNNER_SECRETS: z
    .string()
    .default('')
    .describe(
      'What jobs may have of this machine as secrets, with commas between: env:CI_TOKEN, ' +
        'env:CI_*, file:/etc/ci/*. Nothing unless told.',
    ),
  SIGNALBOX_CACHE_SIZE: z
    .string()
    .default('20Gi')
    .refine((text) => (parseSize(text) ?? 0) > 0, { message: 'a size such as 20Gi' })
    .describe('What the cache of jobs may hold: beyond it goes what was not asked for longest.'),
  SIGNALBOX_CACHE_AGE: z
    .string()
    .default('30d')
    .refine((text) => (parseDuration(text) ?? 0) > 0, { message: 'a duration such as 30d' })
    .describe('What nobody asked the cache for in so long is removed.'),
  SIGNALBOX_CACHE_SALT: z
    .string()
    .max(2000)
    .default('')
    .describe(
      'Part of the cache keys of jobs: change it when something wrong may have been cached. With ' +
        'commas between: a text for all services, service=text for one.',
    ),
  SIGNALBOX_ROUTER: z
    .enum(['auto', 'haproxy', 'node'])
    .default('auto')
    .describe('What moves traffic on the process target: HAProxy where it is installed.'),
  SIGNALBOX_LOCAL_REPOSITORIES: z
    .string()
    .refine((folders) => foldersIn(folders).every((folder) => folder.startsWith('/')), {
      message: 'folders are absolute paths with colons between',
    })
    .optional()
    .describe(
      'Folders on this machine, with colons between, below which services may have their ' +
        'repository; `/` allows any, an empty value none. Default: any when SIGNALBOX_HOST is ' +
        'loopback and there is no SIGNALBOX_PUBLIC_URL, and none otherwise, since a manifest ' +
        'could then have the server show any repository it can read.',
    ),
  SIGNALBOX_METRICS: z
    .string()
    .optional()
    .describe(
      'A YAML file of the connections that rollouts may be measured by: Prometheus, Datadog. ' +
        'See docs/guides/metrics-sources.md.',
    ),
  SIGNALBOX_CI_ISSUERS: z
    .string()
    .optional()
    .describe(
      'A YAML file of the CI systems whose tokens may report on runs: GitHub, GitLab, CircleCI, ' +
        'Buildkite. See docs/guides/report-from-ci.md.',
    ),
  SIGNALBOX_CONNECTIONS: z
    .string()
    .optional()
    .describe(
      'A YAML file of the connections that other tools deliver by, as GitHub and GitLab, and of ' +
        'those that are told what happens here. See docs/guides/connect-github.md and ' +
        'docs/guides/cdevents-and-traces.md.',
    ),
  SIGNALBOX_LOG_SECRETS: z
    .string()
    .refine((said) => listIn(said).every((each) => REFERENCE.test(each)), {
      message: 'references such as env:NAME or file:/path, with commas between',
    })
    .optional()
    .describe(
      'References, with commas between, such as `env:NAME` or `file:/path`: what they stand for ' +
        'is hidden wherever a log is read, also in logs that were written before.',
    ),
  SIGNALBOX_AUDIT_ORIGIN: z
    .string()
    .regex(/^[^\s+]{1,200}$/, { message: 'an origin has no spaces and no plus signs' })
    .optional()
    .describe(
      'What the audit log is called in its checkpoints, best an address without its scheme: ' +
        'releases.example.com/log. It is kept from the first start. Default: signalbox/<chance>.',
    ),
  SIGNALBOX_AUDIT_POLICY: z
    .string()
    .optional()
    .describe(
      'A file of witnesses that cosign the audit log, and how many of them must, as C2SP ' +
        'tlog-policy writes it. See docs/guides/audit.md.',
    ),
  SIGNALBOX_AUDIT_TIMESTAMPS: z
    .string()
    .optional()
    .describe(
      'A YAML file of timestamp authorities (RFC 3161) that see checkpoints of the audit log, ' +
        'and how often. See docs/guides/audit.md.',
    ),
  SIGNALBOX_AUDIT_BUCKET: z
    .string()
    .optional()
    .describe(
      'A YAML file of the S3-compatible bucket that the files of the audit log lie in. Default: ' +
        'a folder in the data folder. See docs/guides/audit.md.',
    ),
  SIGNALBOX_AUDIT_ML_DSA: z
    .stringbool()
    .default(false)
    .describe('Signs checkpoints of the audit log with ML-DSA-44 too, beside Ed25519.'),
  DATABASE_URL: z
    .string()
    .optional()
    .describe('An outside PostgreSQL (15 or newer) instead of the embedded one.'),
  ...otelSettings,
})

const REFERENCE = /^(env:[A-Z_][A-Z0-9_]*|file:\/.+)$/

export interface Config {
  readonly dataDir: string
  readonly host: string
  readonly port: number
  readonly publicUrl: string | undefined
  readonly logLevel: string
  readonly role: 'all' | 'api' | 'worker'
  readonly runnerSlots: number
  readonly runnersMax: number
  /** Of runners in a cluster, instead of more of them on this machine. */
  readonly runnersDeployment:
    | {
        readonly kubernetes: string
        readonly namespace: string
        readonly name: string
        readonly labels: readonly string[]
        readonly slotsEach: number
      }
    | undefined
  readonly runnerSecrets: string
  readonly cacheSalt: string
  readonly cacheBounds: { readonly ageMs: number; readonly bytesMax: number }
  readonly router: 'auto' | 'haproxy' | 'node'
  /** Below which folders of this machine repositories may lie. */
  readonly localRepositories: 'any' | readonly string[]
  readonly databaseUrl: string | undefined
  readonly audit: {
    readonly origin: string | undefined
    /** The file of witnesses. */
    readonly policyFile: string | undefined
    /** The file of the bucket. */
    readonly bucketFile: string | undefined
    /** The file of timestamp authorities. */
    readonly timestampsFile: string | undefined
    readonly mlDsa: boolean
  }
  /** The file of connections that rollouts may be measured by. */
  readonly metricsFile: string | undefined
  /** The file of issuers whose tokens may report on runs. */
  readonly issuersFile: string | undefined
  /** The file of connections that other tools deliver by, or are told by. */
  readonly connectionsFile: string | undefined
  /** Where the numbers of /metrics are pushed. */
  readonly push: PushSettings | undefined
  /** References to what no reader of a log may see. */
  readonly logSecrets: readonly string[]
  /** What references such as env:NAME stand for; it never leaves this process. */
  readonly secrets: Environment
  /** Where programs are found: git, haproxy, and the tools of jobs. */
  readonly path: string
  /** What git and ssh need of our surroundings; nothing else of them reaches a child. */
  readonly gitEnvironment: Environment
}

export type Environment = Readonly<Record<string, string | undefined>>

const GIT_NEEDS = ['PATH', 'HOME', 'SSH_AUTH_SOCK', 'HTTPS_PROXY', 'HTTP_PROXY', 'NO_PROXY']

/** Command-line flags win over the environment. */
export function readConfig(environment: Environment, flags: Environment = {}): Config {
  const parsed = settings.safeParse({ ...environment, ...defined(flags) })
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw new Fault('config.invalid', `${issue?.path.join('.')}: ${issue?.message}.`, {
      remedy: 'See docs/reference/configuration.md for what it may be.',
      retry: false,
    })
  }
  const found = parsed.data
  return {
    dataDir: found.SIGNALBOX_DATA ?? defaultDataDir(),
    host: found.SIGNALBOX_HOST,
    port: found.SIGNALBOX_PORT,
    publicUrl: found.SIGNALBOX_PUBLIC_URL,
    logLevel: found.SIGNALBOX_LOG,
    role: found.SIGNALBOX_ROLE,
    runnerSlots: found.SIGNALBOX_RUNNER_SLOTS,
    runnersMax: found.SIGNALBOX_RUNNERS_MAX,
    runnersDeployment: deploymentIn(found),
    runnerSecrets: found.SIGNALBOX_RUNNER_SECRETS,
    cacheSalt: found.SIGNALBOX_CACHE_SALT,
    cacheBounds: {
      ageMs: parseDuration(found.SIGNALBOX_CACHE_AGE) ?? 0,
      bytesMax: parseSize(found.SIGNALBOX_CACHE_SIZE) ?? 0,
    },
    router: found.SIGNALBOX_ROUTER,
    localRepositories: localRepositories(found),
    databaseUrl: found.DATABASE_URL,
    audit: {
      origin: found.SIGNALBOX_AUDIT_ORIGIN,
      policyFile: found.SIGNALBOX_AUDIT_POLICY,
      bucketFile: found.SIGNALBOX_AUDIT_BUCKET,
      timestampsFile: found.SIGNALBOX_AUDIT_TIMESTAMPS,
      mlDsa: found.SIGNALBOX_AUDIT_ML_DSA,
    },
    metricsFile: found.SIGNALBOX_METRICS,
    issuersFile: found.SIGNALBOX_CI_ISSUERS,
    connectionsFile: found.SIGNALBOX_CONNECTIONS,
    push: pushIn(found),
    logSecrets: listIn(found.SIGNALBOX_LOG_SECRETS ?? ''),
    secrets: environment,
    path: searchPathIn(environment),
    gitEnvironment: Object.fromEntries(GIT_NEEDS.map((name) => [name, environment[name]])),
  }
}

function deploymentIn(found: z.infer<typeof settings>): Config['runnersDeployment'] {
  const [namespace, name] = found.SIGNALBOX_RUNNERS_DEPLOYMENT?.split('/') ?? []
  if (namespace === undefined || name === undefined) return undefined
  const labels = listIn(found.SIGNALBOX_RUNNERS_LABELS)
  const { SIGNALBOX_RUNNERS_KUBERNETES: kubernetes, SIGNALBOX_RUNNERS_EACH: slotsEach } = found
  return { kubernetes, namespace, name, labels, slotsEach }
}

function localRepositories(found: z.infer<typeof settings>): 'any' | readonly string[] {
  const { SIGNALBOX_LOCAL_REPOSITORIES: folders } = found
  if (folders !== undefined) return foldersIn(folders)
  const isAlone = LOOPBACK.test(found.SIGNALBOX_HOST) && found.SIGNALBOX_PUBLIC_URL === undefined
  return isAlone ? 'any' : []
}

const LOOPBACK = /^(localhost|::1|127(\.\d{1,3}){3})$/

function foldersIn(text: string): string[] {
  return text.split(':').filter((folder) => folder !== '')
}

/** As root the database runs as an ordinary user, who cannot walk into root's home. */
function defaultDataDir(): string {
  const isRoot = process.getuid?.() === 0
  return isRoot ? '/var/lib/signalbox' : join(homedir(), '.local', 'share', 'signalbox')
}

function defined(flags: Environment): Environment {
  return Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== undefined))
}
