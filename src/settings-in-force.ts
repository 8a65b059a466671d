/**
 * `GET /settings`: how this server is set up, for admins to read on the page. What could be a
 * secret, or hold one, is told as set or not set.
 */
import type { Routes } from '#engine/routing.ts'
import { formatDuration } from '#kernel/duration.ts'
import { reject } from '#kernel/decider.ts'
import { type Config, settings } from './config.ts'

export interface Setting {
  readonly name: string
  readonly help: string
  /** Null: it is not set, and has no default. */
  readonly value: string | null
  /** It may hold a secret: the value says only whether it is set. */
  readonly isHidden: boolean
}

type Name = keyof typeof settings.shape
type Said = string | number | boolean | undefined

/** Every setting has a line here, so that a new one is never shown by oversight. */
const VALUES: Readonly<Record<Name, (config: Config) => Said>> = {
  SIGNALBOX_DATA: ({ dataDir }) => dataDir,
  SIGNALBOX_HOST: ({ host }) => host,
  SIGNALBOX_PORT: ({ port }) => port,
  SIGNALBOX_PUBLIC_URL: ({ publicUrl }) => publicUrl,
  SIGNALBOX_LOG: ({ logLevel }) => logLevel,
  SIGNALBOX_ROLE: ({ role }) => role,
  SIGNALBOX_RUNNER_SLOTS: ({ runnerSlots }) => runnerSlots,
  SIGNALBOX_RUNNERS_MAX: ({ runnersMax }) => runnersMax,
  SIGNALBOX_RUNNERS_DEPLOYMENT: ({ runnersDeployment: at }) => at && `${at.namespace}/${at.name}`,
  SIGNALBOX_RUNNERS_KUBERNETES: ({ runnersDeployment }) => runnersDeployment?.kubernetes,
  SIGNALBOX_RUNNERS_LABELS: ({ runnersDeployment }) => runnersDeployment?.labels.join(','),
  SIGNALBOX_RUNNERS_EACH: ({ runnersDeployment }) => runnersDeployment?.slotsEach,
  SIGNALBOX_RUNNER_SECRETS: ({ runnerSecrets }) => runnerSecrets,
  SIGNALBOX_CACHE_SIZE: ({ cacheBounds }) => `${(cacheBounds.bytesMax / 2 ** 30).toFixed(1)} GiB`,
  SIGNALBOX_CACHE_AGE: ({ cacheBounds }) => formatDuration(cacheBounds.ageMs),
  SIGNALBOX_CACHE_SALT: ({ cacheSalt }) => cacheSalt,
  SIGNALBOX_ROUTER: ({ router }) => router,
  SIGNALBOX_LOCAL_REPOSITORIES: ({ localRepositories: folders }) =>
    folders === 'any' ? 'any' : folders.join(':') || 'none',
  SIGNALBOX_METRICS: ({ metricsFile }) => metricsFile,
  SIGNALBOX_CI_ISSUERS: ({ issuersFile }) => issuersFile,
  SIGNALBOX_CONNECTIONS: ({ connectionsFile }) => connectionsFile,
  SIGNALBOX_LOG_SECRETS: ({ logSecrets }) => logSecrets.join(','),
  SIGNALBOX_AUDIT_ORIGIN: ({ audit }) => audit.origin,
  SIGNALBOX_AUDIT_POLICY: ({ audit }) => audit.policyFile,
  SIGNALBOX_AUDIT_TIMESTAMPS: ({ audit }) => audit.timestampsFile,
  SIGNALBOX_AUDIT_BUCKET: ({ audit }) => audit.bucketFile,
  SIGNALBOX_AUDIT_ML_DSA: ({ audit }) => audit.mlDsa,
  DATABASE_URL: ({ databaseUrl }) => databaseUrl,
  OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: ({ push }) => push?.url,
  OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: ({ push }) => push && 'http/json',
  OTEL_EXPORTER_OTLP_METRICS_HEADERS: ({ secrets }) =>
    secrets['OTEL_EXPORTER_OTLP_METRICS_HEADERS'],
  OTEL_EXPORTER_OTLP_HEADERS: ({ secrets }) => secrets['OTEL_EXPORTER_OTLP_HEADERS'],
  OTEL_EXPORTER_OTLP_METRICS_TIMEOUT: ({ push }) => push?.timeoutMs,
  OTEL_METRIC_EXPORT_INTERVAL: ({ push }) => push?.everyMs,
  OTEL_SERVICE_NAME: ({ push }) => push?.resource['service.name'],
  OTEL_RESOURCE_ATTRIBUTES: ({ push }) =>
    push &&
    Object.entries(push.resource)
      .map((pair) => pair.join('='))
      .join(','),
}

const HIDDEN: ReadonlySet<string> = new Set<Name>([
  'SIGNALBOX_RUNNER_SECRETS',
  'SIGNALBOX_CACHE_SALT',
  'SIGNALBOX_LOG_SECRETS',
  'DATABASE_URL',
  'OTEL_EXPORTER_OTLP_METRICS_HEADERS',
  'OTEL_EXPORTER_OTLP_HEADERS',
])

export function settingsInForce(config: Config): readonly Setting[] {
  return (Object.keys(settings.shape) as Name[]).map((name) => {
    const said = VALUES[name](config)
    const isSet = said !== undefined && said !== ''
    const isHidden = HIDDEN.has(name)
    const shown = isHidden ? 'set' : String(said)
    const help = settings.shape[name].description ?? ''
    return { name, help, value: isSet ? shown : null, isHidden }
  })
}

export const settingsRoutes =
  (config: Config, version: string): Routes =>
  (app, context) => {
    app.get('/settings', async (request, reply) => {
      const { id, roles, kind } = context.actor(request)
      if (kind !== 'system' && !roles.includes('admin'))
        return context.refuse(
          reply,
          reject(
            'access.denied',
            `${id} may not read how the server is set up: that takes the role admin.`,
            'Ask an admin for the role admin, or to read it for you.',
          ),
        )
      return { version, settings: settingsInForce(config) }
    })
  }
