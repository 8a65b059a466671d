/**
 * The audit log: how fast it seals, how far behind it is while people work, how long an auditor
 * waits for the check of ten thousand changes.
 */
import { generateKeyPairSync, sign } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openLogFolder } from '#connectors/log-folder/log-folder.ts'
import { openLogKeys } from '#connectors/log-keys/log-keys.ts'
import { Engine } from '#engine/engine.ts'
import { Database, type DatabaseAddress } from '#engine/sql.ts'
import { verifyBundle } from '#evidence/bundle/verify.ts'
import { rawPublicKey, SIGNATURE_TYPE } from '#evidence/log/note.ts'
import { prepareBundle } from '#evidence/queries/bundle-files.ts'
import { ensureEpoch } from '#evidence/queries/sealing.ts'
import { AuditLoop } from '#evidence/reconcilers/audit-loop.ts'
import { BATCH_MAX, Sealer } from '#evidence/reconcilers/seal.ts'
import { SYSTEM } from '#kernel/actor.ts'
import { VIEWS } from '../src/app.ts'
import { SERVICE, writeChange } from '../test/support/audited-changes.ts'
import { quiet, withCluster } from './cluster.ts'
import { add, counts } from './counter.ts'
import { type Figures, percentile } from './figures.ts'

/** `--entries=200000 --changes=10000 --live-s=15`: fewer where there is less time. */
function option(name: string, otherwise: number, max: number): number {
  const said = process.argv.find((arg) => arg.startsWith(`--${name}=`))?.split('=')[1]
  const value = said === undefined ? otherwise : Number(said)
  if (!(Number.isSafeInteger(value) && value >= 1 && value <= max))
    throw new Error(`--${name} is a number from 1 to ${max}`)
  return value
}
const SEALED = option('entries', 200_000, 2_000_000)
const CHANGES = option('changes', 10_000, 20_000)
const LIVE_MS = 1000 * option('live-s', 15, 120)
const WRITERS = 4
const now = () => Date.now()

