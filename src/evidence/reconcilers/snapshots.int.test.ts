import assert from 'node:assert/strict'
import { chmodSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { it, type TestContext } from 'node:test'
import { processSnapshots } from '#connectors/process/client.ts'
import { incidents } from '#operations/queries.ts'
import { reconcilers as operationLoops } from '#operations/reconcilers.ts'
import { governanceRig } from '../../../test/support/governance-rig.ts'
import { makeProcessHost, publicPort } from '../../../test/support/process-host.ts'
import { until } from '../../../test/support/until.ts'
import { snapshotRows } from '../queries/snapshots.ts'
import { ALL_SLOTS, snapshotKeeper } from './snapshots.ts'

const slot = { service: 'shop', environment: 'prod' }
const turn = { fence: 1, signal: new AbortController().signal }

async function room(t: TestContext) {
  const host = makeProcessHost({ router: 'node' })
  t.after(() => host.dispose())
  await host.ensureAgent()
  const rig = await governanceRig(t)
  await rig.service({ name: 'shop', tier: 0 })
  const { engine } = rig
  const now = () => 10_000
  const keeper = snapshotKeeper({ engine, now, snapshots: processSnapshots(host.socket) })
  const loops = [keeper, ...operationLoops({ engine, now })]
  engine.use(loops)
  const spec = {
    ...{ slot, group: 'dep_1', fence: 1, version: '1.0.0', artifact: host.service },
    ...{ argv: ['node', 'service.mjs'], health: '/healthz', env: {}, replicas: 1 },
    port: await publicPort(),
  }
  /** One look, and whatever follows of it. */
  const look = async () => {
    await keeper.reconcile(ALL_SLOTS, turn)
    for (const loop of loops.filter(({ kind }) => kind === 'untraced')) {
      const due = await engine.database.query<{ key: string }>(
        'test.due',
        `delete from due where kind = 'untraced' returning key`,
      )
      for (const { key } of due) await loop.reconcile(key, turn)
    }
    const [row] = await snapshotRows(engine.reads)
    return row?.untraced.map(({ of }) => `${of.group} ${of.why}`)
  }
  const alarms = async () =>
    (await incidents(engine.reads, { open: false, calling: false, limit: 10 })).map(
      ({ status, severity, calling }) => `${status} ${severity}${calling ? ' calling' : ''}`,
    )
  const deployed = async (version: string, layer: string) => {
    const digest = `sha256:${'d'.repeat(64)}`
    await rig.say('artifact', digest, {
      type: 'artifact.published',
      ...{ digest, service: 'shop', repository: '/r', branch: 'main', sha: 'a', run: 'run_1' },
      ...{ layer, sizeBytes: 1, files: 1 },
    })
    await rig.deploy({ id: '1', version, sha: 'a', at: 1_000, artifact: digest })
  }
  return { host, spec, look, alarms, deployed, rig }
}

it('what somebody started behind our back is one incident, which ends with it', async (t) => {
  const { host, spec, look, alarms, deployed } = await room(t)
  await deployed('1.0.0', host.service.digest)
  await host.target.ensure(spec)
  assert.deepEqual(await look(), [])
  assert.deepEqual(await alarms(), [])
  await host.target.ensure({ ...spec, group: 'dep_9', version: '6.6.6' })
  for (let looks = 0; looks < 3; looks++) assert.deepEqual(await look(), ['dep_9 no-deployment'])
  assert.deepEqual(await alarms(), ['open 2 calling'])
  await host.target.retire(slot, 1, 'dep_9')
  await until('it is gone', async () => (await look())?.length === 0)
  assert.deepEqual(await alarms(), ['resolved 2'])
})

it('another artifact under the name of a deployment is found', async (t) => {
  const { host, spec, look, deployed } = await room(t)
  await deployed('1.0.0', `sha256:${'e'.repeat(64)}`)
  await host.target.ensure(spec)
  assert.deepEqual(await look(), ['dep_1 other-artifact'])
})

it('files that were changed after they were unpacked are found', async (t) => {
  const { host, spec, look, deployed } = await room(t)
  await deployed('1.0.0', host.service.digest)
  await host.target.ensure(spec)
  const artifacts = join(host.dir, 'agent', 'artifacts')
  const [folder = ''] = readdirSync(artifacts).filter((name) => name.startsWith('sha'))
  chmodSync(join(artifacts, folder), 0o755)
  writeFileSync(join(artifacts, folder, 'left-by-the-program'), '')
  assert.deepEqual(await look(), [])
  const file = join(artifacts, folder, 'service.mjs')
  chmodSync(file, 0o644)
  writeFileSync(file, 'process.exit(0)\n')
  assert.deepEqual(await look(), ['dep_1 changed-files'])
})

it('a target that cannot be asked says nothing about what runs', async (t) => {
  const { host, spec, look, rig } = await room(t)
  await host.target.ensure({ ...spec, group: 'dep_9' })
  assert.deepEqual(await look(), ['dep_9 no-deployment'])
  const nobody = processSnapshots(join(host.dir, 'nobody.sock'))
  const blind = snapshotKeeper({ engine: rig.engine, now: () => 20_000, snapshots: nobody })
  await blind.reconcile(ALL_SLOTS, turn)
  assert.equal((await snapshotRows(rig.engine.reads))[0]?.untraced.length, 1)
})
