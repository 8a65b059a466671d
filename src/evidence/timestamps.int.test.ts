import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { hash } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { timestampAuthority as client } from '#connectors/timestamp/client.ts'
import { VIEWS } from '../app.ts'
import { SERVICE, writeChange } from '../../test/support/audited-changes.ts'
import { auditRig, memoryKeys } from '../../test/support/audit-rig.ts'
import { quiet } from '../../test/support/database.ts'
import { timestampAuthority } from '../../test/support/timestamp-authority.ts'
import { PLACES } from './bundle/layout.ts'
import { verifyBundle } from './bundle/verify.ts'
import { prepareBundle } from './queries/bundle-files.ts'
import { lastTimestamp, timestampsOf } from './queries/timestamps.ts'
import { ensureEpoch } from './queries/sealing.ts'
import { timestampKeeper } from './reconcilers/timestamps.ts'

const skip = spawnSync('openssl', ['version']).status === 0 ? false : 'openssl is not installed'
const DAY_MS = 24 * 3_600_000
const TURN = { fence: 1, signal: new AbortController().signal }

async function stamped(t: TestContext) {
  const authority = await timestampAuthority(t)
  const { url, certificates } = authority
  const rig = await auditRig(t, { keys: memoryKeys(), views: VIEWS })
  await ensureEpoch(rig.database, rig.keys.origin)
  const timestamping = {
    authorities: [client({ name: 'tsa', url, certificates })],
    everyMs: DAY_MS,
  }
  const { engine, store, clock, database, keys, loop } = rig
  const keeper = timestampKeeper({
    engine,
    store,
    timestamping,
    log: quiet,
    now: () => clock.now(),
  })
  const look = () => keeper.reconcile('tsa', TURN)
  const at = Date.now()
  const make = async () => {
    const window = {
      from: new Date(at - 60_000).toISOString(),
      to: new Date(at + 60_000).toISOString(),
    }
    const { files } = await prepareBundle(
      { database, reads: engine.reads, now: Date.now() },
      {
        files: loop.files,
        keys,
        releaseKeys: async () => [],
        attestationsOf: async () => [],
        policyText: undefined,
        timestamping,
      },
      { service: SERVICE, environments: ['prod'], window },
    )
    const found = new Map<string, Buffer>()
    for await (const { path, bytes } of files()) found.set(path, Buffer.from(bytes))
    return found
  }
  return { ...rig, authority, timestamping, look, make, at }
}

const check = (files: ReadonlyMap<string, Buffer>, tsa?: string) =>
  verifyBundle({ list: () => [...files.keys()], read: (path) => files.get(path) }, { tsa })

/** As an insider would hand it out: with sums that are right. */
function summed(files: ReadonlyMap<string, Buffer>): Map<string, Buffer> {
  const sums = [...files]
    .filter(([path]) => path !== PLACES.sums)
    .map(([path, bytes]) => `${hash('sha256', bytes, 'hex')}  ${path}\n`)
  return new Map([...files, [PLACES.sums, Buffer.from(sums.sort().join(''))]])
}

test(
  'a checkpoint is seen once a period, and lies beside the log with what was said',
  { skip },
  async (t) => {
    const { look, write, settle, engine, store, clock, timestamping } = await stamped(t)
    await write(10)
    await settle()
    const next = await look()
    const first = await lastTimestamp(engine.reads, 'tsa')
    assert.ok(first && next)
    assert.equal(first.size, 10)
    assert.ok(next.at > clock.now())
    assert.equal(store.files.get('timestamps/10/tsa.checkpoint')?.toString(), first.checkpoint)
    assert.equal(store.files.get('timestamps/10/tsa.tsr')?.toString('base64'), first.reply)
    // Nothing is asked before the period is over, and what was received is put there again.
    store.files.delete('timestamps/10/tsa.tsr')
    assert.deepEqual(await look(), { at: first.seenAt + DAY_MS })
    assert.ok(store.files.has('timestamps/10/tsa.tsr'))
    await settle()
    clock.now = () => Date.now() + DAY_MS + 1
    await look()
    assert.equal((await lastTimestamp(engine.reads, 'tsa'))?.size, 11)
    const [seen] = await timestampsOf(engine.reads, timestamping, Date.now())
    assert.equal(seen?.isOverdue, false)
    const later = await timestampsOf(engine.reads, timestamping, Date.now() + 3 * DAY_MS)
    assert.equal(later[0]?.isOverdue, true)
  },
)

