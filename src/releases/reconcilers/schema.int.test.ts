import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { Fault } from '#kernel/fault.ts'
import { ReleaseRoom } from '../../../test/support/release-room.ts'
import { releasesOf } from '../queries.ts'
import { floorsOf } from '../queries/compatibility.ts'

const schema = { dialect: 'postgresql', migrations: ['db/**', '!**/*.down.sql'] } as const
const CREATE = 'create table orders (id int);'

async function released(t: TestContext) {
  const room = await ReleaseRoom.open(t)
  await room.register({ schema })
  const release = async (files: Record<string, string>) => {
    await room.commitAndBuild('feat: it', files)
    await room.reconcile()
    const [latest] = await releasesOf(room.engine.reads, 'checkout', 1)
    return latest ?? assert.fail('nothing was released')
  }
  return { room, release }
}

describe('a release of a service with a schema', () => {
  it('says what its migrations do, those that are new alone', async (t) => {
    const { release } = await released(t)
    const first = await release({ 'db/1.sql': CREATE, 'db/1.down.sql': 'drop table orders' })
    assert.deepEqual([first.schema?.files, first.schema?.counts.additive], [1, 1])
    const second = await release({ 'db/2.sql': '\nalter table orders drop column note;' })
    assert.deepEqual(second.schema?.steps, [
      {
        path: 'db/2.sql',
        line: 2,
        kind: 'irreversible',
        reason: 'What stands in note is lost, and older releases use it.',
        statement: 'alter table orders drop column note',
        remarks: [],
      },
    ])
    const third = await release({ 'a.txt': 'no migration' })
    assert.deepEqual([third.schema?.files, third.schema?.steps], [0, []])
  })

  it('says when an old migration was changed or removed', async (t) => {
    const { room, release } = await released(t)
    await release({ 'db/1.sql': CREATE, 'db/2.sql': CREATE })
    room.repository.git('rm', '--quiet', 'db/2.sql')
    const { schema: facts } = await release({ 'db/1.sql': `-- better\n${CREATE}` })
    assert.deepEqual(facts?.findings, [
      { code: 'migration.rewritten', path: 'db/1.sql' },
      { code: 'migration.removed', path: 'db/2.sql' },
    ])
    assert.equal(facts?.counts.unknown, 2)
  })

  it('knows nothing of what it cannot read', async (t) => {
    const { release } = await released(t)
    const { schema: facts } = await release({
      'db/1.sql': `${CREATE}${' '.repeat(1024 * 1024)}`,
      'db/2.js': 'exports.up = () => {}',
      'db/3.sql': "select '\u0000\u202e never closed",
    })
    assert.deepEqual(
      facts?.steps.map(({ path, kind }) => [path, kind]),
      [
        ['db/3.sql', 'unknown'],
        ['db/1.sql', 'unknown'],
        ['db/2.js', 'unknown'],
        ['db/3.sql', 'additive'],
      ],
    )
  })

  it('waits for a repository that does not answer', async (t) => {
    const { room } = await released(t)
    await room.commitAndBuild('feat: it', { 'db/1.sql': CREATE })
    const changes = () => Promise.reject(new Fault('git.timeout', 'Too slow.', { remedy: '' }))
    await assert.rejects(room.reconcile('checkout', { ...room.git, changes }))
    assert.deepEqual(await room.versions(), [])
    await room.reconcile()
    assert.deepEqual(await room.versions(), ['1.0.0'])
  })

  it('has a floor among its releases', async (t) => {
    const { room, release } = await released(t)
    const rows = [
      await release({ 'db/1.sql': CREATE }),
      await release({ 'db/2.sql': 'drop table orders' }),
      await release({ 'db/3.sql': 'frobnicate' }),
    ]
    const [one = '', two = '', three = ''] = rows.map((row) => row.release)
    const floorOf = async (applied: readonly string[], unknownIsUnsafe: boolean) => {
      const about = { service: 'checkout', applied: new Set(applied) }
      const floors = await floorsOf(room.engine.reads, about)
      const standing = floors({ unknownIsUnsafe })
      return [standing.floor?.release, standing.isBelow(one), standing.isBelow(two)]
    }
    assert.deepEqual(await floorOf([one], true), [undefined, false, false])
    assert.deepEqual(await floorOf([one, two], true), [two, true, false])
    assert.deepEqual(await floorOf([one, three], true), [three, true, true])
    assert.deepEqual(await floorOf([one, three], false), [two, true, false])
  })
})

describe('a release of a service without one', () => {
  it('has no such facts, and keeps what it declares of itself', async (t) => {
    const room = await ReleaseRoom.open(t)
    const compatibility = { reads: { orders: '>=1 <3' }, writes: { orders: '2' } }
    await room.register({ compatibility })
    await room.commitAndBuild('feat: it', { 'db/1.sql': 'drop table orders' })
    await room.reconcile()
    const [row] = await releasesOf(room.engine.reads, 'checkout', 1)
    assert.deepEqual([row?.schema, row?.compatibility], [null, compatibility])
  })
})
