import assert from 'node:assert/strict'
import { test } from 'node:test'
import { VIEWS } from '../app.ts'
import { auditRig, memoryKeys } from '../../test/support/audit-rig.ts'
import { quiet } from '../../test/support/database.ts'
import { lastLook, logFactsIn } from './queries/log-facts.ts'
import { ensureEpoch } from './queries/sealing.ts'
import { logChecker } from './reconcilers/log-checks.ts'

const HOUR_MS = 3_600_000
const TURN = { fence: 1, signal: new AbortController().signal }

test('the log looks at itself, and what it finds is a fact of it', async (t) => {
  const rig = await auditRig(t, { keys: memoryKeys(), views: VIEWS })
  const { engine, keys, loop, clock, database, write, settle } = rig
  await ensureEpoch(database, keys.origin)
  const checker = logChecker({
    engine,
    files: loop.files,
    keys,
    log: quiet,
    now: () => clock.now(),
  })
  const look = () => checker.reconcile('all', TURN)
  const soon = await look()
  assert.ok(soon && soon.at < clock.now() + HOUR_MS)
  assert.equal(await lastLook(engine.reads), undefined)

  await write(300)
  await settle()
  await look()
  const clean = await lastLook(engine.reads)
  assert.deepEqual([clean?.upTo, clean?.trouble], [300, null])
  assert.equal((await look())?.at, (clean?.at ?? 0) + 6 * HOUR_MS)

  const client = database.client()
  await client.connect()
  await client.query(`alter table events disable trigger events_are_facts`)
  await client.query(
    `update events set data = data || '{"text": "other words"}'
     where stream = 'note-n3' and version = 7`,
  )
  await client.end()
  clock.now = () => Date.now() + 7 * HOUR_MS
  await settle()
  await look()
  const found = await lastLook(engine.reads)
  assert.match(found?.trouble ?? '', /^1 entries from 0 to 300 are not as they were sealed/)
  const facts = await logFactsIn(engine.reads, { from: 0, to: clock.now() + 1 })
  assert.deepEqual(
    facts.map(({ kind, trouble }) => [kind, trouble !== null]),
    [
      ['looked', false],
      ['looked', true],
    ],
  )
})
