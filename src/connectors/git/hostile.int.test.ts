import assert from 'node:assert/strict'
import { mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { CommitFact } from '#catalog/events.ts'
import type { Git } from '#catalog/ports.ts'
import { GIT_ENVIRONMENT, GitRepository, fastImport } from '../../../test/support/git-repository.ts'
import { openGit } from './git.ts'

let root = ''
let git: Git
let made = 0
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'signalbox-hostile-'))
  git = await openGit({ folder: join(root, 'mirrors'), environment: GIT_ENVIRONMENT })
})
after(() => rm(root, { recursive: true }))

const fresh = () => new GitRepository(join(root, `repository-${made++}`))

async function last(repository: GitRepository): Promise<CommitFact> {
  repository.push()
  const at = { repository: repository.bare, branch: 'main', before: '', limit: 100 }
  const { commits } = await git.pull(at)
  const commit = commits.at(-1)
  assert.ok(commit)
  return commit
}

/** A commit written byte by byte, as no porcelain would write it. */
function imported(repository: GitRepository, who: Buffer, message: Buffer, extra = ''): void {
  const people = ['author', 'committer'].map((role) =>
    Buffer.concat([Buffer.from(`${role} `), who, Buffer.from(' 1700000000 +0000\n')]),
  )
  const stream = Buffer.concat([
    Buffer.from('commit refs/heads/main\n'),
    ...people,
    Buffer.from(extra),
    Buffer.from(`data ${message.length}\n`),
    message,
    Buffer.from('\ndone\n'),
  ])
  fastImport(repository.bare, stream)
}

async function importedLast(repository: GitRepository): Promise<CommitFact> {
  const at = { repository: repository.bare, branch: 'main', before: '', limit: 1 }
  const [commit] = (await git.pull(at)).commits
  assert.ok(commit)
  return commit
}

describe('a message', () => {
  const messages: Record<string, string> = {
    'that colours a terminal': '\u001b[31mred\u001b[0m \u0007\b\u009b2J',
    'that looks like our format': '%x00%H%x00%(trailers)%n%%\n%x00',
    'that looks like a record': `x\n\n${'a'.repeat(40)}\n\nAna\nana@example.org\n1700000000`,
    'with blank lines and spaces at its start': '\n\n  text\n\n\n\nmore',
    'with carriage returns': 'a\r\nb\rc',
    'of nothing': '',
    'that looks like options': '--format=%B\n-z\n--',
  }
  let told: readonly CommitFact[] = []
  before(async () => {
    const repository = fresh()
    for (const [what, message] of Object.entries(messages))
      repository.commit(message, { [what]: '' })
    repository.push()
    const at = { repository: repository.bare, branch: 'main', before: '', limit: 100 }
    told = (await git.pull(at)).commits
  })
  for (const [what, message] of Object.entries(messages))
    it(`${what} is kept as it is, and moves no field`, () => {
      const [commit, ...others] = told.filter(({ paths }) => paths[0] === what)
      assert.equal(others.length, 0)
      assert.deepEqual(
        [commit?.message, commit?.paths, commit?.coAuthors, commit?.author.name],
        [message, [what], [], 'Ana'],
      )
    })

  it('has co-authors in its last paragraph alone', async () => {
    const repository = fresh()
    const fake = 'Co-authored-by: Fake <fake@example.org>'
    repository.commit(`feat: x\n\n${fake}\n\nThe text goes on here.\n`)
    assert.deepEqual((await last(repository)).coAuthors, [])
    repository.commit(`feat: y\n\n${fake}\n\nText.\n\nCO-AUTHORED-BY: Real <Real@Example.org>\n`)
    assert.deepEqual((await last(repository)).coAuthors, [
      { name: 'Real', email: 'real@example.org' },
    ])
  })

  it('cannot hide its co-authors behind its length', async () => {
    const repository = fresh()
    repository.commit(`feat: x\n\n${'long '.repeat(10_000)}\n\nCo-authored-by: Bo <bo@x.org>\n`)
    const { message, coAuthors } = await last(repository)
    assert.equal(message.length, 8192)
    assert.deepEqual(coAuthors, [{ name: 'Bo', email: 'bo@x.org' }])
  })

  it('may be in any encoding, or in none', async () => {
    const repository = fresh()
    const latin = Buffer.from('Andr\u00e9 <a@x.org>', 'latin1')
    imported(repository, latin, Buffer.from('caf\u00e9', 'latin1'), 'encoding ISO-8859-1\n')
    const declared = await importedLast(repository)
    assert.deepEqual([declared.author.name, declared.message], ['Andr\u00e9', 'caf\u00e9'])
    imported(repository, latin, Buffer.from('caf\u00e9', 'latin1'))
    const undeclared = await importedLast(repository)
    assert.deepEqual([undeclared.author.name, undeclared.message], ['Andr\ufffd', 'caf\ufffd'])
  })

  it('that holds a NUL ends there, and moves no other field', async () => {
    const repository = fresh()
    const forged = ['before', '', 'f'.repeat(40), '', 'Eve', 'e@x', '1', 'Eve', 'e@x', '1', '', 'm']
    imported(repository, Buffer.from('Ana <ana@x.org>'), Buffer.from(forged.join('\0')))
    const at = { repository: repository.bare, branch: 'main', before: '', limit: 10 }
    const { commits } = await git.pull(at)
    assert.deepEqual(
      commits.map(({ author, message }) => [author.email, message]),
      [['ana@x.org', 'before']],
    )
  })
})

