/** Figures from what the rooms' own deciders say: nothing here is told by another tool. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { artifact } from '#artifacts/artifact.ts'
import { criticalIn, type Scan, scanIn } from '#artifacts/attest/scan-report.ts'
import { service } from '#catalog/service.ts'
import type { ServiceSpec } from '#catalog/events.ts'
import type { Decider } from '#kernel/decider.ts'
import { flakyCase } from '#pipelines/tests/flaky-case.ts'
import { run } from '#pipelines/run.ts'
import type { RunCommand } from '#pipelines/commands.ts'
import type { Check } from '#gates/events.ts'
import { decide } from '#rollouts/decide.ts'
import { clearFacts } from '../../../test/support/rollout-fixtures.ts'
import { jobSpec } from '../../../test/support/job-spec.ts'
import { factsOf } from '../figures/facts/facts-of.ts'
import { reportOf } from '../figures/report.ts'
import { observationsOf, type Stored } from '../own.ts'

const [SECOND, DAY] = [1_000, 86_400_000]
const by = 'system'
const SOURCE = { run: 'run_1', service: 'shop', repository: '/r', branch: 'main', sha: 'abc' }
const JOBS = [jobSpec('build'), jobSpec('test', { needs: ['build'] })]

const stored = (stream: string, events: readonly { type: string; at: number }[]) =>
  events.map((event, i): Stored => ({ stream, version: i + 1, recordedAt: event.at, event }))

/** What a decider makes of commands, one after the other, as it would stand on record. */
function said<S, C, E extends { type: string; at: number }>(
  stream: string,
  decider: Decider<S, C, E>,
  commands: readonly C[],
): readonly Stored[] {
  const events: E[] = []
  let state = decider.initial
  for (const command of commands) {
    const made = decider.decide(command, state)
    assert.ok(Array.isArray(made), JSON.stringify(made))
    for (const event of made as readonly E[]) {
      events.push(event)
      state = decider.evolve(state, event)
    }
  }
  return stored(stream, events)
}

function kpis(events: readonly Stored[], asOf = 30 * DAY) {
  const facts = factsOf(events.flatMap(observationsOf), asOf)
  return reportOf(facts, { from: 0, to: asOf, asOf }).kpis
}

type Finish = Extract<RunCommand, { type: 'run.finishJob' }>

const queue = (jobs = JOBS): RunCommand => {
  const of = { directory: '.', trigger: 'push', pipeline: 'p', jobs } as const
  return { type: 'run.queue', at: 0, by, ...SOURCE, ...of }
}
const lease = (job: string, at: number): RunCommand => {
  const of = { lease: `l-${job}`, runner: 'r1', expiresAt: at + DAY }
  return { type: 'run.leaseJob', at: at * SECOND, by, job, ...of }
}
const finish = (job: string, at: number, lasted: number, more: Partial<Finish> = {}): Finish => ({
  ...{ type: 'run.finishJob', at: at * SECOND, by, job, attempt: 1, lease: `l-${job}` },
  ...{ outcome: 'succeeded', durationMs: lasted * SECOND, logBytes: 0, logCut: false },
  ...more,
})

