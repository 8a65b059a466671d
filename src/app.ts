/**
 * The composition root: the only file that knows every room, connector and role, and puts them
 * together. What it makes can be started and stopped; nothing here decides anything.
 */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { authorize, roleFor } from '#access/permissions.ts'
import { routes as accessRoutes } from '#access/routes.ts'
import { views as accessViews } from '#access/views.ts'
import { attester } from '#artifacts/reconcilers/afterwards.ts'
import { reconcilers as artifactLoops } from '#artifacts/reconcilers/publish.ts'
import { reconcilers as removalLoops } from '#artifacts/reconcilers/prune.ts'
import { verifyArtifact } from '#artifacts/reconcilers/verify.ts'
import { routes as artifactRoutes } from '#artifacts/routes.ts'
import { scanRoutes } from '#artifacts/routes/scans.ts'
import { views as artifactViews } from '#artifacts/views.ts'
import { refuseLocal } from '#catalog/local.ts'
import { refuseSource, type Sources } from '#catalog/sources.ts'
import { reconcilers as catalogLoops } from '#catalog/reconcilers.ts'
import { routes as catalogRoutes } from '#catalog/routes.ts'
import { views as catalogViews } from '#catalog/views.ts'
import { openFiles } from '#connectors/files/files.ts'
import { openGit } from '#connectors/git/git.ts'
import { openSigner, openVerifier } from '#connectors/local-key/local-key.ts'
import { recordKeys } from '#connectors/local-key/record-keys.ts'
import { idTokens } from '#connectors/oidc/oidc.ts'
import { openOciLayout } from '#connectors/oci-layout/oci-layout.ts'
import { runAgent } from '#connectors/process/agent-main.ts'
import { processSnapshots, processTarget, stopAgent } from '#connectors/process/client.ts'
import { startAgent } from '#connectors/process/start-agent.ts'
import { httpProber } from '#connectors/shared/prober.ts'
import { Engine } from '#engine/engine.ts'
import { Feed } from '#engine/feed.ts'
import type { Logger } from '#engine/log.ts'
import type { Reconciler } from '#engine/loop.ts'
import type { App as Mount, Routes } from '#engine/routing.ts'
import type { View } from '#engine/views.ts'
import { SCHEDULE } from '#evidence/reconcilers/access-reviews.ts'
import { heldRunArtifacts } from '#evidence/queries/retention.ts'
import { ALL_EVIDENCE, RETENTION_KIND } from '#evidence/reconcilers/retention.ts'
import { ALL_SLOTS } from '#evidence/reconcilers/snapshots.ts'
import { governanceLoops } from '#evidence/reconcilers/governance.ts'
import { governanceRoutes } from '#evidence/routes/governance.ts'
import { routes as evidenceRoutes } from '#evidence/routes/room.ts'
import { views as evidenceViews } from '#evidence/views.ts'
import { logFileRoutes } from '#evidence/routes/log-files.ts'
import { routes as gateRoutes } from '#gates/routes.ts'
import { views as gateViews } from '#gates/views.ts'
import { buildServer } from '#http/server.ts'
import { routes as insightRoutes } from '#insights/routes.ts'
import { backfillLoop } from '#insights/reconcilers/backfill.ts'
import { SINK, sinkLoops } from '#insights/reconcilers/sinks.ts'
import { backfillRoutes } from '#insights/routes/backfill.ts'
import { hookRoutes } from '#insights/routes/hooks.ts'
import { sinkRoutes } from '#insights/routes/sinks.ts'
import { surveyPages } from '#insights/routes/surveys.ts'
import { tellingRoutes } from '#insights/routes/telling.ts'
import { deliveryMetrics } from '#insights/queries/metrics.ts'
import { published as PUBLISHED, views as insightViews } from '#insights/views.ts'
import type { Actor } from '#kernel/actor.ts'
import { Fault } from '#kernel/fault.ts'
import { incidentNamed } from '#operations/queries.ts'
import { reconcilers as operationLoops } from '#operations/reconcilers.ts'
import { routes as operationRoutes } from '#operations/routes.ts'
import { views as operationViews } from '#operations/views.ts'
import { saltsIn } from '#pipelines/cache/scopes.ts'
import { reconcilers as pipelineLoops } from '#pipelines/reconcilers/room.ts'
import { routes as pipelineRoutes } from '#pipelines/routes/room.ts'
import { views as pipelineViews } from '#pipelines/views.ts'
import { reconcilers as releaseLoops } from '#releases/reconcilers.ts'
import { routes as releaseRoutes } from '#releases/routes.ts'
import { views as releaseViews } from '#releases/views.ts'
import type { Metrics } from '#rollouts/ports.ts'
import { flagMemory } from '#rollouts/queries/flag-memory.ts'
import { reconcilers as rolloutLoops } from '#rollouts/reconcilers/room.ts'
import { ofrepRoutes } from '#rollouts/routes/ofrep.ts'
import { routes as rolloutRoutes } from '#rollouts/routes/room.ts'
import { views as rolloutViews } from '#rollouts/views/room.ts'
import type { BundledRunner } from './bundled-runner.ts'
import { type Audit, auditOf, evidenceNeeds } from './audit-log.ts'
import type { Config } from './config.ts'
import { ensureAccounts, signInLink } from './first-start.ts'
import { GrantUses } from './http/grant-uses.ts'
import { runnersOf } from './growing-fleet.ts'
import { governanceNeeds, referencesTo } from './governance-needs.ts'
import { listenOn } from './http/listen.ts'
import { PROGRAM, WEB } from './installation.ts'
import { applyNeeds } from './manifest-kinds.ts'
import { readIssuers } from './ci-issuers.ts'
import { readConnections } from './metrics-connections.ts'
import { logSecrets } from './log-secrets.ts'
import { hearers, metricsOf, toldBy, toldOf } from './open-connections.ts'
import { openDatabase } from './open-database.ts'
import { servicePins } from './service-pins.ts'
import { settingsRoutes } from './settings-in-force.ts'

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
/** What nobody tells of is looked for from the start. */
const FIRST_LOOKS = [
  { kind: 'snapshot', key: ALL_SLOTS },
  { kind: 'accessReview', key: SCHEDULE },
  { kind: RETENTION_KIND, key: ALL_EVIDENCE },
]
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
  const uses = new GrantUses(now)
  const engine = engineOf(config, { database, sources, log, uses })
  const feed = new Feed(database, engine.bus, log)
  let runners: BundledRunner | undefined
  let audit: Audit | undefined
  const stop = async () => {
    await runners?.stop()
    await uses.stop(engine)
    feed.stop()
    await audit?.stop()
    await engine.stop()
    await close()
  }
  try {
    await engine.prepare()
    audit = await auditOf(config, engine, log)
    const { loops, flags, sinks, ...mounts } = await rooms({ config, engine, log, metrics, audit })
    engine.use(loops)
    const accounts = await ensureAccounts(engine, config.dataDir, now())
    const server = await buildServer({
      engine,
      feed,
      ...mounts,
      routes: [...mounts.routes, settingsRoutes(config, about.version)],
      apply: applyNeeds,
      local: about.dev ? LOCAL : undefined,
      publicUrl: config.publicUrl,
      webDir: existsSync(join(WEB, 'index.html')) ? WEB : undefined,
      version: about.version,
      log,
      noteUse: uses.note,
      measure: deliveryMetrics(engine.reads, now),
      push: config.push,
      now,
    })
    await engine.start(config.role !== 'api')
    await engine.wake([{ kind: 'snapshot', key: ALL_SLOTS }])
    await audit.start()
    const told = sinks.map(({ name }) => ({ kind: SINK, key: name }))
    await engine.wake([...FIRST_LOOKS, ...audit.firstLooks, ...told])
    await feed.start()
    await flags.start(feed)
    uses.start(engine, log)
    const url = await listenOn(server, config)
    runners = runnersOf(engine, config, { url, token: accounts.runnerToken, log })
    return {
      url: config.publicUrl ?? url,
      adminFile: accounts.adminFile,
      signInLink: () => signInLink(engine, config.publicUrl ?? url, now()),
      databaseDied: died,
      async stop() {
        await runners?.stop()
        runners = undefined
        await server.close()
        await stop()
      },
    }
  } catch (error) {
    await stop()
    throw error
  }
}

