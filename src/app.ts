/**
 * The composition root: the only file that knows every room, connector and role, and puts them
 * together. What it makes can be started and stopped; nothing here decides anything.
 */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { authorize } from '#access/permissions.ts'
import { routes as accessRoutes } from '#access/routes.ts'
import { views as accessViews } from '#access/views.ts'
import { reconcilers as artifactLoops } from '#artifacts/reconcilers/publish.ts'
import { reconcilers as removalLoops } from '#artifacts/reconcilers/prune.ts'
import { verifyArtifact } from '#artifacts/reconcilers/verify.ts'
import { routes as artifactRoutes } from '#artifacts/routes.ts'
import { views as artifactViews } from '#artifacts/views.ts'
import { refuseLocal } from '#catalog/local.ts'
import { refuseSource, type Sources } from '#catalog/sources.ts'
import { reconcilers as catalogLoops } from '#catalog/reconcilers.ts'
import { routes as catalogRoutes } from '#catalog/routes.ts'
import { views as catalogViews } from '#catalog/views.ts'
import { datadog } from '#connectors/datadog/datadog.ts'
import { openFiles } from '#connectors/files/files.ts'
import { openGit } from '#connectors/git/git.ts'
import { openSigner, openVerifier } from '#connectors/local-key/local-key.ts'
import { recordKeys } from '#connectors/local-key/record-keys.ts'
import { openOciLayout } from '#connectors/oci-layout/oci-layout.ts'
import { runAgent } from '#connectors/process/agent-main.ts'
import { processTarget, stopAgent } from '#connectors/process/client.ts'
import { startAgent } from '#connectors/process/start-agent.ts'
import { prometheus } from '#connectors/prometheus/prometheus.ts'
import { httpProber } from '#connectors/shared/prober.ts'
import { Engine } from '#engine/engine.ts'
import { Feed } from '#engine/feed.ts'
import type { Logger } from '#engine/log.ts'
import type { App as Mount, Routes } from '#engine/routing.ts'
import type { View } from '#engine/views.ts'
import { routes as evidenceRoutes } from '#evidence/routes.ts'
import { views as evidenceViews } from '#evidence/views.ts'
import { routes as gateRoutes } from '#gates/routes.ts'
import { views as gateViews } from '#gates/views.ts'
import { buildServer } from '#http/server.ts'
import { routes as insightRoutes } from '#insights/routes.ts'
import { views as insightViews } from '#insights/views.ts'
import type { Actor } from '#kernel/actor.ts'
import { Fault } from '#kernel/fault.ts'
import { incidentNamed } from '#operations/queries.ts'
import { reconcilers as operationLoops } from '#operations/reconcilers.ts'
import { routes as operationRoutes } from '#operations/routes.ts'
import { views as operationViews } from '#operations/views.ts'
import { reconcilers as pipelineLoops } from '#pipelines/reconcilers/room.ts'
import { routes as pipelineRoutes } from '#pipelines/routes/room.ts'
import { views as pipelineViews } from '#pipelines/views.ts'
import { reconcilers as releaseLoops } from '#releases/reconcilers.ts'
import { routes as releaseRoutes } from '#releases/routes.ts'
import { views as releaseViews } from '#releases/views.ts'
import type { Metrics } from '#rollouts/ports.ts'
import { flagMemory } from '#rollouts/queries/flag-memory.ts'
import { referencesTo } from '#rollouts/queries/references.ts'
import { reconcilers as rolloutLoops } from '#rollouts/reconcilers/room.ts'
import { ofrepRoutes } from '#rollouts/routes/ofrep.ts'
import { routes as rolloutRoutes } from '#rollouts/routes/room.ts'
import { views as rolloutViews } from '#rollouts/views/room.ts'
import { type BundledRunner, type RunnerSetup, startBundledRunner } from './bundled-runner.ts'
import type { Config } from './config.ts'
import { type Accounts, ensureAccounts, signInLink } from './first-start.ts'
import { growingFleet } from './growing-fleet.ts'
import { listenOn } from './http/listen.ts'
import { PROGRAM, WEB } from './installation.ts'
import type { LocalFleet } from './local-fleet.ts'
import { applyNeeds } from './manifest-kinds.ts'
import { type Connection, readConnections, secretOf } from './metrics-connections.ts'
import { logSecrets } from './log-secrets.ts'
import { openDatabase } from './open-database.ts'

export { runAgent }

export const VIEWS: readonly View[] = [
  ...accessViews,
  ...catalogViews,
  ...pipelineViews,
  ...artifactViews,
  ...gateViews,
  ...releaseViews,
  ...rolloutViews,
  ...operationViews,
  ...evidenceViews,
  ...insightViews,
]

