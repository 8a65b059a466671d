import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import type { RepositoryEvent, ServiceEvent, ServiceSpec } from '#catalog/events.ts'
import type { Git } from '#catalog/ports.ts'
import { commitsOf, serviceNamed } from '#catalog/queries.ts'
import { views as catalogViews } from '#catalog/views.ts'
import { openGit } from '#connectors/git/git.ts'
import { Engine } from '#engine/engine.ts'
import { quiet, withDatabase } from '../../test/support/database.ts'
import { record } from '../../test/support/facts.ts'
import { GIT_ENVIRONMENT, GitRepository } from '../../test/support/git-repository.ts'
import { type RunRow, runs as runsOf } from './queries.ts'
import { queueRun, type Trigger } from './reconcilers/queue-run.ts'
import { pipelines } from './reconcilers/queue.ts'
import { views } from './views.ts'

const turn = { fence: 1, signal: new AbortController().signal }

/** A monorepo with services in folders of their own; time passes by a second a step. */
class Room {
  readonly engine: Engine
  readonly repository: GitRepository
  readonly git: Git
  clock = 1_000
  readonly #heads: Record<string, string> = {}

  constructor(engine: Engine, repository: GitRepository, git: Git) {
    this.engine = engine
    this.repository = repository
    this.git = git
  }

  static async open(t: TestContext): Promise<Room> {
    const folder = mkdtempSync(join(tmpdir(), 'signalbox-queue-'))
    t.after(() => rmSync(folder, { recursive: true, force: true }))
    const database = await withDatabase(t)
    const all = [...catalogViews, ...views]
    const engine = new Engine({ database, views: all, authorize: () => undefined, log: quiet })
    await engine.prepare()
    const git = await openGit({ folder: join(folder, 'mirrors'), environment: GIT_ENVIRONMENT })
    return new Room(engine, new GitRepository(join(folder, 'r')), git)
  }

  async service(name: string, change: Partial<ServiceSpec> = {}): Promise<void> {
    const spec = {
      name,
      tier: 2,
      template: 'paved-road/node-service@1',
      source: {
        repository: this.repository.bare,
        branch: 'main',
        directory: name,
        paths: [`${name}/**`, 'shared/**'],
      },
      ...change,
    } as ServiceSpec
    await record<ServiceEvent>(this.engine, 'service', name, {
      type: 'service.registered',
      at: 1,
      by: 'ana',
      spec,
    })
  }

  /** Commits, pushes, and records the push as the catalog does. */
  async push(files: Record<string, string>): Promise<string> {
    const sha = this.repository.commit('feat: it', files)
    this.repository.push()
    await this.git.pull({ repository: this.repository.bare, branch: 'main', before: '', limit: 1 })
    await this.pushed('main', sha, files)
    return sha
  }

  /** The branch moved to a commit that touched these files. */
  async pushed(branch: string, sha: string, files: Record<string, string>): Promise<void> {
    const who = { name: 'Ana', email: 'ana@example.org' }
    const commit = {
      sha,
      parents: [],
      author: who,
      committer: who,
      coAuthors: [],
      authoredAt: 1,
      committedAt: 1,
      message: 'feat: it',
      paths: Object.keys(files),
      pathsCut: false,
    }
    await record<RepositoryEvent>(this.engine, 'repository', this.repository.bare, {
      type: 'commit.pushed',
      at: (this.clock += 1_000),
      by: 'system',
      repository: this.repository.bare,
      branch,
      before: this.#heads[branch] ?? '',
      after: sha,
      commits: [commit],
      last: true,
      manifests: [],
    })
    this.#heads[branch] = sha
  }

  async reconcile(git = this.git): Promise<void> {
    const { engine } = this
    const now = () => (this.clock += 1_000)
    await pipelines({ engine, git, log: quiet, now }).reconcile(this.repository.bare, turn)
  }

  /** Something other than a push. */
  async happens(name: string, sha: string, trigger: Trigger) {
    const { engine, git } = this
    const now = () => (this.clock += 1_000)
    const service = await serviceNamed(engine.reads, name)
    assert.ok(service !== undefined)
    return queueRun({ engine, git, log: quiet, now }, service, sha, trigger)
  }

  async runs(service: string): Promise<RunRow[]> {
    return runsOf(this.engine.reads, { service, limit: 50 })
  }

  async shas(service: string): Promise<string[]> {
    return (await this.runs(service)).map(({ sha }) => sha)
  }
}

