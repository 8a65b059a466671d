import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it, type TestContext } from 'node:test'
import type { Reference } from '#artifacts/events.ts'
import { openFiles } from '#connectors/files/files.ts'
import type { DomainEvent } from '#engine/store.ts'
import { ensureEpoch } from '#evidence/queries/sealing.ts'
import { views as evidenceViews } from '#evidence/views.ts'
import { views as insightViews } from '#insights/views.ts'
import { Fault } from '#kernel/fault.ts'
import { auditRig } from '../../../test/support/audit-rig.ts'
import { quiet } from '../../../test/support/database.ts'
import { record } from '../../../test/support/facts.ts'
import { VIEWS } from '../../../test/support/rooms.ts'
import { serve } from '../../../test/support/routes.ts'
import { heldRunArtifacts, holdOver, withLegalHolds } from '../queries/retention.ts'
import { retentionRoutes } from '../routes/retention.ts'
import { ALL_EVIDENCE, retentionSweep } from './retention.ts'

const DAY = 86_400_000
const START = Date.UTC(2026, 0, 1)
const turn = { fence: 1, signal: new AbortController().signal }

interface Kept {
  readonly next: readonly {
    readonly run: string
    readonly goes: boolean
    readonly keptBy: readonly string[]
  }[]
  readonly going: readonly { readonly run: string }[]
  readonly dropped: readonly { readonly run: string; readonly bytes: number }[]
}

async function room(t: TestContext) {
  const root = await mkdtemp(join(tmpdir(), 'signalbox-kept-'))
  t.after(() => rm(root, { recursive: true, force: true }))
  const views = [...VIEWS, ...evidenceViews, ...insightViews]
  const rig = await auditRig(t, { views })
  await ensureEpoch(rig.database, rig.keys.origin)
  const { engine } = rig
  const { logs, runLogs } = await openFiles(root)
  let now = START
  const clock = () => now
  const references: Reference[] = []
  const referencesTo = withLegalHolds(async () => references)
  const needs = { engine, runLogs, referencesTo, now: clock, removalMs: 1_000, log: quiet }
  const say = (kind: string, id: string, event: { type: string; [field: string]: unknown }) =>
    record<DomainEvent>(engine, kind, id, { at: now, by: 'ana', ...event })
  const spec = { name: 'shop', owner: 'team-web', tier: 3, dependsOn: [], links: {} }
  const source = { repository: '/r', branch: 'main', directory: '.', paths: ['**'] }
  await say('service', 'shop', { type: 'service.registered', spec: { ...spec, source } })
  /** One that ended now, with a log of some lines. */
  const ran = async (run: string, service = 'shop') => {
    const of = { run, service, repository: '/r', branch: 'main', sha: run }
    const more = { directory: '.', trigger: 'push', pipeline: 'signalbox.yaml', jobs: [] }
    await say('run', run, { type: 'run.queued', ...of, ...more })
    await logs.append({ run, job: 'test', attempt: 1 }, 0, Buffer.from(`words of ${run}\n`))
    await logs.append({ run, job: 'A job', attempt: 1 }, 0, Buffer.from('more\n'))
    await say('run', run, { type: 'run.finished', ...of, outcome: 'succeeded', durationMs: 1 })
  }
  const logOf = async (run: string, job = 'test') =>
    Buffer.from((await logs.read({ run, job, attempt: 1 }, 0, 10_000)).bytes).toString()
  const sweep = async (keeper = retentionSweep(needs)) => {
    const next = await keeper.reconcile(ALL_EVIDENCE, turn)
    return next && next.at - now
  }
  const ask = serve(t, retentionRoutes(needs), { engine, now: clock })('ada')
  const kept = async () => (await ask('GET', '/retention?service=shop')).json as Kept
  return {
    ...{ rig, engine, needs, references, say, ran, logOf, sweep, ask, kept, runLogs },
    wait: (ms: number) => {
      now += ms
    },
  }
}

it('logs go when their tier’s time is over, say so, and the log verifies as before', async (t) => {
  const { rig, ran, logOf, sweep, wait, kept } = await room(t)
  await ran('run_old')
  wait(10 * DAY)
  await ran('run_new')
  wait(355 * DAY)
  assert.equal(await sweep(), DAY)
  assert.equal((await kept()).going.length, 0)
  wait(DAY)
  assert.deepEqual(
    (await kept()).next.map(({ run, goes }) => [run, goes]),
    [
      ['run_old', true],
      ['run_new', false],
    ],
  )
  assert.equal(await sweep(), 1_000)
  assert.equal(await logOf('run_old'), 'words of run_old\n')
  assert.deepEqual(
    (await kept()).going.map(({ run }) => run),
    ['run_old'],
  )
  wait(1_000)
  await sweep()
  const gone = /^This .* dropped by the order of 2027-01-02: evidence of tier 3 is kept for 366/
  assert.match(await logOf('run_old'), gone)
  assert.match(await logOf('run_old', 'A job'), gone)
  assert.equal(await logOf('run_new'), 'words of run_new\n')
  const after = await kept()
  assert.deepEqual(
    after.dropped.map(({ run, bytes }) => [run, bytes]),
    [['run_old', 'words of run_old\n'.length + 'more\n'.length]],
  )
  assert.deepEqual([after.going.length, after.next.length], [0, 1])
  await rig.settle()
  assert.deepEqual((await rig.verify()).mismatches, [])
})