export async function run(): Promise<Figures> {
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-audit-'))
  try {
    return {
      ...(await withCluster((address) => sealing(address, folder))),
      ...(await withCluster((address) => bundle(address))),
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function engineOver(address: DatabaseAddress, views: typeof VIEWS) {
  const database = new Database(address, quiet)
  return {
    database,
    engine: new Engine({ database, views, authorize: () => undefined, log: quiet }),
  }
}

async function sealing(address: DatabaseAddress, folder: string): Promise<Figures> {
  const { database, engine } = engineOver(address, [])
  await engine.prepare()
  const keys = await openLogKeys(join(folder, 'keys'), { mlDsa: false })
  const store = await openLogFolder(join(folder, 'log'))
  await ensureEpoch(database, keys.origin)
  await database.pool.query(
    `insert into events(stream, version, type, data, actor)
     select 'deployment-dep_' || i, 1, 'deployment.finished', jsonb_build_object(
       'type', 'deployment.finished', 'at', 1790000000000 + i, 'by', 'actor-' || i % 200,
       'service', 'service-' || i % 1000, 'environment', 'prod', 'release', 'rel_' || i,
       'version', '1.0.' || i, 'outcome', 'succeeded', 'reason', 'all its steps were passed',
       'artifact', 'sha256:' || repeat('ab', 32)), 'system'
     from generate_series(1, $1) i`,
    [SEALED],
  )
  await database.pool.query('analyze events')
  const sealer = new Sealer({ database, keys, store, now })
  const startedAt = performance.now()
  for (let left = SEALED; left > 0; left -= (await sealer.seal(BATCH_MAX))?.count ?? left);
  const perS = SEALED / ((performance.now() - startedAt) / 1000)
  const flushedAt = performance.now()
  while ((await sealer.flush()) > 0);
  const flushS = (performance.now() - flushedAt) / 1000
  const lag = await live(
    engine,
    new AuditLoop({
      engine,
      keys,
      store,
      witnesses: undefined,
      server: 'act_bench',
      log: quiet,
      now,
    }),
  )
  await engine.stop()
  await database.close()
  return {
    'entries sealed in batches': { value: perS, unit: '/s', goal: '≥ 20000' },
    'their files written': { value: SEALED / flushS, unit: ' entries/s' },
    ...lag,
  }
}

/** Written until a signed checkpoint holds it, by the database's own clock. */
async function live(engine: Engine, loop: AuditLoop): Promise<Figures> {
  const { database } = engine
  await database.pool.query('create table seen(size bigint primary key, at timestamptz not null)')
  await database.pool.query(
    `create function note_seen() returns trigger language plpgsql as $$ begin
       insert into seen values (new.size, clock_timestamp()) on conflict do nothing;
       return new; end $$;
     create trigger seen_sizes after update of size on log_epochs
       for each row when (old.size <> new.size) execute function note_seen()`,
  )
  await loop.start()
  let [isOver, written] = [false, 0]
  const writer = async (name: number) => {
    while (!isOver) {
      await engine.execute(counts, `w${name}-${written++}`, add(), { actor: SYSTEM })
    }
  }
  const writers = Array.from({ length: WRITERS }, (_, i) => writer(i))
  await new Promise((resolve) => setTimeout(resolve, LIVE_MS))
  isOver = true
  await Promise.all(writers)
  await loop.stop()
  const { rows } = await database.pool.query<{ lag: number }>(
    `with placed as (
       select recorded_at, row_number() over (order by events.xid, pos) as size from events)
     select extract(epoch from (select min(at) from seen where seen.size >= placed.size)
       - recorded_at)::float8 * 1000 as lag
     from placed where size > $1 and size % 7 = 0`,
    [SEALED],
  )
  const lags = rows.map(({ lag }) => lag)
  return {
    'events written meanwhile': { value: written / (LIVE_MS / 1000), unit: '/s' },
    'live lag p50': { value: percentile(lags, 0.5), unit: 'ms' },
    'live lag p99': { value: percentile(lags, 0.99), unit: 'ms', goal: '≤ 1000' },
  }
}

async function bundle(address: DatabaseAddress): Promise<Figures> {
  const { database, engine } = engineOver(address, VIEWS)
  await engine.prepare()
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const signer = {
    type: SIGNATURE_TYPE.ed25519,
    publicKey: rawPublicKey(publicKey),
    sign: (message: Buffer) => sign(null, message, privateKey),
  }
  const keys = { origin: 'bench.example', signers: [signer] }
  const files = new Map<string, Buffer>()
  const put = async (path: string, bytes: Uint8Array) => void files.set(path, Buffer.from(bytes))
  const store = { put, replace: put, get: async (path: string) => files.get(path) }
  await ensureEpoch(database, keys.origin)
  const at = now()
  let next = 0
  const worker = async () => {
    while (next < CHANGES) await writeChange(engine, ++next, at)
  }
  await Promise.all(Array.from({ length: 16 }, worker))
  const loop = new AuditLoop({
    engine,
    keys,
    store,
    witnesses: undefined,
    server: 'act_bench',
    log: quiet,
    now,
  })
  while (await loop.round());
  const exportedAt = performance.now()
  const prepared = await prepareBundle(
    { database, reads: engine.reads, now: now() },
    {
      files: loop.files,
      keys,
      releaseKeys: async () => [],
      attestationsOf: async () => [],
      policyText: undefined,
    },
    {
      service: SERVICE,
      environments: ['prod'],
      window: { from: new Date(at - 1).toISOString(), to: new Date(at + 1).toISOString() },
    },
  )
  const made = new Map<string, Buffer>()
  for await (const { path, bytes } of prepared.files()) made.set(path, Buffer.from(bytes))
  const verifiedAt = performance.now()
  const report = verifyBundle({ list: () => [...made.keys()], read: (path) => made.get(path) })
  const endedAt = performance.now()
  if (report.problems.length > 0 || report.changes !== CHANGES)
    throw new Error(`the bundle does not hold: ${JSON.stringify(report.problems.slice(0, 3))}`)
  await engine.stop()
  await database.close()
  return {
    'changes in the bundle': { value: report.changes, unit: '' },
    'events in the bundle': { value: report.events, unit: '' },
    'bundle made': { value: (verifiedAt - exportedAt) / 1000, unit: 's' },
    'bundle verified': { value: (endedAt - verifiedAt) / 1000, unit: 's', goal: '≤ 10' },
  }
}