describe('a push', () => {
  it('runs what it touched, once a commit and service', async (t) => {
    const room = await Room.open(t)
    await room.service('shop')
    await room.service('cart')
    const first = await room.push({ 'shop/a': '1', 'cart/a': '1' })
    await room.reconcile()
    await room.reconcile()
    assert.deepEqual([await room.shas('shop'), await room.shas('cart')], [[first], [first]])
    const second = await room.push({ 'shop/a': '2' })
    await room.reconcile()
    assert.deepEqual([await room.shas('shop'), await room.shas('cart')], [[second, first], [first]])
    const third = await room.push({ 'shared/x': '1', 'README.md': '1' })
    await room.reconcile()
    assert.equal((await room.shas('cart'))[0], third)
    await room.push({ 'README.md': '2' })
    await room.reconcile()
    assert.equal((await room.shas('cart')).length, 2)
    assert.equal((await room.shas('shop')).length, 3)
  })

  it('starts nothing here of a service whose runs are made elsewhere', async (t) => {
    const room = await Room.open(t)
    await room.service('shop', { runs: 'external' })
    await room.service('cart', { runs: 'here' })
    const sha = await room.push({ 'shop/a': '1', 'cart/a': '1' })
    await room.reconcile()
    assert.deepEqual([await room.shas('shop'), await room.shas('cart')], [[], [sha]])
  })

  it('that arrives while an older head is being queued is run too', async (t) => {
    const room = await Room.open(t)
    await room.service('a-first')
    await room.service('shop')
    const first = await room.push({ 'a-first/a': '1', 'shop/a': '1' })
    let second = ''
    // While the first service is queued, another push comes: the second is queued after it.
    const slow: Git = {
      ...room.git,
      file: async (...at) => {
        if (second === '') second = await room.push({ 'shop/a': '2' })
        return room.git.file(...at)
      },
    }
    await room.reconcile(slow)
    assert.deepEqual(await room.shas('shop'), [first])
    await room.reconcile()
    assert.deepEqual(await room.shas('shop'), [second, first])
  })

  it('takes the pipeline of that very commit, or the template', async (t) => {
    const room = await Room.open(t)
    await room.service('shop')
    await room.service('cart')
    const pipeline =
      'apiVersion: signalbox.dev/v1\nkind: Pipeline\nspec: {jobs: {only: {run: "true"}}}\n'
    await room.push({
      'shop/signalbox.yaml': `apiVersion: signalbox.dev/v1\nkind: Service\n---\n${pipeline}`,
      'cart/a': '1',
    })
    await room.reconcile()
    const of = async (service: string) => {
      const [row] = await room.runs(service)
      return [row?.pipeline, row?.state.jobs.length]
    }
    assert.deepEqual(await of('cart'), ['paved-road/node-service@1', 5])
    assert.deepEqual(await of('shop'), ['shop/signalbox.yaml', 1])
  })

  it('whose pipeline cannot run is refused with the place of what is wrong', async (t) => {
    const room = await Room.open(t)
    await room.service('shop')
    await room.service('cart')
    await room.service('odd', { template: 'paved-road/nod-service@1' })
    await room.service('bare', { template: undefined })
    const head = 'apiVersion: signalbox.dev/v1\nkind: Pipeline\nspec:\n  jobs:\n'
    await room.push({
      'shop/signalbox.yaml': `${head}    a: {run: "true", needs: [b]}\n`,
      'cart/signalbox.yaml': `${head}    a: {ran: "true"}\n`,
      'odd/a': '1',
      'bare/a': '1',
    })
    await room.reconcile()
    const refusal = async (service: string) => {
      const [row] = await room.runs(service)
      assert.equal(row?.outcome, 'failed')
      return row?.refusal ?? ''
    }
    assert.match(
      await refusal('shop'),
      /^shop\/signalbox\.yaml:5:\d+ a needs b, and there is no such job\./,
    )
    assert.match(
      await refusal('cart'),
      /^cart\/signalbox\.yaml:5:9 Unknown key spec\.jobs\.a\.ran\. Did you mean run\?/,
    )
    assert.match(await refusal('odd'), /Did you mean paved-road\/node-service@1\?/)
    assert.match(await refusal('bare'), /no Pipeline document .* names no template/)
  })

  it('of commits that another branch had before runs who follows this one', async (t) => {
    const room = await Room.open(t)
    await room.service('shop')
    const [repository, directory] = [room.repository.bare, 'shop']
    const source = { repository, branch: 'production', directory, paths: ['shop/**'] }
    await room.service('live', { source })
    const files = { 'shop/a': '1' }
    const first = await room.push(files)
    const second = await room.push({ 'shop/a': '2' })
    await room.pushed('production', first, files)
    await room.reconcile()
    assert.deepEqual([await room.shas('shop'), await room.shas('live')], [[second], [first]])
    await room.pushed('production', second, files)
    await room.reconcile()
    assert.deepEqual(await room.shas('live'), [second, first])
    const rows = await commitsOf(room.engine.reads, repository, [first, second])
    assert.deepEqual(
      rows.map(({ branch }) => branch),
      ['main', 'main'],
      'each once, as it came',
    )
  })

  it('of one service that cannot be read does not hold up the others', async (t) => {
    const room = await Room.open(t)
    await room.service('a-broken')
    await room.service('shop')
    const sha = await room.push({ 'a-broken/x': '1', 'shop/x': '1' })
    const sick: Git = {
      ...room.git,
      file: async (repository, at, path) => {
        if (path.startsWith('a-broken')) throw new Error('unreadable')
        return room.git.file(repository, at, path)
      },
    }
    await assert.rejects(room.reconcile(sick), /unreadable/)
    assert.deepEqual(await room.shas('shop'), [sha])
    await room.reconcile()
    assert.deepEqual(await room.shas('a-broken'), [sha])
  })
})