it('a hold and a reference keep what is over, also after it was ordered to go', async (t) => {
  const { engine, references, say, ran, logOf, sweep, wait, ask, kept } = await room(t)
  await ran('run_held')
  wait(2 * DAY)
  await ran('run_used')
  await say('artifact', 'sha256:u', {
    type: 'artifact.published',
    ...{ digest: 'sha256:u', service: 'shop', repository: '/r', branch: 'main', sha: 'run_used' },
    ...{ run: 'run_used', layer: 'sha256:u', sizeBytes: 1, files: 1 },
  })
  references.push({ artifact: 'sha256:u', reason: 'runs', by: 'prod/shop runs it' })
  wait(400 * DAY)
  await sweep()
  const scope = { service: 'shop', to: START + DAY }
  const said = { reason: 'case 31', owner: 'legal' }
  const placed = await ask('POST', '/legal-holds', { ...scope, ...said })
  assert.equal(placed.status, 201)
  const { id } = placed.json as { id: string }
  wait(1_000)
  await sweep()
  assert.deepEqual(
    (await kept()).next.map(({ run, goes, keptBy }) => [run, goes, keptBy]),
    [
      ['run_held', false, [`legal hold ${id}: case 31`]],
      ['run_used', false, ['prod/shop runs it']],
    ],
  )
  assert.equal(await logOf('run_held'), 'words of run_held\n')
  await ask('POST', `/legal-holds/${id}/lift`, { reason: 'case closed' })
  references.length = 0
  await sweep()
  wait(1_000)
  await sweep()
  assert.match(await logOf('run_held'), /dropped/)
  assert.match(await logOf('run_used'), /dropped/)
  assert.equal((await heldRunArtifacts(engine.reads, ['sha256:u'], START)).size, 0)
})

it('a hold keeps artifacts and the files that runs keep', async (t) => {
  const { engine, needs, say, ask } = await room(t)
  const published = { digest: 'sha256:a', service: 'shop', run: 'run_1', sizeBytes: 1, files: 1 }
  const from = { repository: '/r', branch: 'main', sha: 'a', layer: 'sha256:a' }
  await say('artifact', 'sha256:a', { type: 'artifact.published', ...published, ...from })
  await say('run', 'run_1', {
    type: 'run.artifactPublished',
    ...{ ...published, job: 'test', name: 'shots', attempt: 1, fileName: 'a', expiresAt: START },
  })
  const keeping = async () => [
    (await needs.referencesTo(engine.reads, 'shop', START)).map(({ reason }) => reason),
    [...(await heldRunArtifacts(engine.reads, ['sha256:a', 'sha256:b'], START))],
  ]
  assert.deepEqual(await keeping(), [[], []])
  const { json } = await ask('POST', '/legal-holds', { reason: 'case 31', owner: 'legal' })
  assert.deepEqual(await keeping(), [['legal-hold'], ['sha256:a']])
  const { id } = json as { id: string }
  const heldBy = (data: object) => holdOver(engine.reads, data, START)
  assert.equal(await heldBy({ service: 'shop', at: 1 }), `legal hold ${id}: case 31`)
  await ask('POST', `/legal-holds/${id}/lift`, { reason: 'closed' })
  assert.deepEqual(await keeping(), [[], []])
  const narrow = { service: 'shop', from: 5, to: 10, reason: 'case 32', owner: 'legal' }
  await ask('POST', '/legal-holds', narrow)
  assert.equal(await heldBy({ service: 'shop', at: 4 }), undefined)
  assert.equal(await heldBy({ service: 'cart', at: 5 }), undefined)
  // Nobody can say that these words are of another service.
  assert.match((await heldBy({ at: 5 })) ?? '', /case 32/)
  const wrong = await ask('POST', '/legal-holds', { service: 'shpo', reason: 'typo', owner: 'x' })
  assert.equal(wrong.status, 404)
  assert.match(JSON.stringify(wrong.json), /shop/)
})

it('who died between the bodies and the record goes on from the order', async (t) => {
  const { needs, runLogs, ran, logOf, sweep, wait, kept } = await room(t)
  for (let i = 0; i < 3; i++) await ran(`run_${i}`)
  wait(400 * DAY)
  await sweep()
  wait(1_000)
  let drops = 0
  const dying = {
    ...runLogs,
    drop: async (run: string, words: string) => {
      await runLogs.drop(run, words)
      if (++drops === 2) throw new Error('died')
    },
  }
  await assert.rejects(sweep(retentionSweep({ ...needs, runLogs: dying })), /died/)
  assert.equal((await kept()).going.length, 3)
  await sweep()
  const { going, dropped } = await kept()
  assert.deepEqual([going.length, dropped.length], [0, 3])
  assert.ok(dropped.every(({ bytes }) => bytes === 'words of run_0\nmore\n'.length))
  assert.match(await logOf('run_2'), /dropped/)
})

it('a service that cannot be looked into loses nothing, and stops no other', async (t) => {
  const { needs, ran, logOf, sweep, wait } = await room(t)
  await ran('run_a', 'a-shop')
  await ran('run_b')
  wait(3_000 * DAY)
  const referencesTo: typeof needs.referencesTo = async (_, service) => {
    if (service === 'shop') return []
    throw new Fault('retention.too-much', 'There are too many.', { remedy: 'None.', retry: false })
  }
  const keeper = () => retentionSweep({ ...needs, referencesTo })
  assert.equal(await sweep(keeper()), 1_000)
  wait(1_000)
  assert.equal(await sweep(keeper()), DAY)
  assert.match(await logOf('run_b'), /dropped/)
  assert.equal(await logOf('run_a'), 'words of run_a\n')
  // A service that is gone keeps as the longest tier does, and no longer.
  await sweep()
  wait(1_000)
  await sweep()
  assert.match(await logOf('run_a'), /evidence of a service that is gone is kept for 2557 days/)
})
