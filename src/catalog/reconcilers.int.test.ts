import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { openGit } from '#connectors/git/git.ts'
import { Engine } from '#engine/engine.ts'
import { history } from '#engine/store.ts'
import { SYSTEM } from '#kernel/actor.ts'
import { quiet, withDatabase } from '../../test/support/database.ts'
import { fastImport, GIT_ENVIRONMENT, GitRepository } from '../../test/support/git-repository.ts'
import { serviceManifest, serviceSpec } from './commands.ts'
import type { RepositoryEvent } from './events.ts'
import type { Git } from './ports.ts'
import { branchesOf, commitsOf, serviceNamed } from './queries.ts'
import { reconcilers } from './reconcilers.ts'
import { repositories } from './repository.ts'
import { services } from './service.ts'
import { views } from './views.ts'

const AT = 1_000
const who = { actor: SYSTEM }
const asked = { at: AT, by: 'ana' }

const manifest = (name: string, description = 'first') => `apiVersion: signalbox.dev/v1
kind: Service
metadata: {name: ${name}, owner: web, tier: 1, description: ${description}}
spec:
  template: paved-road/node-service@1
  path: [prod]
  deploy: {run: {argv: [node], health: /healthz}}
`

class Room {
  readonly engine: Engine
  readonly git: Git
  readonly repository: GitRepository

  constructor(engine: Engine, git: Git, repository: GitRepository) {
    this.engine = engine
    this.git = git
    this.repository = repository
  }

  static async open(t: TestContext): Promise<Room> {
    const folder = mkdtempSync(join(tmpdir(), 'signalbox-catalog-'))
    t.after(() => rmSync(folder, { recursive: true, force: true }))
    const database = await withDatabase(t)
    const engine = new Engine({ database, views, authorize: () => undefined, log: quiet })
    await engine.prepare()
    const git = await openGit({ folder: join(folder, 'mirrors'), environment: GIT_ENVIRONMENT })
    return new Room(engine, git, new GitRepository(join(folder, 'r')))
  }

  async note(address = this.repository.bare, branch = 'main'): Promise<void> {
    const command = { type: 'repository.notePush', ...asked, repository: address, branch } as const
    await this.engine.execute(repositories, address, command, who)
  }

  async look(address = this.repository.bare, git = this.git): Promise<void> {
    const [loop] = reconcilers({ engine: this.engine, git, log: quiet, now: () => AT })
    assert.ok(loop)
    await loop.reconcile(address, { fence: 1, signal: new AbortController().signal })
  }

  async register(name: string, repository = this.repository.bare): Promise<void> {
    const spec = serviceSpec(
      serviceManifest.parse({
        apiVersion: 'signalbox.dev/v1',
        kind: 'Service',
        metadata: { name, owner: 'web', tier: 1 },
        spec: {
          source: { repository },
          template: 'paved-road/node-service@1',
          path: ['prod'],
          deploy: { run: { argv: ['node'], health: '/healthz' } },
        },
      }),
    )
    await this.engine.execute(services, name, { type: 'service.apply', ...asked, spec }, who)
  }

  async events(address = this.repository.bare): Promise<RepositoryEvent[]> {
    const stream = await history(this.engine.database, `repository-${address}`)
    return stream.map(({ event }) => event as RepositoryEvent)
  }

  async description(name: string): Promise<string | undefined> {
    return (await serviceNamed(this.engine.reads, name))?.description
  }
}

