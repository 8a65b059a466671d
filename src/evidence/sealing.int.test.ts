import assert from 'node:assert/strict'
import { test } from 'node:test'
import pg from 'pg'
import { ensureEpoch } from '#evidence/queries/sealing.ts'
import { history } from '#engine/store.ts'
import { SYSTEM } from '#kernel/actor.ts'
import { auditRig, memoryStore } from '../../test/support/audit-rig.ts'
import { AUDIT_ID, type AuditCommand, audits } from './audit.ts'
import { readCheckpoint } from './log/checkpoint.ts'
import { readHeader, subjectIn } from './log/entry.ts'
import { leafHash, rootOf } from './log/merkle.ts'
import { verifiedBy } from './log/note.ts'
import { entriesIn, tilePath } from './log/tiles.ts'
import { Sealer, verifierKeys } from './reconcilers/seal.ts'

type Rig = Awaited<ReturnType<typeof auditRig>>

/** Every entry of the log, from where its files lie. */
async function entriesOf({ loop, head }: Rig): Promise<Buffer[]> {
  const now = await head()
  const entries: Buffer[] = []
  for (let index = 0; index * 256 < now.size; index++) {
    const width = Math.min(256, now.size - index * 256)
    const bundle = await loop.files.read(now, { level: 'entries', index, width })
    entries.push(...(entriesIn(bundle ?? Buffer.alloc(0)) ?? []))
  }
  return entries
}

type Order = AuditCommand extends infer C
  ? C extends AuditCommand
    ? Omit<C, 'at' | 'by'>
    : never
  : never

const order = async ({ engine }: Rig, command: Order) =>
  engine.execute(
    audits,
    AUDIT_ID,
    { ...command, at: 1, by: 'ada' },
    {
      actor: SYSTEM,
    },
  )

test('everything that was written is sealed once, in the order of everything', async (t) => {
  const rig = await auditRig(t)
  await ensureEpoch(rig.database, rig.keys.origin)
  const writers = [rig.write(150, 'ada'), rig.write(150, 'bob'), rig.write(150, 'cy')]
  const done = Promise.all(writers)
  let isDone = false
  void done.then(() => (isDone = true))
  while (!isDone) await rig.loop.round()
  await done
  await rig.settle()
  const entries = await entriesOf(rig)
  const events = await rig.database.query<{ id: string }>(
    'all',
    `select 'evt_' || pos as id from events order by events.xid, pos`,
  )
  assert.deepEqual(
    entries.map((entry) => readHeader(entry)?.id),
    events.map(({ id }) => id),
  )
  const { checkpoint, origin } = await rig.head()
  const read = readCheckpoint(checkpoint ?? '')
  assert.ok(!('why' in read))
  assert.deepEqual(read.root, rootOf(entries.map(leafHash)))
  const by = verifiedBy(read.note, verifierKeys(rig.keys, origin))
  assert.ok(!('false' in by))
  assert.equal(by.length, 1)
  assert.deepEqual((await rig.verify()).mismatches, [])
  assert.doesNotMatch(Buffer.concat(entries).toString(), /words|"ada"|"bob"/)
  const actors = new Set(entries.map((entry) => readHeader(entry)?.actor))
  assert.equal(actors.size, 3)
  assert.equal(
    subjectIn(readHeader(entries[0] ?? Buffer.alloc(0)) ?? never(), 'service'),
    'checkout',
  )
})

const never = () => assert.fail('no header')

test('an event that is written but not settled holds back what comes after it', async (t) => {
  const rig = await auditRig(t)
  await ensureEpoch(rig.database, rig.keys.origin)
  const slow = new pg.Client(rig.database.address)
  await slow.connect()
  // The database is dropped under it when the test ends.
  slow.on('error', () => {})
  await slow.query('begin')
  await slow.query(
    `insert into events(stream, version, type, data, actor)
     values ('note-slow', 1, 'note.taken', '{"at":1,"by":"slow"}', 'slow')`,
  )
  await rig.write(3)
  await rig.settle()
  assert.equal((await rig.head()).size, 0)
  await slow.query('commit')
  await rig.settle()
  assert.equal((await rig.head()).size, 4)
  const [first] = await entriesOf(rig)
  assert.equal(readHeader(first ?? Buffer.alloc(0))?.stream, 'note-slow')
})