test('an authority that is away, lies or was swapped holds nothing up', { skip }, async (t) => {
  const { look, write, settle, engine, authority, head, clock } = await stamped(t)
  await write(3)
  await settle()
  const stranger = await timestampAuthority(t)
  const oldAnswer = authority.reply(Buffer.from(''))
  for (const otherwise of [
    () => 503,
    () => Buffer.alloc(100_000),
    () => Buffer.from('no'),
    () => oldAnswer,
    stranger.reply,
  ]) {
    authority.behave(otherwise)
    const next = await look()
    assert.ok(next && next.at > clock.now() && next.at < clock.now() + 3_600_000)
    assert.equal(await lastTimestamp(engine.reads, 'tsa'), undefined)
  }
  await write(2)
  await settle()
  assert.equal((await head()).size, 5)
  authority.behave(undefined)
  await look()
  assert.equal((await lastTimestamp(engine.reads, 'tsa'))?.size, 5)
})

test(
  'a bundle brings them, openssl believes them, and changed ones are named',
  { skip },
  async (t) => {
    const { make, look, write, settle, engine, at, authority } = await stamped(t)
    await write(300)
    await settle()
    await look()
    for (let n = 1; n <= 3; n++) await writeChange(engine, n, at)
    await settle()
    const files = await make()
    const report = check(files, authority.certificates)
    assert.deepEqual(report.problems, [])
    assert.deepEqual(
      report.timestamps.map(({ authority: by, size }) => [by, size]),
      [['tsa', 300]],
    )
    const folder = mkdtempSync(join(tmpdir(), 'signalbox-bundle-'))
    t.after(() => rmSync(folder, { recursive: true, force: true }))
    for (const [path, bytes] of files) {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), bytes)
    }
    const said = execFileSync('sh', ['verify.sh'], { cwd: folder, encoding: 'utf8' })
    assert.match(said, /4\. timestamp OK: log\/timestamps\/300\/tsa\.tsr/)

    const stranger = await timestampAuthority(t)
    assert.match(check(files, stranger.certificates).problems[0]?.why ?? '', /vouches/)
    const note = files.get('log/timestamps/300/tsa.checkpoint') ?? Buffer.alloc(0)
    const forged = Buffer.from(note.toString().replace('\n300\n', '\n301\n'))
    const why = (path: string, bytes: Buffer) =>
      check(summed(new Map([...files, [path, bytes]])))
        .problems.map((each) => each.why)
        .join(' ')
    assert.match(why('log/timestamps/300/tsa.checkpoint', forged), /No key of this log/)
    assert.match(why('log/timestamps/300/consistency', Buffer.from('old 300\n')), /rewritten/)
    const other = authority.reply(Buffer.from(''))
    assert.match(why('log/timestamps/300/tsa.tsr', other), /not believed/)
    const newest = files.get(PLACES.checkpoint) ?? Buffer.alloc(0)
    assert.match(why('log/timestamps/300/tsa.checkpoint', newest), /not believed/)
  },
)

test('an entry that came after a timestamp cannot be older than it', { skip }, async (t) => {
  const { make, look, write, settle, engine, at, database } = await stamped(t)
  await write(5)
  await settle()
  await look()
  await database.pool.query(
    `insert into events(stream, version, type, data, actor, recorded_at)
     values ('note-x', 1, 'note.taken', '{"type": "note.taken", "at": 1, "by": "ada"}', 'system',
       now() - interval '2 hours')`,
  )
  await writeChange(engine, 1, at)
  await settle()
  const { problems } = check(await make())
  assert.deepEqual(
    problems.map(({ why }) => why),
    ['It says that it is older than a checkpoint that it came after.'],
  )
})