describe('a push', () => {
  it('that was noted is looked up in git, and looking again finds nothing new', async (t) => {
    const room = await Room.open(t)
    const shas = ['feat: one', 'fix: two'].map((m) => room.repository.commit(m, { a: m }))
    room.repository.push()
    await room.note()
    await room.look()
    await room.look()
    assert.deepEqual(
      (await room.events()).map(({ type }) => type),
      ['repository.pushNoted', 'commit.pushed'],
    )
    const rows = await commitsOf(room.engine.reads, room.repository.bare, shas)
    assert.deepEqual(rows.map(({ subject }) => subject).sort(), ['feat: one', 'fix: two'])
    const [branch] = await branchesOf(room.engine.reads, room.repository.bare)
    assert.deepEqual([branch?.head, branch?.trouble], [shas[1], null])
  })

  it('that comes while git is asked is not lost', async (t) => {
    const room = await Room.open(t)
    room.repository.commit('feat: one', { a: '1' })
    room.repository.push()
    await room.note()
    let later = ''
    const slow: Git = {
      ...room.git,
      pull: async (at) => {
        const answer = await room.git.pull(at)
        later = room.repository.commit('fix: two', { a: '2' })
        room.repository.push()
        await room.note()
        return answer
      },
    }
    await room.look(room.repository.bare, slow)
    await room.look()
    const [branch] = await branchesOf(room.engine.reads, room.repository.bare)
    assert.equal(branch?.head, later)
  })

  it('of very many commits makes several events, and each commit one row', async (t) => {
    const room = await Room.open(t)
    const commits = Array.from(
      { length: 1_200 },
      (_, i) =>
        `commit refs/heads/main\ncommitter Ana <ana@example.org> ${1_700_000_000 + i} +0000\n` +
        `data 3\nc\n\nM 100644 inline f${i % 7}\ndata 2\n${i % 10}\n\n`,
    )
    fastImport(room.repository.bare, commits.join(''))
    await room.note()
    await room.look()
    const pushed = (await room.events()).flatMap((e) => (e.type === 'commit.pushed' ? [e] : []))
    assert.deepEqual(
      pushed.map(({ commits: some, last }) => [some.length, last]),
      [
        [500, false],
        [500, false],
        [200, true],
      ],
    )
    const shas = pushed.flatMap(({ commits: some }) => some.map(({ sha }) => sha))
    assert.equal((await commitsOf(room.engine.reads, room.repository.bare, shas)).length, 1_200)
  })

  it('to what cannot be reached says so at once, and is tried again', async (t) => {
    const room = await Room.open(t)
    const nowhere = join(room.repository.bare, 'nowhere')
    await room.note(nowhere)
    for (let i = 0; i < 2; i++)
      await assert.rejects(room.look(nowhere), { code: 'git.unreachable' })
    const failures = (await room.events(nowhere)).flatMap((e) =>
      e.type === 'repository.pushFailed' ? [e] : [],
    )
    assert.deepEqual(
      failures.map(({ again }) => again),
      [true],
    )
    const [branch] = await branchesOf(room.engine.reads, nowhere)
    // Message and remedy: two sentences at least.
    assert.match(branch?.trouble ?? '', /cannot be reached.*\. [A-Z]/)
  })

  it('to a branch that is not there waits for another push', async (t) => {
    const room = await Room.open(t)
    room.repository.commit('feat: one')
    room.repository.push()
    await room.note(room.repository.bare, 'mian')
    await room.look()
    await room.look()
    assert.deepEqual(
      (await room.events()).map(({ type }) => type),
      ['repository.pushNoted', 'repository.pushFailed'],
    )
  })
})

describe('manifests in a pushed tree', () => {
  it('change the services that are registered from there, and no others', async (t) => {
    const room = await Room.open(t)
    await room.register('shop')
    await room.register('cart', '/elsewhere.git')
    room.repository.commit('feat: it', {
      'signalbox.yaml': `${manifest('shop', 'ours')}---\nkind: Pipeline\n`,
      'cart/signalbox.yaml': manifest('cart', 'stolen'),
      'new/signalbox.yaml': manifest('new'),
    })
    room.repository.push()
    await room.note()
    await room.look()
    assert.equal(await room.description('shop'), 'ours')
    assert.equal(await room.description('cart'), '')
    assert.equal(await room.description('new'), undefined)
    const stream = () => history(room.engine.database, 'service-shop')
    assert.equal((await stream()).length, 2)
    // The same manifest with the next push is no change.
    room.repository.commit('fix: other', { b: '1' })
    room.repository.push()
    await room.note()
    await room.look()
    assert.equal((await stream()).length, 2)
  })

  it('that are hostile are left alone, and hold nobody up', async (t) => {
    const room = await Room.open(t)
    await room.register('shop')
    const bomb = Array.from({ length: 12 }, (_, i) =>
      i === 0 ? 'l0: &l0 [x,x,x,x,x,x,x,x,x]' : `l${i}: &l${i} [${`*l${i - 1},`.repeat(9)}]`,
    )
    room.repository.commit('feat: it', {
      'a/signalbox.yaml': bomb.join('\n'),
      'b/signalbox.yaml': '['.repeat(5_000),
      'c/signalbox.yaml': `${manifest('shop')}  replicsa: 3\n`,
      'd/signalbox.yaml': manifest('shop').replace('path: [prod]', 'path: ["../.."]'),
      'e/signalbox.yaml': '\u0000\u001b[2J',
      'z/signalbox.yaml': manifest('shop', 'well'),
    })
    room.repository.push()
    await room.note()
    await room.look()
    assert.equal(await room.description('shop'), 'well')
  })
})
