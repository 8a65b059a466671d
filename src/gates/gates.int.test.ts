import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import type { ArtifactEvent } from '#artifacts/events.ts'
import { PREDICATE } from '#artifacts/events.ts'
import { views as accessViews } from '#access/views.ts'
import { views as artifactViews } from '#artifacts/views.ts'
import type { ServiceSpec } from '#catalog/events.ts'
import { recordKeys } from '#connectors/local-key/record-keys.ts'
import { Engine } from '#engine/engine.ts'
import { digestOf } from '#engine/ids.ts'
import { SYSTEM } from '#kernel/actor.ts'
import type { JobSpec, RunEvent } from '#pipelines/events.ts'
import { views as pipelineViews } from '#pipelines/views.ts'
import type { ReleaseEvent } from '#releases/events.ts'
import type { DeploymentEvent } from '#rollouts/events.ts'
import { quiet, withDatabase } from '../../test/support/database.ts'
import { record } from '../../test/support/facts.ts'
import { serve } from '../../test/support/routes.ts'
import type { PolicyDocument } from './events.ts'
import { policies } from './policy.ts'
import { checksFor, policyFor, type WaiverRow } from './queries.ts'
import { routes } from './routes.ts'
import { views } from './views.ts'

const DAY = 86_400_000
const NOW = 1_000 * DAY
const ARTIFACT = 'sha256:aa'
const fact = { at: NOW - DAY, by: 'test' }
const of = { run: 'run_1', service: 'checkout', repository: '/r', branch: 'main', sha: 'abc' }

async function room(t: TestContext): Promise<Engine> {
  const database = await withDatabase(t)
  const all = [...accessViews, ...pipelineViews, ...artifactViews, ...views]
  const engine = new Engine({ database, views: all, authorize: () => undefined, log: quiet })
  await engine.prepare()
  return engine
}

const service = {
  name: 'checkout',
  tier: 0,
  artifact: { kind: 'tarball' },
  path: ['dev', 'staging', 'prod'],
  links: { runbook: 'docs/runbook.md' },
} as unknown as ServiceSpec

async function check(engine: Engine, change: Partial<Parameters<typeof checksFor>[1]> = {}) {
  const checks = await checksFor(engine.reads, {
    service,
    release: 'rel_1',
    artifact: ARTIFACT,
    run: 'run_1',
    environment: 'prod',
    environmentKind: 'production',
    firstInEnvironment: false,
    now: NOW,
    ...change,
  })
  return Object.fromEntries(checks.map(({ name, state }) => [name, state]))
}

function job(name: string, proves: string): JobSpec {
  const globs = { include: [], inputs: [], outputs: [], junit: [] }
  const limits = { timeoutMs: 1, idleMs: 1, graceMs: 1, retriesMax: 0 }
  return { name, needs: [], run: 'true', env: {}, check: proves, ...globs, ...limits }
}

function finished(name: string, more: object = {}): RunEvent {
  const log = { durationMs: 1, logBytes: 0, logCut: false }
  return {
    type: 'run.jobFinished',
    ...fact,
    job: name,
    attempt: 1,
    outcome: 'succeeded',
    ...log,
    ...more,
  }
}

function deployed(
  change: Partial<Extract<DeploymentEvent, { type: 'deployment.finished' }>>,
): DeploymentEvent {
  return {
    type: 'deployment.finished',
    at: NOW - DAY,
    by: 'test',
    deployment: 'dep_1',
    service: 'checkout',
    environment: 'staging',
    environmentKind: 'staging',
    tier: 0,
    kind: 'forward',
    release: 'rel_0',
    version: '1.0.0',
    artifact: ARTIFACT,
    sha: 'abc',
    startedAt: 1,
    exposedAt: 2,
    outcome: 'rolledBack',
    reason: 'errors',
    returnPoint: { deployment: 'dep_0', release: 'rel_0', version: '1', artifact: 'sha256:0' },
    ...change,
  }
}