test('a writer that dies anywhere leaves a log that the next one continues', async (t) => {
  const rig = await auditRig(t)
  const { database, keys } = rig
  await ensureEpoch(database, keys.origin)
  await rig.write(600)
  const store = memoryStore()
  const dying = (fails: number) => {
    let left = fails
    return {
      ...store,
      async put(path: string, bytes: Uint8Array) {
        if (left-- === 0) throw new Error('died')
        await store.put(path, bytes)
      },
    }
  }
  // In the transaction: before its commit nothing of the batch is there.
  const inside = {
    origin: keys.origin,
    signers: [
      {
        type: 1 as const,
        publicKey: Buffer.alloc(32),
        sign: (): Buffer => {
          throw new Error('died')
        },
      },
    ],
  }
  const now = () => 1
  await assert.rejects(new Sealer({ database, keys: inside, store, now }).seal(300), /died/)
  assert.equal((await rig.head()).size, 0)
  await new Sealer({ database, keys, store, now }).seal(300)
  for (let fails = 0; fails < 2; fails++)
    await assert.rejects(new Sealer({ database, keys, store: dying(fails), now }).flush(), /died/)
  await new Sealer({ database, keys, store, now }).seal()
  const last = new Sealer({ database, keys, store, now })
  while ((await last.flush()) > 0);
  assert.deepEqual([...store.files.keys()].sort(), [
    tilePath({ level: 0, index: 0, width: 256 }),
    tilePath({ level: 0, index: 1, width: 256 }),
    tilePath({ level: 'entries', index: 0, width: 256 }),
    tilePath({ level: 'entries', index: 1, width: 256 }),
  ])
  assert.equal((await rig.head()).size, 600)
})

test('who rewrites the database is found by the next look at the log', async (t) => {
  const rig = await auditRig(t)
  await ensureEpoch(rig.database, rig.keys.origin)
  await rig.write(300)
  await rig.settle()
  const insider = async (sql: string) => {
    const client = new pg.Client(rig.database.address)
    await client.connect()
    await client.query(`set session_replication_role = replica; ${sql}`)
    await client.end()
  }
  await assert.rejects(
    rig.database.query('plain', `update events set data = '{}' where pos = 10`),
    /never edited/,
  )
  await insider(
    `update events set data = jsonb_set(data, '{text}', '"other words"') where pos = 10`,
  )
  await insider(`update events set salt = null where pos = 20`)
  await insider(`delete from events where pos = 30`)
  const { mismatches } = await rig.verify()
  assert.deepEqual(
    mismatches.map(({ index, code }) => [index, code]),
    [
      [9, 'event'],
      [19, 'erased-without-order'],
      [29, 'event-missing'],
    ],
  )
})

test('what is ordered to be forgotten is gone, and the log is as valid as before', async (t) => {
  const rig = await auditRig(t)
  await ensureEpoch(rig.database, rig.keys.origin)
  await rig.write(5)
  await rig.settle()
  const before = await rig.head()
  const event = (await history(rig.database, 'note-n2'))[0]?.event
  const erase = { stream: 'note-n2', version: 1, reason: 'she asked', data: event } as const
  const refused = await order(rig, { type: 'audit.orderErasure', fields: ['service'], ...erase })
  assert.equal('code' in refused && refused.code, 'audit.needed-field')
  const unknown = await order(rig, { type: 'audit.orderErasure', fields: ['txt'], ...erase })
  assert.equal('code' in unknown && unknown.code, 'audit.no-such-field')
  await order(rig, { type: 'audit.orderErasure', fields: ['text', 'by'], ...erase })
  await rig.settle()
  const { rows } = await rig.database.pool.query(
    `select data->>'text' as text, salt from events where stream = 'note-n2'`,
  )
  assert.deepEqual(rows, [{ text: '[erased]', salt: null }])
  const checked = await rig.verify()
  assert.deepEqual(checked.mismatches, [])
  assert.equal(checked.erased, 1)
  const entries = await entriesOf(rig)
  const read = readCheckpoint(before.checkpoint ?? '')
  assert.ok(!('why' in read))
  assert.deepEqual(rootOf(entries.slice(0, before.size).map(leafHash)), read.root)
  // And that it was forgotten is itself in the log.
  assert.ok(entries.some((entry) => readHeader(entry)?.type === 'audit.erasureOrdered'))
})