describe('a run of ours', () => {
  const green = said('run-run_1', run, [
    queue(),
    lease('build', 5),
    finish('build', 65, 60),
    lease('test', 165),
    finish('test', 225, 60),
  ])

  it('is as long as its jobs, with the way that they lead, and what they waited for (K8)', () => {
    const { K8 } = kpis(green)
    assert.equal(K8?.value, 225 * SECOND)
    assert.equal((K8?.['queue'] as { p50: number } | undefined)?.p50, 5 * SECOND)
    const path = K8?.['criticalPath'] as { p50: number; tasks: object[] } | undefined
    assert.deepEqual([path?.p50, path?.tasks.length], [120 * SECOND, 2])
  })

  it('shows whether runners were there: build waited 5 s, test 100 s (K20)', () => {
    const { K20 } = kpis(green)
    assert.deepEqual([K20?.value, K20?.n, K20?.['good']], [0.5, 2, 1])
  })

  it('says nothing of runners where its turn kept it, or another CI ran it', () => {
    const turn = { ...queue(), concurrency: { group: 'g', cancelInProgress: false } }
    const waited = said('run-run_1', run, [turn as RunCommand, { type: 'run.admit', at: 1, by }])
    const [queued] = waited.flatMap(observationsOf)
    assert.equal(queued?.type, 'run.queued')
    assert.deepEqual(
      queued.tasks?.map(({ pool }) => pool),
      [undefined, 'default'],
    )
  })

  it('that no runner took in time is the platform’s own failure, and diagnosed (K10, K20)', () => {
    const late = said('run-run_1', run, [
      queue([jobSpec('build', { queueMs: 60 * SECOND })]),
      { type: 'run.expire', at: 61 * SECOND, by },
    ])
    const { K10, K20 } = kpis(late)
    assert.deepEqual([K10?.value, K10?.n], [0, 1])
    assert.deepEqual([K20?.value, K20?.['bad']], [0, 1])
  })

  it('that its script failed is open until somebody says why (K10)', () => {
    const failed = said('run-run_1', run, [
      queue(),
      lease('build', 5),
      finish('build', 25, 20, { outcome: 'failed', reason: 'script' }),
    ])
    const { K10 } = kpis(failed)
    assert.deepEqual([K10?.value, K10?.reason, K10?.['open']], [null, 'no_events', 1])
    const [told] = stored('observation-x', [
      {
        ...{ type: 'observation.recorded', at: 60 * SECOND },
        ...({
          observation: {
            ...{ type: 'failure.diagnosed', run: 'run_1', class: 'compile', isConfirmed: true },
            ...{ occurredAt: 60 * SECOND, recordedAt: 60 * SECOND },
            ...{ source: 'import', sourceEventId: '1' },
          },
        } as object),
      },
    ])
    assert.ok(told)
    assert.equal(kpis([...failed, told]).K10?.value, 35 * SECOND)
  })

  it('whose two jobs failed for two reasons is diagnosed: they contest nothing', () => {
    const failed = said('run-run_1', run, [
      queue([jobSpec('a'), jobSpec('b')]),
      lease('a', 1),
      lease('b', 1),
      finish('a', 9, 8, { outcome: 'failed', reason: 'oom' }),
      finish('b', 9, 8, { outcome: 'failed', reason: 'tests' }),
    ])
    assert.deepEqual([kpis(failed).K10?.value, kpis(failed).K10?.n], [0, 1])
  })
})

describe('tests of ours', () => {
  const named = (...names: string[]) => ({ count: names.length, names })
  const totals = { passed: 39, failed: 1, skipped: 0, durationMs: 1 }
  const report = (retried: readonly string[]) =>
    said('run-run_1', run, [
      queue([jobSpec('test')]),
      lease('test', 1),
      finish('test', 9, 8, {
        tests: { ...totals, failures: [{ name: 's::bad', message: '' }] },
        tested: {
          quarantined: named('s::bad'),
          retriedNew: named(...retried),
          retriedKnown: named(),
        },
      }),
    ])

  it('are flaky where one passed only when it was tried again (K9)', () => {
    const { K9 } = kpis(report(['s::flaky']))
    assert.deepEqual([K9?.value, K9?.n], [1, 1])
    const tests = K9?.['tests'] as { flaky: number; executed: number } | undefined
    assert.deepEqual([tests?.flaky, tests?.executed], [1, 40])
  })

  it('are none where nothing answered both ways, or somebody answers for it (K9)', () => {
    assert.deepEqual([kpis(report([])).K9?.value, kpis(report([])).K9?.n], [0, 1])
  })

  it('are flaky where two reports of one commit disagree (K9)', () => {
    const seen = said('case-x', flakyCase, [
      {
        ...{ type: 'case.observe', at: 20 * SECOND, by, service: 'shop', case: 's::other' },
        ...{ run: 'run_1', job: 'test', attempt: 2, isBroken: false },
        unit: { same: 'u', sha: 'abc', passes: 1, fails: 1 },
      },
    ])
    assert.equal(kpis([...report([]), ...seen]).K9?.value, 1)
  })
})