describe('checks of a release', () => {
  it('are gathered from runs, artifacts, releases and deployments', async (t) => {
    const engine = await room(t)
    const jobs = [job('unit', 'tests'), job('lint', 'static-analysis'), job('scan', 'secret-scan')]
    const totals = { passed: 3, failed: 0, skipped: 0, durationMs: 1, failures: [] }
    await record<RunEvent>(
      engine,
      'run',
      'run_1',
      {
        type: 'run.queued',
        ...fact,
        ...of,
        directory: '.',
        trigger: 'push',
        pipeline: 'p',
        jobs,
      },
      finished('unit', { tests: totals }),
      finished('lint', { outcome: 'failed' }),
    )
    const attested = { ...fact, digest: ARTIFACT, attestation: 'sha256:bb', keyId: 'k' }
    await record<ArtifactEvent>(
      engine,
      'artifact',
      ARTIFACT,
      {
        type: 'artifact.published',
        ...fact,
        ...of,
        digest: ARTIFACT,
        layer: 'l',
        sizeBytes: 1,
        files: 1,
      },
      { type: 'artifact.attested', ...attested, predicateType: PREDICATE.sbom },
    )
    await record<ReleaseEvent>(engine, 'release', 'rel_1', {
      type: 'release.created',
      ...fact,
      ...of,
      release: 'rel_1',
      version: '1.0.0',
      tag: 'v1.0.0',
      artifact: ARTIFACT,
      commits: [],
      changelog: '',
      runbook: { path: 'docs/runbook.md', changedAt: NOW - DAY },
    })
    await record<DeploymentEvent>(engine, 'deployment', 'dep_1', deployed({}))
    assert.deepEqual(await check(engine), {
      tests: 'passed',
      'static-analysis': 'failed',
      'dependency-scan': 'pending',
      'image-scan': 'not-applicable',
      'secret-scan': 'pending',
      sbom: 'passed',
      signature: 'passed',
      provenance: 'failed',
      'migration-lint': 'pending',
      'runbook-fresh': 'passed',
      'rollback-drilled': 'passed',
      licence: 'pending',
    })
    await record<RunEvent>(engine, 'run', 'run_1', {
      type: 'run.finished',
      ...fact,
      ...of,
      outcome: 'failed',
      durationMs: 1,
    })
    assert.equal((await check(engine))['secret-scan'], 'failed')
    await record<ArtifactEvent>(engine, 'artifact', ARTIFACT, {
      type: 'artifact.verificationFailed',
      ...fact,
      digest: ARTIFACT,
      reason: 'other bytes',
    })
    assert.equal((await check(engine)).signature, 'failed')
  })

  it('count a rollback only where it was real, and not from further on', async (t) => {
    const engine = await room(t)
    const drilled = async (environment = 'prod') =>
      (await check(engine, { environment }))['rollback-drilled']
    const rows: readonly (readonly [string, Parameters<typeof deployed>[0], string])[] = [
      ['another service', { service: 'mail' }, 'failed'],
      ['one that nobody saw', { exposedAt: undefined }, 'failed'],
      ['one with nothing to go back to', { returnPoint: null }, 'failed'],
      ['one that went well', { outcome: 'succeeded' }, 'failed'],
      ['a rollback that failed', { kind: 'rollback', outcome: 'failed' }, 'failed'],
      ['long ago', { at: NOW - 100 * DAY }, 'failed'],
      ['an aborted one', { outcome: 'aborted', environment: 'dev' }, 'passed'],
    ]
    for (const [i, [what, change, state]] of rows.entries()) {
      await record<DeploymentEvent>(engine, 'deployment', `dep_${i}`, deployed(change))
      assert.equal(await drilled(), state, what)
    }
    const production = deployed({ kind: 'rollback', outcome: 'succeeded', environment: 'prod' })
    const other = { ...service, name: 'late' }
    await record<DeploymentEvent>(engine, 'deployment', 'dep_9', {
      ...production,
      service: 'late',
    } as DeploymentEvent)
    const at = async (environment: string) =>
      (await check(engine, { service: other, environment }))['rollback-drilled']
    assert.deepEqual([await at('prod'), await at('staging')], ['passed', 'failed'])
  })
})