const pipelineFile = (spec: string) =>
  `apiVersion: signalbox.dev/v1\nkind: Pipeline\nspec: {${spec}, jobs: {a: {run: "true"}}}\n`

describe('what begins a run', () => {
  it('is a push to the paths that the pipeline names, and no other', async (t) => {
    const room = await Room.open(t)
    await room.service('shop')
    const first = await room.push({
      'shop/signalbox.yaml': pipelineFile('on: {push: {paths: ["shop/src/**"]}}'),
    })
    await room.reconcile()
    await room.push({ 'shop/README.md': '1' })
    await room.reconcile()
    const third = await room.push({ 'shop/src/a': '1' })
    await room.reconcile()
    assert.deepEqual(await room.shas('shop'), [third, first])
  })

  it('is a person, as often as the pipeline lets them, with inputs that are checked', async (t) => {
    const room = await Room.open(t)
    await room.service('shop')
    const inputs = 'on: {manual: {inputs: {place: {type: choice, options: [stage, prod]}}}}'
    const sha = await room.push({ 'shop/signalbox.yaml': pipelineFile(inputs) })
    await room.reconcile()
    assert.deepEqual(await room.shas('shop'), [], 'it names no push')
    const by = (id: string, given: Record<string, string>) =>
      room.happens('shop', sha, { event: 'manual', inputs: given, id })
    await by('run_1', { place: 'prod' })
    await by('run_2', {})
    const wrong = await by('run_3', { plce: 'prod' })
    assert.match(JSON.stringify(wrong?.answer), /run\.wrong-input.*Did you mean place/)
    const rows = await room.runs('shop')
    assert.deepEqual(
      rows.map(({ state }) => state.facts?.inputs),
      [{ place: 'stage' }, { place: 'prod' }],
    )
    await room.service('cart')
    const only = await room.push({ 'cart/signalbox.yaml': pipelineFile('on: {push: {}}') })
    const refused = await room.happens('cart', only, { event: 'manual', inputs: {}, id: 'run_4' })
    assert.match(JSON.stringify(refused?.answer), /run\.not-by-hand/)
  })

  it('is a pull request, in a place of its own, whatever its branch is called', async (t) => {
    const room = await Room.open(t)
    await room.service('shop')
    const text = pipelineFile('on: {pullRequest: {branches: [main]}}')
    const sha = await room.push({ 'shop/signalbox.yaml': text })
    const about = { event: 'pullRequest', number: 7, isFork: true } as const
    assert.equal(await room.happens('shop', sha, { ...about, base: 'other' }), undefined)
    await room.happens('shop', sha, { ...about, base: 'main' })
    await room.happens('shop', sha, { ...about, base: 'main' })
    const [row, ...more] = await room.runs('shop')
    assert.deepEqual(
      [row?.branch, row?.trigger, row?.state.isFork],
      ['pull/7', 'pullRequest', true],
    )
    assert.equal(more.length, 0)
  })
})