describe('gates of ours', () => {
  const checked = (name: string, state: Check['state']): Check => {
    return { name, state, message: 'as it stands', remedy: 'Mend it.', policy: 'row' }
  }
  const judged = (states: Readonly<Record<string, Check['state']>>) => {
    const checks = Object.entries(states).map(([name, state]) => checked(name, state))
    return decide({ ...clearFacts, checks }, 0)
  }
  const world = (states: Parameters<typeof judged>[0], kind = 'production') => [
    ...stored('environment-prod', [
      { type: 'environment.registered', at: 0, ...{ spec: { name: 'prod', kind } } },
    ]),
    ...stored('release-rel_1', [
      {
        ...{ type: 'release.created', at: 1, release: 'rel_1', service: 'shop', version: '1.0.0' },
        ...{ repository: '/r', sha: 'abc', run: 'run_1', commits: [], artifact: 'sha256:1' },
      },
    ]),
    ...stored('promotion-prm_1', [
      {
        ...{ type: 'promotion.planned', at: 2, promotion: 'prm_1' },
        ...{ service: 'shop', environment: 'prod', release: 'rel_1', version: '1.0.0' },
      },
      { type: 'promotion.judged', at: 3, ...{ verdict: judged(states) } },
    ]),
  ]

  it('cover a run when all that is required of its release has run (K14)', () => {
    const { K14 } = kpis(world({ tests: 'passed', sbom: 'failed', 'image-scan': 'not-applicable' }))
    assert.deepEqual([K14?.value, K14?.n], [1, 1])
    const waived = kpis(world({ tests: 'passed', licence: 'waived' })).K14
    assert.deepEqual([waived?.value, waived?.['waived']], [0, 1])
    assert.equal(kpis(world({ tests: 'passed', sbom: 'pending' })).K14?.value, 0)
  })

  it('have nothing to cover where nothing is required, and say nothing of other places', () => {
    assert.equal(kpis(world({})).K14?.value, 1)
    assert.equal(kpis(world({ tests: 'pending' }, 'staging')).K14?.reason, 'no_events')
  })
})

describe('scans of ours', () => {
  const vulns = (...found: readonly (readonly [id: string, score: string])[]): Scan => {
    const result = found.map(([id, score]) => ({ id, severity: [{ method: 'nvd', score }] }))
    const at = '2026-01-01T00:00:00Z'
    const metadata = { scanStartedOn: at, scanFinishedOn: at }
    return scanIn({ scanner: { uri: 'x', result }, metadata }, 0) as Scan
  }
  const digest = 'sha256:1'
  const scanned = (scan: Scan) =>
    said(`artifact-${digest}`, artifact, [
      {
        ...{ type: 'artifact.publish', at: 0, by, digest, ...SOURCE },
        ...{ layer: 'l', sizeBytes: 1, files: 1 },
      },
      {
        ...{ type: 'artifact.attest', at: 9, by, digest, predicateType: 'vulns', about: 'x' },
        ...{ attestation: 'a', keyId: 'k', found: { service: 'shop', critical: criticalIn(scan) } },
      },
    ])
  const deployed = (id: string, of: string, at: number) =>
    stored(`deployment-${id}`, [
      {
        ...{ type: 'deployment.finished', at, deployment: id, service: 'shop', tier: 1 },
        ...{ environment: 'prod', environmentKind: 'production', kind: 'forward' },
        ...{ version: id, artifact: of, sha: id, outcome: 'succeeded', startedAt: at - 1 },
        ...{ exposedAt: at },
      },
    ])

  it('start the clock of a critical one that runs, until what has none replaces it (K15)', () => {
    const scan = vulns(['CVE-1', 'critical'], ['CVE-2', '9.8'], ['CVE-3', 'high'])
    const { K15 } = kpis([
      ...scanned(scan),
      ...deployed('a', digest, 1 * DAY),
      ...deployed('b', 'sha256:2', 3 * DAY),
    ])
    assert.deepEqual([K15?.value, K15?.n], [2 * DAY, 2])
  })

  it('that find nothing critical are a source all the same (K15)', () => {
    assert.equal(kpis(scanned(vulns(['CVE-3', 'low']))).K15?.reason, 'no_events')
  })
})