describe('the policy', () => {
  it('is the applied document, until it is withdrawn', async (t) => {
    const engine = await room(t)
    const document: PolicyDocument = {
      name: 'default',
      description: '',
      rows: { '*/production': { checks: ['tests'], approvals: { count: 0 } } },
    }
    const digest = digestOf(document)
    const command = { type: 'policy.apply', at: 1, by: 'ana', document, digest } as const
    await engine.execute(policies, 'default', command, { actor: SYSTEM })
    const ask = serve(t, routes({ recordKeys }), { engine, now: () => NOW })('ana')
    const { json } = await ask('GET', '/policies/effective?tier=0&kind=production')
    const { policy, row } = json as { policy: string; row: { checks: string[] } }
    assert.deepEqual(row.checks, ['tests'])
    assert.equal(policy, `default@${digest.slice(0, 19)} tier-0/production`)
    assert.equal(((await ask('GET', '/policies')).json as unknown[]).length, 1)
    assert.deepEqual(Object.keys(await check(engine)), ['tests'])
    const withdraw = { type: 'policy.withdraw', at: 2, by: 'ana' } as const
    await engine.execute(policies, 'default', withdraw, { actor: SYSTEM })
    const place = { tier: 0, environmentKind: 'production' } as const
    assert.equal((await policyFor(engine.reads, place)).policy, 'built-in tier-0/production')
    assert.equal((await ask('GET', '/policies/effective?tier=4&kind=production')).status, 400)
  })
})

describe('a waiver', () => {
  const wish = {
    check: 'licence',
    subject: ARTIFACT,
    reason: 'the lawyers said yes',
    expiresIn: '2d',
  }
  it('is asked for by one, approved by another, and ends', async (t) => {
    const engine = await room(t)
    const as = serve(t, routes({ recordKeys }), { engine, now: () => NOW })
    const asked = await as('ana')('POST', '/waivers', wish)
    assert.equal(asked.status, 201)
    const { waiver, expiresAt } = asked.json as WaiverRow
    assert.equal(expiresAt, NOW + 2 * DAY)
    assert.equal((await check(engine)).licence, 'failed')
    const own = await as('ana')('POST', `/waivers/${waiver}/approve`)
    assert.deepEqual(
      [own.status, (own.json as { code: string }).code],
      [409, 'waiver.self-approval'],
    )
    await as('ben')('POST', `/waivers/${waiver}/approve`)
    assert.equal((await check(engine)).licence, 'waived')
    assert.equal((await check(engine, { now: NOW + 2 * DAY })).licence, 'failed')
    await as('ben')('POST', `/waivers/${waiver}/revoke`)
    assert.equal((await check(engine)).licence, 'failed')
    const listed = (await as('cy')('GET', '/waivers')).json as WaiverRow[]
    assert.deepEqual(
      listed.map(({ status, approvedBy }) => [status, approvedBy]),
      [['revoked', 'ben']],
    )
  })
  it('is one, when the wish is sent again with its key', async (t) => {
    const engine = await room(t)
    let now = NOW
    const ask = serve(t, routes({ recordKeys }), { engine, now: () => now++ })('ana')
    const first = await ask('POST', '/waivers', wish, 'key')
    const second = await ask('POST', '/waivers', wish, 'key')
    assert.deepEqual([second.status, second.json], [201, first.json])
  })
  it('says what to give when it was given a version', async (t) => {
    const engine = await room(t)
    const ask = serve(t, routes({ recordKeys }), { engine, now: () => NOW })('ana')
    const { subject: _, ...rest } = wish
    const { status, json } = await ask('POST', '/waivers', {
      ...rest,
      service: 'a',
      version: '1.0.0',
    })
    const { code, remedy } = json as { code: string; remedy: string }
    assert.deepEqual([status, code], [409, 'waiver.no-digest'])
    assert.match(remedy, /release show/)
    assert.equal((await ask('POST', '/waivers/wvr_x/approve')).status, 404)
  })
})
