import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe } from 'node:test'
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
import { applyNeeds } from '../../manifest-kinds.ts'
import { type RunnerHost, runnerContract } from '../../../test/contracts/runner.contract.ts'
import { jobSpec } from '../../../test/support/job-spec.ts'
import { quiet, withDatabase } from '../../../test/support/database.ts'
import { GIT_ENVIRONMENT, GitRepository } from '../../../test/support/git-repository.ts'

import { runs } from '../run.ts'
import { views } from '../views.ts'
import { logRoutes } from './logs/room.ts'
import { runnerRoutes } from './runner.ts'

const now = () => Date.now()
const report = { name: 'report', paths: ['r.html'], retentionMs: 60_000 }
const JOB = jobSpec('test', { artifacts: [report] })

// Inside a suite, whose end comes before that of the databases' cluster.
describe('runner routes', () => {
  runnerContract('real server', async () => {
    const ends: (() => unknown)[] = []
    const atEnd = (end: () => unknown) => void ends.unshift(end)
    try {
      return { ...(await startHost(atEnd)), close: () => endAll(ends) }
    } catch (error) {
      await endAll(ends)
      throw error
    }
  })
})

async function endAll(ends: readonly (() => unknown)[]): Promise<void> {
  for (const end of ends) await end()
}

async function startHost(atEnd: (end: () => unknown) => void): Promise<Omit<RunnerHost, 'close'>> {
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
    async offer() {
      const run = newId('run', now())
      const asked = { at: now(), by: 'ana' }
      const facts = { directory: '.', trigger: 'push', pipeline: 'p', jobs: [JOB] } as const
      const queue = { type: 'run.queue', ...asked, run, ...source, ...facts } as const
      await engine.execute(runs, run, queue, { actor: SYSTEM })
      return {
        async cancel() {
          await engine.execute(runs, run, { type: 'run.cancel', ...asked }, { actor: SYSTEM })
        },
        async loseLease() {
          const { state } = await engine.load(runs, run)
          const lease = state.jobs[0]?.lease ?? ''
          const lose = { type: 'run.loseJob', ...asked, job: JOB.name, lease } as const
          await engine.execute(runs, run, lose, { actor: SYSTEM })
          // It was queued again, and would be the next that a later test is given.
          await engine.execute(runs, run, { type: 'run.cancel', ...asked }, { actor: SYSTEM })
        },
      }
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
