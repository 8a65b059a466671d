import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import pg from 'pg'
import { witnessClient } from '#connectors/witness/client.ts'
import { history } from '#engine/store.ts'
import { checkpointText, readCheckpoint, writeHashes } from '#evidence/log/checkpoint.ts'
import { consistencyProof, leafHash, rootOf, type Subtree } from '#evidence/log/merkle.ts'
import { keyOf, signed, verifiedBy, writeNote, writeVkey } from '#evidence/log/note.ts'
import { readPolicy } from '#evidence/log/policy.ts'
import type { LogKeys } from '#evidence/ports.ts'
import { ensureEpoch } from '#evidence/queries/sealing.ts'
import { auditRig, memoryKeys, memoryStore } from '../../test/support/audit-rig.ts'
import { quiet } from '../../test/support/database.ts'
import { startWitness } from './witness.ts'

const ORIGIN = 'log.example'

function vkeyOf({ origin, signers: [signer] }: LogKeys): string {
  assert.ok(signer)
  return writeVkey(keyOf(origin, signer.type, signer.publicKey))
}

async function witnessOf(t: TestContext, logs: readonly string[]) {
  const data = await mkdtemp(join(tmpdir(), 'signalbox-witness-'))
  t.after(() => rm(data, { recursive: true, force: true }))
  const flags = { data, host: '127.0.0.1', port: '0', logs, log: quiet }
  const start = async () => {
    const started = await startWitness(flags)
    t.after(() => started.stop().catch(() => {}))
    return started
  }
  return { data, start }
}

/** A log in memory, as its owner would have it. */
function logOf(keys: LogKeys, entries: readonly string[]) {
  const leaves = entries.map((entry) => leafHash(Buffer.from(entry)))
  const subtree: Subtree = (height, index) =>
    rootOf(leaves.slice(index * 2 ** height, (index + 1) * 2 ** height))
  return {
    checkpoint(size: number) {
      const text = checkpointText({
        origin: keys.origin,
        size,
        root: rootOf(leaves.slice(0, size)),
      })
      const signatures = keys.signers.map((signer) =>
        signed(keyOf(keys.origin, signer.type, signer.publicKey), signer.sign, {
          text,
          seconds: 0,
        }),
      )
      return writeNote({ text, signatures })
    },
    proof: (old: number, size: number) => consistencyProof(old, size, subtree),
  }
}

const named = (n: number) => Array.from({ length: n }, (_, i) => `e${i}`)

async function show(url: string, old: number, proof: readonly Buffer[], checkpoint: string) {
  const answer = await fetch(`${url}/add-checkpoint`, {
    method: 'POST',
    body: `old ${old}\n${writeHashes(proof)}\n${checkpoint}`,
  })
  const type = answer.headers.get('content-type')
  return { status: answer.status, type, text: await answer.text() }
}

test('a witness answers as tlog-witness says', async (t) => {
  const keys = memoryKeys(ORIGIN)
  const { start } = await witnessOf(t, [vkeyOf(keys)])
  const { url, vkey } = await start()
  const log = logOf(keys, named(20))
  const key = readPolicy(`witness w ${vkey}\nquorum w`)
  assert.ok(!('why' in key))
  const first = await show(url, 0, [], log.checkpoint(8))
  assert.equal(first.status, 200)
  const cosigned = readCheckpoint(log.checkpoint(8) + first.text)
  assert.ok(!('why' in cosigned))
  const by = verifiedBy(
    cosigned.note,
    key.witnesses.map((each) => each.key),
  )
  assert.ok(!('false' in by))
  assert.equal(by.length, 1)
  const said = async (...asked: Parameters<typeof show>) => (await show(...asked)).status
  const stale = await show(url, 0, [], log.checkpoint(20))
  assert.deepEqual([stale.status, stale.type, stale.text], [409, 'text/x.tlog.size', '8\n'])
  assert.equal(await said(url, 8, [], log.checkpoint(20)), 422)
  const forged = logOf(keys, ['rewritten', ...named(20).slice(1)])
  assert.equal(await said(url, 8, forged.proof(8, 20), forged.checkpoint(20)), 422)
  assert.equal(await said(url, 8, [], forged.checkpoint(8)), 409)
  assert.equal(await said(url, 21, [], log.checkpoint(20)), 400)
  assert.equal(await said(url, 8, [], 'no checkpoint'), 400)
  const other = memoryKeys('other.example')
  assert.equal(await said(url, 0, [], logOf(other, named(3)).checkpoint(3)), 404)
  const thief = { ...memoryKeys(ORIGIN), origin: ORIGIN }
  assert.equal(await said(url, 8, log.proof(8, 20), logOf(thief, named(20)).checkpoint(20)), 403)
  assert.equal(await said(url, 8, log.proof(8, 20), log.checkpoint(20)), 200)
  assert.equal(await said(url, 20, [], log.checkpoint(20)), 200)
  // Shrunk, which is what a restored database would show.
  assert.equal(await said(url, 8, [], log.checkpoint(8)), 409)
})

