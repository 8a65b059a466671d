/** A server of pipelines on a database of its own, as runners see it, and runs to give them. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { actors } from '#access/actor.ts'
import { authorize } from '#access/permissions.ts'
import { views as accessViews } from '#access/views.ts'
import { openFiles } from '#connectors/files/files.ts'
import { openGit } from '#connectors/git/git.ts'
import { Engine } from '#engine/engine.ts'
import { Feed } from '#engine/feed.ts'
import { newId, newSecret, sha256 } from '#engine/ids.ts'
import { buildServer } from '#http/server.ts'
import { SYSTEM } from '#kernel/actor.ts'
import type { RunCommand } from '#pipelines/commands.ts'
import { logRoutes } from '#pipelines/routes/logs/room.ts'
import { runnerRoutes } from '#pipelines/routes/runner.ts'
import { runs } from '#pipelines/run.ts'
import { views } from '#pipelines/views.ts'
import { applyNeeds } from '../../src/manifest-kinds.ts'
import { quiet, withDatabase } from './database.ts'
import { GIT_ENVIRONMENT, GitRepository } from './git-repository.ts'

const now = () => Date.now()

export interface Host {
  readonly url: string
  readonly token: string
  readonly engine: Engine
  readonly folder: string
  readonly files: Awaited<ReturnType<typeof openFiles>>
  /** Its head is what runs are of, unless they say otherwise. */
  readonly repository: GitRepository
  queue(asked: Pick<Queue, 'jobs'> & Partial<Queue>): Promise<string>
}

type Queue = Extract<RunCommand, { type: 'run.queue' }>

export async function startRunnerHost(atEnd: (end: () => unknown) => void): Promise<Host> {
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-routes-'))
  atEnd(() => rmSync(folder, { recursive: true, force: true }))
  const repository = new GitRepository(join(folder, 'r'))
  const sha = repository.commit('feat: it', { 'hello.txt': 'hello' })
  repository.push()
  const database = await withDatabase({ after: (end) => atEnd(end as () => unknown) })
  const engine = new Engine({ database, views: [...accessViews, ...views], authorize, log: quiet })
  await engine.prepare()
  const git = await openGit({ folder: join(folder, 'mirrors'), environment: GIT_ENVIRONMENT })
  const files = await openFiles(join(folder, 'files'))
  const feed = new Feed(database, engine.bus, quiet)
  const app = await buildServer({
    engine,
    feed,
    routes: [
      runnerRoutes({ git, ...files }),
      logRoutes({ ...files, secrets: { values: () => [] } }),
    ],
    apply: applyNeeds,
    local: undefined,
    webDir: undefined,
    version: '0.0.0',
    log: quiet,
    now,
  })
  await engine.start(false)
  atEnd(() => engine.stop())
  atEnd(() => app.close())
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const source = { service: 'shop', repository: repository.bare, branch: 'main', sha }
  return {
    url,
    token: await runnerToken(engine),
    engine,
    folder,
    files,
    repository,
    async queue(asked) {
      const run = newId('run', now())
      const facts = {
        directory: '.',
        trigger: 'push',
        pipeline: 'p',
        defaultBranch: 'main',
      } as const
      const by = { at: now(), by: 'ana' }
      const queue = { type: 'run.queue', ...by, run, ...source, ...facts, ...asked } as const
      await engine.execute(runs, run, queue, { actor: SYSTEM })
      return run
    },
  }
}

async function runnerToken(engine: Engine): Promise<string> {
  const secret = newSecret()
  const asked = { at: now(), by: 'test' }
  const facts = { name: 'r', emails: [], teams: [], roles: ['runner'] } as const
  const register = { type: 'actor.register', ...asked, kind: 'service-account', ...facts } as const
  await engine.execute(
    actors,
    'r',
    { ...register, roles: ['runner'], emails: [], teams: [] },
    {
      actor: SYSTEM,
    },
  )
  const token = { token: newId('tok', now()), hash: sha256(secret), expiresAt: now() + 3_600_000 }
  await engine.execute(
    actors,
    'r',
    { type: 'actor.issueToken', ...asked, ...token },
    {
      actor: SYSTEM,
    },
  )
  return secret
}
