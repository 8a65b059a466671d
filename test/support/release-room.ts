/**
 * A service, its repository and the reconciler that releases it, on a database of their own. Tests
 * only.
 */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import type { ArtifactEvent } from '#artifacts/events.ts'
import { views as artifactViews } from '#artifacts/views.ts'
import type { ServiceEvent, ServiceSpec } from '#catalog/events.ts'
import type { Git } from '#catalog/ports.ts'
import { views as catalogViews } from '#catalog/views.ts'
import { openGit } from '#connectors/git/git.ts'
import { Engine } from '#engine/engine.ts'
import { sha256 } from '#engine/ids.ts'
import { releasesOf } from '#releases/queries.ts'
import { reconcilers } from '#releases/reconcilers.ts'
import { views } from '#releases/views.ts'
import { quiet, withDatabase } from './database.ts'
import { record } from './facts.ts'
import { GIT_ENVIRONMENT, GitRepository } from './git-repository.ts'

/** What the clock says, always: a release must not depend on it. */
export const AT = Date.UTC(2026, 2, 4)
const who = { at: AT, by: 'test' }

export class ReleaseRoom {
  readonly engine: Engine
  readonly repository: GitRepository
  readonly git: Git
  #built = 0

  constructor(engine: Engine, repository: GitRepository, git: Git) {
    this.engine = engine
    this.repository = repository
    this.git = git
  }

  static async open(t: TestContext): Promise<ReleaseRoom> {
    const folder = mkdtempSync(join(tmpdir(), 'signalbox-releases-'))
    t.after(() => rmSync(folder, { recursive: true, force: true }))
    const database = await withDatabase(t)
    const all = [...catalogViews, ...artifactViews, ...views]
    const engine = new Engine({ database, views: all, authorize: () => undefined, log: quiet })
    await engine.prepare()
    const git = await openGit({ folder: join(folder, 'mirrors'), environment: GIT_ENVIRONMENT })
    return new ReleaseRoom(engine, new GitRepository(folder), git)
  }

  async register(change: Partial<ServiceSpec> = {}, source: Partial<ServiceSpec['source']> = {}) {
    const spec: ServiceSpec = {
      name: 'checkout',
      description: '',
      owner: 'team',
      tier: 1,
      dependsOn: [],
      source: {
        repository: this.repository.bare,
        branch: 'main',
        directory: '.',
        paths: ['**'],
        ...source,
      },
      versioning: { scheme: 'semver', tagPrefix: 'v' },
      template: 'paved-road/node-service@1',
      artifact: { kind: 'tarball' },
      path: ['dev', 'prod'],
      deploy: {
        target: 'process',
        run: { argv: ['node'], health: '/healthz', env: {} },
        replicas: 1,
      },
      links: { runbook: 'docs/runbook.md' },
      ...change,
    }
    await record<ServiceEvent>(this.engine, 'service', spec.name, {
      type: 'service.registered',
      ...who,
      spec,
    })
  }

  commit(message: string, files?: Record<string, string>): string {
    const sha = this.repository.commit(message, files ?? { 'a.txt': message })
    this.repository.push()
    return sha
  }

  /** A complete artifact of the commit; its digest. */
  async build(sha: string, service = 'checkout', branch = 'main'): Promise<string> {
    const digest = `sha256:${sha256(String(++this.#built))}`
    const source = { service, repository: this.repository.bare, branch, sha, run: 'run_1' }
    const facts = { at: AT + this.#built, by: 'test', digest, ...source }
    await record<ArtifactEvent>(
      this.engine,
      'artifact',
      digest,
      { type: 'artifact.published', ...facts, layer: 'sha256:l', sizeBytes: 1, files: 1 },
      { type: 'artifact.completed', ...facts },
    )
    return digest
  }

  async commitAndBuild(message: string, files?: Record<string, string>): Promise<string> {
    return this.build(this.commit(message, files))
  }

  async reconcile(service = 'checkout', git = this.git): Promise<void> {
    const [loop] = reconcilers({ engine: this.engine, git, log: quiet, now: () => AT })
    assert.ok(loop)
    await loop.reconcile(service, { fence: 1, signal: new AbortController().signal })
  }

  /** Newest first. */
  async versions(service = 'checkout'): Promise<string[]> {
    return (await releasesOf(this.engine.reads, service, 100)).map(({ version }) => version)
  }

  tags(): string[] {
    return (
      this.repository
        .git('ls-remote', '--tags', this.repository.bare)
        .match(/(?<=refs\/tags\/)\S+(?<!\})$/gm) ?? []
    )
  }
}