function engineOf(
  config: Config,
  about: {
    readonly database: Engine['database']
    readonly sources: Sources
    readonly log: Logger
    readonly uses: GrantUses
  },
): Engine {
  const { database, sources, log, uses } = about
  return new Engine({
    database,
    views: VIEWS,
    published: PUBLISHED,
    authorize: (actor, command) => {
      const denied = authorize(actor, command)
      if (denied !== undefined) return denied
      uses.note(actor, roleFor(command.type))
      return refuseLocal(config.localRepositories, command) ?? refuseSource(sources, command)
    },
    log,
  })
}

/** What stands in the data folder, and the target: what fills the rooms' ports. */
async function openStores(config: Config) {
  const { dataDir } = config
  const agent = agentOf(config)
  return {
    files: await openFiles(join(dataDir, 'files')),
    registry: await openOciLayout(join(dataDir, 'registry')),
    signer: await openSigner(join(dataDir, 'keys')),
    verifier: openVerifier(join(dataDir, 'keys')),
    git: await openGit({
      folder: join(dataDir, 'repositories'),
      environment: config.gitEnvironment,
      local: config.localRepositories,
    }),
    target: processTarget(agent),
    snapshots: processSnapshots(agent.socket),
  }
}

interface Wiring {
  readonly config: Config
  readonly engine: Engine
  readonly log: Logger
  readonly metrics: Metrics
  readonly audit: Audit
}