describe('a name', () => {
  it('may be strange, and stays in its field', async () => {
    const repository = fresh()
    const name = 'x\u001b[31m%x00 --all "quoted" \u202e'
    repository.commit('x', {}, { name, email: '%AE@Example.org' })
    const { author } = await last(repository)
    assert.deepEqual(author, { name, email: '%ae@example.org' })
  })

  it('may be missing', async () => {
    const repository = fresh()
    imported(repository, Buffer.from('<>'), Buffer.from('nobody'))
    const { author, message } = await importedLast(repository)
    assert.deepEqual([author, message], [{ name: '', email: '' }, 'nobody'])
  })
})

describe('a path', () => {
  it('may be strange, and is one path', async () => {
    const repository = fresh()
    const sha = repository.commit('first', { first: '' })
    const paths = ['\n', '\nx', ' ', '"q"', '%x00', '--all', 'a\tb', 'a\nb', sha, 'ünï', 'x\\y']
    repository.commit('strange', Object.fromEntries(paths.map((path) => [path, ''])))
    const commit = await last(repository)
    assert.deepEqual(commit.paths.toSorted(), paths.toSorted())
  })

  it('may be one of many, of which 200 are told', async () => {
    const repository = fresh()
    const many = Array.from({ length: 201 }, (_, i) => [`file-${String(i).padStart(3, '0')}`, ''])
    repository.commit('many', Object.fromEntries(many))
    const cut = await last(repository)
    assert.deepEqual([cut.paths.length, cut.pathsCut], [200, true])
    repository.commit('few', { 'file-000': 'changed' })
    const few = await last(repository)
    assert.deepEqual([few.paths, few.pathsCut], [['file-000'], false])
  })
})

describe('an address on this machine', () => {
  it('leads nowhere but into the folders that are allowed, by links either', async () => {
    const allowed = join(root, 'allowed')
    const inside = new GitRepository(join(allowed, 'inside'))
    const outside = fresh()
    for (const repository of [inside, outside]) {
      repository.commit('feat: it')
      repository.push()
    }
    await symlink(outside.bare, join(allowed, 'link.git'))
    await symlink(allowed, join(root, 'also-allowed'))
    const folder = join(root, 'own-mirrors')
    const local = [join(root, 'also-allowed')]
    const own = await openGit({ folder, environment: GIT_ENVIRONMENT, local })
    const pull = (repository: string) =>
      own.pull({ repository, branch: 'main', before: '', limit: 1 })
    assert.equal((await pull(inside.bare)).commits.length, 1)
    const refused = { code: 'git.refused', retry: false, message: /own disk/ }
    for (const address of [
      outside.bare,
      `file://${outside.bare}`,
      join(allowed, 'link.git'),
      `${allowed}/inside/../../${relative(root, outside.bare)}`,
    ])
      await assert.rejects(pull(address), refused, address)
    await assert.rejects(pull(join(allowed, 'nothing.git')), { code: 'git.unreachable' })
  })
})