describe('what is written of a service', () => {
  const spec = (reviewedAt: number) =>
    ({
      ...{ name: 'shop', tier: 0, owner: 'team', dependsOn: [] },
      source: { repository: '/r', paths: ['**'] },
      deploy: {},
      docs: [{ path: 'docs/back.md', kind: 'rollback', reviewedAt }],
    }) as unknown as ServiceSpec
  const applied = (...days: readonly number[]) =>
    said(
      'service-shop',
      service,
      days.map((day) => ({ type: 'service.apply', at: day * DAY, by, spec: spec(day * DAY) })),
    )
  const back = (environmentKind: string) =>
    stored('deployment-d', [
      {
        ...{ type: 'deployment.finished', at: 2 * DAY, deployment: 'd', service: 'shop', tier: 0 },
        ...{ environment: 'staging', environmentKind, kind: 'rollback', version: '1' },
        ...{ artifact: 'sha256:1', sha: 'a', outcome: 'succeeded', startedAt: DAY },
      },
    ])

  it('is as fresh as its manifest says that somebody read it (K19)', () => {
    assert.equal(kpis(applied(1)).K19?.value, 1)
    assert.equal(kpis(applied(1), 100 * DAY).K19?.value, 0)
    assert.equal(kpis(applied(1, 90), 100 * DAY).K19?.value, 1)
  })

  it('and a way back that was gone where nobody is hurt make it ready (K11)', () => {
    assert.equal(kpis(applied(1)).K11?.value, 0)
    assert.equal(kpis([...applied(1), ...back('staging')]).K11?.value, 1)
  })

  it('names each document once, and on no day that is still to come', () => {
    const refused = (docs: ServiceSpec['docs']) =>
      service.decide({ type: 'service.apply', at: 0, by, spec: { ...spec(0), docs } }, undefined)
    const [one] = spec(0).docs ?? []
    assert.ok(one)
    for (const docs of [[one, one], [{ ...one, reviewedAt: 3 * DAY }]])
      assert.equal((refused(docs) as { code: string }).code, 'service.docs')
  })
})

it('a deployment names the tickets that the commits of its release name (K13)', () => {
  const commit = { sha: 'abc', tickets: ['ABC-1'] }
  const events = [
    ...stored('release-rel_1', [
      {
        ...{ type: 'release.created', at: 1, release: 'rel_1', service: 'shop', version: '1.0.0' },
        ...{ repository: '/r', sha: 'abc', run: 'run_1', commits: [commit] },
      },
    ]),
    ...stored('deployment-d', [
      {
        ...{ type: 'deployment.finished', at: 9, deployment: 'd', service: 'shop', tier: 1 },
        ...{ environment: 'prod', environmentKind: 'production', kind: 'forward' },
        ...{ version: '1.0.0', artifact: 'sha256:1', sha: 'abc', outcome: 'succeeded' },
        ...{ startedAt: 5, exposedAt: 6 },
      },
    ]),
  ]
  assert.deepEqual(
    factsOf(events.flatMap(observationsOf), DAY).deployments.map(({ tickets }) => tickets),
    [['ABC-1']],
  )
})