test('what a witness said it remembers, and of two at once one is right', async (t) => {
  const keys = memoryKeys(ORIGIN)
  const { start, data } = await witnessOf(t, [vkeyOf(keys)])
  const before = await start()
  const log = logOf(keys, named(30))
  await show(before.url, 0, [], log.checkpoint(5))
  const both = await Promise.all(
    [10, 30].map((size) => show(before.url, 5, log.proof(5, size), log.checkpoint(size))),
  )
  assert.deepEqual(both.map(({ status }) => status).sort(), [200, 409])
  await before.stop()
  assert.equal((await readdir(join(data, 'seen'))).length, 1)
  const after = await start()
  assert.equal(after.vkey, before.vkey)
  const known = both[0]?.status === 200 ? '10\n' : '30\n'
  assert.equal((await show(after.url, 0, [], log.checkpoint(30))).text, known)
})

test('a log is added to the policy of a witness that runs', async (t) => {
  const keys = memoryKeys(ORIGIN)
  const { start, data } = await witnessOf(t, [])
  const { url } = await start()
  const log = logOf(keys, named(2))
  assert.equal((await show(url, 0, [], log.checkpoint(2))).status, 404)
  await writeFile(join(data, 'policy'), `log ${vkeyOf(keys)}\nquorum none\n`)
  assert.equal((await show(url, 0, [], log.checkpoint(2))).status, 200)
})

test('an insider with the database and the signing key is refused by the witness', async (t) => {
  const keys = memoryKeys(ORIGIN)
  const { start } = await witnessOf(t, [vkeyOf(keys)])
  const { url, vkey } = await start()
  const policy = readPolicy(`witness w ${vkey} ${url}\nquorum w`)
  assert.ok(!('why' in policy))
  const witnesses = { policy, client: witnessClient }
  const store = memoryStore()
  const rig = await auditRig(t, { keys, store, witnesses })
  await ensureEpoch(rig.database, keys.origin)
  await rig.write(300)
  await rig.settle()
  const honest = readCheckpoint(store.files.get('checkpoint')?.toString() ?? '')
  assert.ok(!('why' in honest))
  assert.equal(honest.size, 300)
  assert.equal(honest.note.signatures.length, 2)

  // He rewrites an event, throws all that was sealed away, and lets the server itself seal anew.
  const insider = new pg.Client(rig.database.address)
  await insider.connect()
  await insider.query(`set session_replication_role = replica;
    update events set data = jsonb_set(data, '{text}', '"nothing happened"') where pos = 100;
    update log_epochs set size = 0, last_xid = '0', last_pos = 0, levels = '{}', entries = '',
      positions = '{}', xids = '{}', checkpoint = null;
    delete from log_bundles; delete from log_tiles; delete from log_checkpoints`)
  await insider.end()
  store.files.clear()
  const rewritten = rig.open()
  await rig.write(1)
  await rig.settle(rewritten)
  // Within itself it is right: only who remembers can tell.
  assert.deepEqual((await rig.verify()).mismatches, [])
  const { checkpoint } = await rig.head()
  const forged = readCheckpoint(checkpoint ?? '')
  assert.ok(!('why' in forged))
  assert.equal(forged.size, 301)
  assert.equal(store.files.get('checkpoint'), undefined)
  const told = (await history(rig.database, 'audit-log')).map(({ event }) => event.type)
  assert.deepEqual(told, ['audit.halted'])
  await rig.write(5)
  await rig.settle(rewritten)
  assert.equal((await rig.head()).size, 301)
})