/** Every room with the connectors that fill its ports. */
async function rooms(wiring: Wiring) {
  const { config, engine, log, audit } = wiring
  const stores = await openStores(config)
  const { registry, verifier } = stores
  const governance = governanceNeeds({ engine, registry, verifier, now })
  const { backfills, inside, outside } = telling(config)
  const flags = flagMemory(engine.reads, log)
  const sinks = toldOf(config)
  return {
    sinks,
    loops: [
      ...loopsOf(wiring, stores),
      ...audit.loops,
      ...governanceLoops({ engine, log, now, ...governance, ...stores, ...stores.files }),
      backfillLoop({ engine, now, sources: backfills }),
      ...sinkLoops({ engine, now, sinks }),
    ],
    routes: [
      ...routesOf(wiring, stores),
      governanceRoutes({ ...governance, git: stores.git }),
      ...inside,
      sinkRoutes(sinks),
    ],
    flags,
    outside,
    ofrep: (app: Mount) => ofrepRoutes(app, flags),
    logFiles: (app: Mount) => logFileRoutes(app, { engine, files: audit.needs.files }),
  }
}

type Stores = Awaited<ReturnType<typeof openStores>>

function loopsOf({ config, engine, log, metrics }: Wiring, stores: Stores): readonly Reconciler[] {
  const { files, registry, signer, verifier, git, target } = stores
  const artifacts = {
    materialize: (digest: string, expected: Parameters<typeof verifyArtifact>[2]) =>
      verifyArtifact({ registry, verifier }, digest, expected),
  }
  const shared = { engine, log, now }
  return [
    ...catalogLoops({ ...shared, git }),
    ...pipelineLoops({
      ...shared,
      ...files,
      git,
      cacheBounds: config.cacheBounds,
      pins: servicePins(engine, now),
      held: heldRunArtifacts,
    }),
    ...artifactLoops({ ...shared, registry, signer, blobs: files.blobs }),
    attester({ ...shared, registry, signer }),
    ...removalLoops({ ...shared, registry, referencesTo }),
    ...releaseLoops({ ...shared, git }),
    ...rolloutLoops({ ...shared, target, artifacts, metrics, prober: httpProber }),
    ...operationLoops(shared),
  ]
}

function routesOf({ config, engine, log, audit }: Wiring, stores: Stores): readonly Routes[] {
  const { files, registry, signer, verifier, git, target } = stores
  return [
    accessRoutes,
    catalogRoutes,
    pipelineRoutes({
      git,
      log,
      idTokens: idTokens(readIssuers(config.issuersFile), now),
      ...files,
      saltOf: saltsIn(config.cacheSalt),
      secrets: logSecrets(config.logSecrets, config.secrets, log),
    }),
    artifactRoutes({ registry, verifier, referencesTo }),
    scanRoutes({ registry, signer }),
    gateRoutes({ recordKeys }),
    releaseRoutes,
    rolloutRoutes({
      target,
      incidents: {
        isKnown: async (id) => (await incidentNamed(engine.reads, id)) !== undefined,
      },
    }),
    operationRoutes,
    evidenceRoutes(evidenceNeeds(audit, { registry, signer, dataDir: config.dataDir })),
    insightRoutes,
  ]
}

/** What other tools tell: by hook, by a standard, or when they are asked. */
function telling(config: Config) {
  const { hooks, backfills } = toldBy(config)
  const both = [hookRoutes(hooks), tellingRoutes(hearers())]
  const inside = [...both.map((each) => each.inside), backfillRoutes(backfills)]
  return { backfills, inside, outside: [...both.map((each) => each.outside), surveyPages] }
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