export interface App {
  readonly url: string
  /** Where the admin's token stands, for the command line on this machine. */
  readonly adminFile: string
  /** Signs the admin in, once, within a quarter of an hour. */
  signInLink(): Promise<string>
  stop(): Promise<void>
  /** Resolves when the embedded database has died under us. */
  readonly databaseDied: Promise<void>
}

const now = () => Date.now()
/** With --dev: everybody on this machine is this person. */
const LOCAL: Actor = { id: 'local', kind: 'person', roles: ['admin'] }
/** A socket's path holds 107 bytes, and the agent needs some of them below its folder. */
const AGENT_DIR_BYTES_MAX = 60

export async function startApp(
  config: Config,
  about: { readonly dev: boolean; readonly version: string; readonly log: Logger },
): Promise<App> {
  const { log } = about
  mkdirSync(config.dataDir, { recursive: true, mode: 0o711 })
  const { database, close, died } = await openDatabase(config, log)
  const { metrics, sources } = metricsOf(config, readConnections(config.metricsFile))
  const engine = engineOf(config, { database, sources, log })
  const feed = new Feed(database, engine.bus, log)
  let runner: BundledRunner | undefined
  let fleet: LocalFleet | undefined
  const stop = async () => {
    fleet?.stop()
    await runner?.stop()
    feed.stop()
    await engine.stop()
    await close()
  }
  try {
    await engine.prepare()
    const { loops, flags, ...mounts } = await rooms(config, engine, { log, metrics })
    engine.use(loops)
    const accounts = await ensureAccounts(engine, config.dataDir, now())
    const server = await buildServer({
      engine,
      feed,
      ...mounts,
      apply: applyNeeds,
      local: about.dev ? LOCAL : undefined,
      publicUrl: config.publicUrl,
      webDir: existsSync(join(WEB, 'index.html')) ? WEB : undefined,
      version: about.version,
      log,
      now,
    })
    await engine.start(config.role !== 'api')
    await feed.start()
    await flags.start(feed)
    const url = await listenOn(server, config)
    const setup = runnerSetup(config, { url, accounts, log })
    if (config.runnerSlots > 0) runner = startBundledRunner(setup)
    if (config.runnersMax > 0) fleet = growingFleet(engine, setup, config.runnersMax)
    return {
      url: config.publicUrl ?? url,
      adminFile: accounts.adminFile,
      signInLink: () => signInLink(engine, config.publicUrl ?? url, now()),
      databaseDied: died,
      async stop() {
        fleet?.stop()
        await runner?.stop()
        runner = undefined
        await server.close()
        await stop()
      },
    }
  } catch (error) {
    await stop()
    throw error
  }
}

function runnerSetup(
  config: Config,
  {
    url,
    accounts,
    log,
  }: { readonly url: string; readonly accounts: Accounts; readonly log: Logger },
): RunnerSetup {
  return {
    url,
    token: accounts.runnerToken,
    dir: join(config.dataDir, 'runner'),
    slots: config.runnerSlots,
    path: config.path,
    secretRules: config.runnerSecrets,
    environment: config.secrets,
    log,
  }
}

function engineOf(
  config: Config,
  about: {
    readonly database: Engine['database']
    readonly sources: Sources
    readonly log: Logger
  },
): Engine {
  const { database, sources, log } = about
  return new Engine({
    database,
    views: VIEWS,
    authorize: (actor, command) =>
      authorize(actor, command) ??
      refuseLocal(config.localRepositories, command) ??
      refuseSource(sources, command),
    log,
  })
}

/** Every room with the connectors that fill its ports. */
async function rooms(
  config: Config,
  engine: Engine,
  { log, metrics }: { readonly log: Logger; readonly metrics: Metrics },
) {
  const { dataDir } = config
  const files = await openFiles(join(dataDir, 'files'))
  const registry = await openOciLayout(join(dataDir, 'registry'))
  const signer = await openSigner(join(dataDir, 'keys'))
  const verifier = openVerifier(join(dataDir, 'keys'))
  const git = await openGit({
    folder: join(dataDir, 'repositories'),
    environment: config.gitEnvironment,
    local: config.localRepositories,
  })
  const target = processTarget(agentOf(config))
  const artifacts = {
    materialize: (digest: string, expected: Parameters<typeof verifyArtifact>[2]) =>
      verifyArtifact({ registry, verifier }, digest, expected),
  }
  const shared = { engine, log, now }
  const loops = [
    ...catalogLoops({ ...shared, git }),
    ...pipelineLoops({ ...shared, ...files, git }),
    ...artifactLoops({ ...shared, registry, signer, blobs: files.blobs }),
    ...removalLoops({ ...shared, registry, referencesTo }),
    ...releaseLoops({ ...shared, git }),
    ...rolloutLoops({ ...shared, target, artifacts, metrics, prober: httpProber }),
    ...operationLoops(shared),
  ]
  const routes: Routes[] = [
    accessRoutes,
    catalogRoutes,
    pipelineRoutes({
      git,
      log,
      ...files,
      secrets: logSecrets(config.logSecrets, config.secrets, log),
    }),
    artifactRoutes({ registry, verifier, referencesTo }),
    gateRoutes({ recordKeys }),
    releaseRoutes,
    rolloutRoutes({
      target,
      incidents: {
        isKnown: async (id) => (await incidentNamed(engine.reads, id)) !== undefined,
      },
    }),
    operationRoutes,
    evidenceRoutes,
    insightRoutes,
  ]
  const flags = flagMemory(engine.reads, log)
  return { loops, routes, flags, ofrep: (app: Mount) => ofrepRoutes(app, flags) }
}

