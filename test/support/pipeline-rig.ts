/**
 * Runs on a server as it is, with a database, its loops and a repository of its own; runners are
 * processes that may be killed. Tests only.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { buffer } from 'node:stream/consumers'
import { actors } from '#access/actor.ts'
import { authorize } from '#access/permissions.ts'
import { views as accessViews } from '#access/views.ts'
import { views as catalogViews } from '#catalog/views.ts'
import { openFiles } from '#connectors/files/files.ts'
import { openGit } from '#connectors/git/git.ts'
import { idTokens } from '#connectors/oidc/oidc.ts'
import { Engine } from '#engine/engine.ts'
import { Feed } from '#engine/feed.ts'
import { newId, newSecret, sha256 } from '#engine/ids.ts'
import { buildServer } from '#http/server.ts'
import { SYSTEM } from '#kernel/actor.ts'
import { applyNeeds } from '../../src/manifest-kinds.ts'
import type { JobSpec } from '../../src/pipelines/events.ts'
import { runNamed } from '../../src/pipelines/queries.ts'
import { reconcilers } from '../../src/pipelines/reconcilers/room.ts'
import { routes } from '../../src/pipelines/routes/room.ts'
import { runs } from '../../src/pipelines/run.ts'
import { views } from '../../src/pipelines/views.ts'
import { servicePins } from '../../src/service-pins.ts'
import { quiet, withDatabase } from './database.ts'
import { GIT_ENVIRONMENT, GitRepository } from './git-repository.ts'
import { startRunnerProcess } from './runner.ts'
import { until } from './until.ts'

const now = () => Date.now()
const as = { actor: SYSTEM }

export type PipelineRig = Awaited<ReturnType<typeof startPipelineRig>>

/** `after` may be a suite's: what was started is ended in the opposite order. */
export async function startPipelineRig(
  t: Pick<TestContext, 'after'>,
  source: Readonly<Record<string, string>>,
) {
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-rig-'))
  const ends: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })]
  t.after(async () => {
    for (const end of ends.toReversed()) await end()
  })
  const later = { after: (end: unknown) => void ends.push(end as () => unknown) }
  const repository = new GitRepository(join(folder, 'r'))
  const sha = repository.commit('feat: it', source)
  repository.push()
  const database = await withDatabase(later)
  const all = [...accessViews, ...catalogViews, ...views]
  const engine = new Engine({ database, views: all, authorize, log: quiet })
  await engine.prepare()
  const git = await openGit({ folder: join(folder, 'mirrors'), environment: GIT_ENVIRONMENT })
  const files = await openFiles(join(folder, 'files'))
  const needs = { engine, git, log: quiet, now, ...files }
  engine.use([...reconcilers({ ...needs, pins: servicePins(engine, now) })])
  const app = await buildServer({
    engine,
    feed: new Feed(database, engine.bus, quiet),
    routes: [routes({ ...needs, idTokens: idTokens([], now), secrets: { values: () => [] } })],
    apply: applyNeeds,
    local: { id: 'local', kind: 'person', roles: ['admin'] },
    webDir: undefined,
    version: '0.0.0',
    log: quiet,
    now,
  })
  await engine.start()
  ends.push(() => engine.stop())
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  ends.push(() => app.close())
  const token = await runnerToken(engine)
  const job = async (run: string, name: string) =>
    (await runNamed(engine.reads, run))?.state.jobs.find(({ spec }) => spec.name === name)
  return {
    engine,
    folder,
    url,
    token,
    startRunner: (name: string, skewMs = 0) =>
      startRunnerProcess(later, { url, token }, join(folder, `runner-${name}`), name, { skewMs }),
    async queue(jobs: readonly JobSpec[]): Promise<string> {
      const run = newId('run', now())
      const about = { service: 'shop', repository: repository.bare, branch: 'main', sha }
      const facts = { directory: '.', trigger: 'push', pipeline: 'p', jobs } as const
      const asked = { at: now(), by: 'ana' }
      await engine.execute(runs, run, { type: 'run.queue', ...asked, run, ...about, ...facts }, as)
      return run
    },
    job,
    get: async (path: string): Promise<unknown> => (await fetch(`${url}/api/v1${path}`)).json(),
    async ended(run: string) {
      const isOver = async () => (await runNamed(engine.reads, run))?.outcome !== 'running'
      await until(`${run} has ended`, isOver, 120_000)
      return runNamed(engine.reads, run)
    },
    /** `outcome id` of every case that the jobs of a run have told of. */
    async cases(run: string): Promise<string[]> {
      const row = await runNamed(engine.reads, run)
      const told: string[] = []
      for (const { testResults } of Object.values(row?.jobs ?? {})) {
        if (testResults === undefined) continue
        const bytes = await buffer((await files.blobs.get(testResults)).body)
        const [, ...lines] = gunzipSync(bytes).toString().trimEnd().split('\n')
        for (const line of lines) {
          const { outcome, id } = JSON.parse(line) as { outcome: string; id: string }
          told.push(`${outcome} ${id}`)
        }
      }
      return told.toSorted()
    },
  }
}

async function runnerToken(engine: Engine): Promise<string> {
  const secret = newSecret()
  const asked = { at: now(), by: 'test' }
  const facts = { name: 'r', emails: [], teams: [], roles: ['runner' as const] }
  const register = { type: 'actor.register', ...asked, kind: 'service-account', ...facts } as const
  await engine.execute(actors, 'r', register, as)
  const token = { token: newId('tok', now()), hash: sha256(secret), expiresAt: now() + 3_600_000 }
  await engine.execute(actors, 'r', { type: 'actor.issueToken', ...asked, ...token }, as)
  return secret
}