test('a log that cannot seal says so, and says when it has caught up', async (t) => {
  const rig = await auditRig(t)
  await ensureEpoch(rig.database, rig.keys.origin)
  const slow = new pg.Client({ ...rig.database.address, application_name: 'a bulk job' })
  await slow.connect()
  // The database is dropped under it when the test ends.
  slow.on('error', () => {})
  await slow.query('begin; select pg_current_xact_id()')
  await rig.write(1)
  const told = async () => (await history(rig.database, 'audit-log')).map(({ event }) => event.type)
  await rig.loop.round()
  assert.deepEqual(await told(), [])
  rig.clock.now = () => Date.now() + 6_000
  await rig.loop.round()
  await rig.loop.round()
  assert.deepEqual(await told(), ['audit.lagging'])
  const [lagging] = await history(rig.database, 'audit-log')
  assert.match(JSON.stringify(lagging), /a bulk job/)
  await slow.query('commit')
  rig.clock.now = () => Date.now()
  await rig.settle()
  await rig.loop.round()
  assert.deepEqual(await told(), ['audit.lagging', 'audit.caughtUp'])
})

test('a database restored to yesterday signs nothing until an epoch is begun', async (t) => {
  const rig = await auditRig(t)
  await ensureEpoch(rig.database, rig.keys.origin)
  await rig.write(300)
  await rig.settle()
  const published = rig.store.files.get('checkpoint')?.toString() ?? ''
  // Restored: the last hundred events, and what was sealed of them, never were.
  const insider = new pg.Client(rig.database.address)
  await insider.connect()
  await insider.query(`set session_replication_role = replica; delete from events where pos > 200;
    update log_epochs set size = 0, last_xid = '0', last_pos = 0, levels = '{}', entries = '',
      positions = '{}', xids = '{}', checkpoint = null; delete from log_bundles;
    delete from log_tiles; delete from log_checkpoints`)
  await insider.end()
  const restarted = rig.open()
  await restarted.start()
  await restarted.stop()
  assert.equal((await rig.head()).size, 0)
  assert.equal(rig.store.files.get('checkpoint')?.toString(), published)
  const facts = { previous: published, lost: [0, 300] as const, reason: 'restored' }
  await order(rig, { type: 'audit.beginEpoch', ...facts })
  const again = await order(rig, { type: 'audit.beginEpoch', ...facts })
  assert.equal('code' in again && again.code, 'audit.not-halted')
  await rig.settle(restarted)
  const head = await rig.head()
  assert.deepEqual([head.epoch, head.origin], [2, 'log.example/e2'])
  const [first, second] = await entriesOf(rig)
  const header = readHeader(first ?? Buffer.alloc(0))
  assert.equal(header?.type, 'audit.epochBegun')
  assert.ok(header?.subjects.includes('lost:0-300'))
  assert.ok(header?.subjects.includes(`root:${published.split('\n')[2]}`))
  assert.equal(readHeader(second ?? Buffer.alloc(0))?.id, 'evt_1')
  assert.deepEqual((await rig.verify()).mismatches, [])
  assert.equal(rig.store.files.get('checkpoint')?.toString(), published)
  assert.ok(rig.store.files.has('e2/checkpoint'))
})