type Connections = Readonly<Record<string, Connection>>

/** Each by the name that manifests give it. One that went away is found out when it is asked. */
function metricsOf(
  { secrets }: Config,
  connections: Connections,
): { readonly metrics: Metrics; readonly sources: Sources } {
  const open = (name: string, connection: Connection): Metrics => {
    const secret = (reference: string) => secretOf(reference, secrets)
    const { timeout, ...facts } = connection
    const bounds = timeout === undefined ? {} : { timeoutMs: 1_000 * timeout }
    switch (facts.kind) {
      case 'prometheus':
        return prometheus(
          { ...facts, ...bounds, name, authorization: () => authorizationOf(facts, secret) },
          now,
        )
      case 'datadog':
        return datadog(
          {
            ...bounds,
            name,
            site: facts.site,
            keys: () => ({ api: secret(facts.apiKey), application: secret(facts.appKey) }),
          },
          now,
        )
    }
  }
  const known = new Map(Object.entries(connections).map(([name, each]) => [name, open(name, each)]))
  const named = (name: string): Metrics => {
    const found = known.get(name)
    if (found !== undefined) return found
    throw new Fault('metrics.unknown', `${name} is no connection of this server.`, {
      remedy: 'Add it to the file that SIGNALBOX_METRICS names, or change spec.analysis.source.',
    })
  }
  const metrics: Metrics = {
    between: async (ask) => named(ask.source.source).between(ask),
    check: (source) => named(source.source).check(source),
  }
  return { metrics, sources: { names: [...known.keys()], problemOf: problemOf(metrics) } }
}

const problemOf =
  (metrics: Metrics): Sources['problemOf'] =>
  (source) => {
    try {
      metrics.check(source)
      return undefined
    } catch (error) {
      if (error instanceof Fault) return error
      throw error
    }
  }

function authorizationOf(
  { token, basic }: Extract<Connection, { kind: 'prometheus' }>,
  secret: (reference: string) => string,
): string | undefined {
  if (token !== undefined) return `Bearer ${secret(token)}`
  if (basic === undefined) return undefined
  const pair = Buffer.from(`${basic.user}:${secret(basic.password)}`).toString('base64')
  return `Basic ${pair}`
}

/** One agent a data folder, started when first needed; it outlives the server on purpose. */
function agentOf(config: Config) {
  const dir = agentDir(config.dataDir)
  const socket = join(dir, 'agent.sock')
  const ensureAgent = () => {
    mkdirSync(dir, { recursive: true, mode: 0o711 })
    checkOwner(dir)
    return startAgent(socket, {
      file: process.execPath,
      args: [PROGRAM, 'agent', '--dir', dir, '--socket', socket, '--router', config.router],
      env: { PATH: config.path, HOME: dir },
      output: join(dir, 'agent.log'),
    })
  }
  return { socket, ensureAgent }
}

/** The services outlive the server on purpose; this ends them too. */
export async function stopTarget(dataDir: string): Promise<void> {
  await stopAgent(join(agentDir(dataDir), 'agent.sock'), 'stop')
}

/** A folder below /tmp can be made by anybody who guesses its name; then it is not ours to use. */
function checkOwner(dir: string): void {
  if (process.getuid === undefined || statSync(dir).uid === process.getuid()) return
  throw new Fault('target.foreign-folder', `${dir} belongs to somebody else.`, {
    remedy: 'Give the server a shorter data folder with --data, or remove that one.',
    retry: false,
  })
}

function agentDir(dataDir: string): string {
  const inside = join(dataDir, 'target')
  if (Buffer.byteLength(inside) <= AGENT_DIR_BYTES_MAX) return inside
  const hash = createHash('sha256').update(dataDir).digest('hex').slice(0, 12)
  return join(tmpdir(), `signalbox-target-${hash}`)
}
