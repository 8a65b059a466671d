import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  DAY,
  deployed,
  HOUR,
  MINUTE,
  pushed,
  START,
  told,
} from '../../../test/support/observations.ts'
import type { Answer } from './answer.ts'
import { longest } from './duration.ts'
import { factsOf } from './facts/facts-of.ts'
import { reportOf } from './report.ts'

type Lines = Parameters<typeof told>[0]

function kpi(number: string, lines: Lines, more: object = {}): Answer {
  const asked = { from: START, to: START + 28 * DAY, asOf: START + 400 * DAY, ...more }
  return reportOf(factsOf(told(lines), asked.asOf), asked).kpis[number] ?? assert.fail()
}
const at = (answer: Answer, ...names: string[]) => names.map((name) => answer[name])
const finished = (run: string, hours: number, fields: object = {}) =>
  ['run.finished', hours, { run, ...fields }] as const

describe('K7, pipelines', () => {
  it('takes the first attempt, and only machines may try again', () => {
    const answer = kpi('K7', [
      finished('a', 1),
      finished('b', 1, { outcome: 'failed' }),
      finished('b', 2, { attempt: 2 }),
      finished('c', 1, { outcome: 'failed' }),
      finished('c', 2, { attempt: 2, isManualRetry: false }),
      finished('d', 3, { outcome: 'superseded' }),
      finished('e', 3, { outcome: 'cancelled' }),
      finished('f', 3, { branch: 'feature' }),
      finished('g', 3, { isManualRetry: true }),
    ])
    assert.deepEqual(at(answer, 'value', 'n', 'automaticRetries', 'byHand', 'leftOut'), [
      ...[0.5, 4, 1, 2, 2],
    ])
  })
})

describe('K8, duration', () => {
  it('is from the push to the artifact, else to the end', () => {
    const answer = kpi('K8', [
      pushed(1, ['a']),
      finished('r1', 2, { sha: 'a', startedAt: START + 1.5 * HOUR }),
      ['artifact.published', 1.75, { digest: 'x', run: 'r1', service: 'shop' }],
      finished('r2', 4, { queuedAt: START + 3.75 * HOUR, startedAt: START + 3.8 * HOUR }),
      finished('r3', 4, { outcome: 'failed' }),
      [
        'task.finished',
        2,
        { run: 'r1', task: 'test', outcome: 'ok', startedAt: START + 1.5 * HOUR },
      ],
    ])
    assert.deepEqual(at(answer, 'value', 'n'), [30 * MINUTE, 2])
    const { tasks } = answer['criticalPath'] as { tasks: unknown }
    assert.deepEqual(tasks, [{ task: 'test', ms: 30 * MINUTE, runs: 1 }])
  })

  it('finds the heaviest way, and ends in a circle', () => {
    const task = (name: string, ms: number, ...needs: string[]) => ({ task: name, ms, needs })
    const path = longest([task('a', 1), task('b', 5), task('c', 1, 'a', 'b'), task('d', 3, 'a')])
    assert.deepEqual(
      path.map((one) => one.task),
      ['b', 'c'],
    )
    assert.ok(longest([task('a', 1, 'b'), task('b', 1, 'a')]).length <= 2)
  })
})

describe('K9, flaky tests', () => {
  const report = (run: string, sha: string, tests: Record<string, string>, more: object = {}) =>
    [
      'tests.reported',
      1,
      {
        run,
        sha,
        tests: Object.entries(tests).map(([test, outcome]) => ({ test, outcome, ...more })),
      },
    ] as const

  it('is of one commit in one configuration that answers both ways', () => {
    const answer = kpi('K9', [
      report('r1', 'a', { x: 'failed', y: 'passed' }),
      report('r1', 'a', { x: 'passed', y: 'passed' }),
      report('r2', 'b', { x: 'failed' }),
      report('r3', 'c', { x: 'passed' }),
      [
        'tests.reported',
        2,
        { run: 'r2', sha: 'b', configuration: 'arm', tests: [{ test: 'x', outcome: 'passed' }] },
      ],
      report('r4', 'd', { z: 'failed' }, { isQuarantined: true }),
      report('r4', 'd', { z: 'passed' }, { isQuarantined: true }),
    ])
    assert.deepEqual(at(answer, 'value', 'n', 'runsFailedOnlyByFlakes'), [0.25, 4, 2])
    const { flaky, executed } = answer['tests'] as { flaky: number; executed: number }
    assert.deepEqual([flaky, executed], [2, 4])
  })
})

describe('K10, diagnosis', () => {
  it('is to the first confirmed, or to what nobody contests for a day', () => {
    const answer = kpi('K10', [
      finished('a', 1, { outcome: 'failed' }),
      ['failure.diagnosed', 2, { run: 'a', class: 'x', confirmed: true }],
      finished('b', 10, { outcome: 'failed' }),
      ['failure.diagnosed', 10.5, { run: 'b', class: 'y' }],
      ['failure.diagnosed', 13, { run: 'b', class: 'z', confirmed: true }],
      finished('c', 50, { outcome: 'failed' }),
      ['failure.diagnosed', 52, { run: 'c', class: 'w' }],
      finished('d', 60, { outcome: 'failed' }),
      ['failure.diagnosed', 61, { run: 'd', class: 'w' }],
      finished('e', 70, { outcome: 'failed' }),
    ])
    // d is a's kind of episode no more, but c's: the same class in a row.
    assert.deepEqual(at(answer, 'n', 'open', 'p50'), [3, 1, 2 * HOUR])
  })

  it('has no source where nobody diagnoses, and says what the next green run suggests', () => {
    const answer = kpi('K10', [finished('a', 1, { outcome: 'failed' }), finished('b', 3)])
    assert.deepEqual(at(answer, 'value', 'reason', 'inferred'), [
      ...[null, 'no_source', { p50: 2 * HOUR, n: 1 }],
    ])
  })
})

describe('K11 and K19, runbooks and drills', () => {
  const to = START + 200 * DAY
  const day = (n: number) => n * 24
  const book = (n: number, service: string, kind = 'rollback') =>
    ['runbook.reviewed', day(n), { service, runbook: 'back', kind }] as const
  const drill = (n: number, service: string, result = 'pass') =>
    ['drill.completed', day(n), { service, drill: 'rollback', result }] as const

  it('takes a fresh rollback runbook and a proof in time', () => {
    const answer = kpi(
      'K11',
      [
        ...['a', 'b', 'c', 'd'].map(
          (service, tier) =>
            ['service.registered', 0, { service, tier: tier > 1 ? 1 : 0 }] as const,
        ),
        ['service.registered', 0, { service: 'e', tier: 2 }],
        ...['a', 'b', 'c'].map((service) => book(150, service)),
        book(1, 'd'),
        drill(150, 'a'),
        drill(100, 'b'),
        drill(100, 'c'),
        drill(190, 'd'),
      ],
      { to },
    )
    // b's proof is a hundred days old, which in tier 0 is too old; d's runbook 199.
    assert.deepEqual(at(answer, 'value', 'n', 'withoutProof', 'withoutFreshRunbook'), [
      ...[0.5, 4, 1, 1],
    ])
  })

  it('takes a real rollback for a proof', () => {
    const lines: Lines = [
      ['service.registered', 0, { tier: 1 }],
      book(150, 'shop'),
      deployed('a', day(100)),
      deployed('b', day(101), { kind: 'rollback' }),
    ]
    assert.equal(kpi('K11', lines, { to }).value, 1)
    assert.equal(kpi('K11', lines.slice(0, 2), { to }).value, 0)
  })

  it('calls a runbook stale that a change overtook', () => {
    const answer = kpi(
      'K19',
      [
        ['service.registered', 0, { service: 'a', tier: 1, owner: 'x' }],
        ['service.registered', 0, { service: 'b', tier: 3, owner: 'x' }],
        ['service.registered', 0, { service: 'c', tier: 1, owner: 'x' }],
        book(100, 'a'),
        book(10, 'b', 'other'),
        book(10, 'c'),
        ['service.changed', day(120), { service: 'a', owner: 'y' }],
      ],
      { to },
    )
    assert.deepEqual(at(answer, 'value', 'n', 'staleByChange', 'staleByTime'), [1 / 3, 3, 1, 1])
  })
})

it('K12 asks four of five deployments to be progressive', () => {
  const some = (service: string, strategies: string[]) =>
    strategies.map((strategy, i) => deployed(`${service}${i}`, i, { service, strategy }))
  const answer = kpi('K12', [
    ...some('a', ['canary', 'canary', 'blue-green', 'flag', 'rolling']),
    ...some('b', ['canary', 'rolling']),
    deployed('x', 1, { service: 'c' }),
  ])
  assert.deepEqual(at(answer, 'value', 'n', 'unknownStrategy'), [0.5, 2, 1])
  assert.equal((answer['byDeployments'] as Answer).value, 5 / 7)
})

it('K13 resolves every leg, and counts what runs without a trace', () => {
  const artifact = (digest: string, sha: string, hasProvenance: boolean) =>
    ['artifact.published', 1, { service: 'shop', digest, sha, hasProvenance }] as const
  const whole = { sha: 'a', digest: 'x', tickets: ['T-1'] }
  const answer = kpi('K13', [
    pushed(0, ['a']),
    artifact('x', 'a', true),
    artifact('y', 'a', false),
    ['ticket.opened', 1, { ticket: 'T-1' }],
    deployed('d1', 2, whole),
    deployed('d2', 3, { ...whole, tickets: ['T-2'] }),
    deployed('d3', 4, { ...whole, digest: 'y' }),
    deployed('d4', 5, { ...whole, sha: 'b', digest: 'z' }),
    ['snapshot.observed', 6, { environment: 'prod', service: 'shop', digests: ['x', 'stray'] }],
  ])
  assert.deepEqual(at(answer, 'value', 'n', 'untraced'), [1 / 5, 5, 1])
  assert.deepEqual(answer['missing'], { commit: 1, ticket: 1, artifact: 1, provenance: 1 })
})

it('K14 wants every required check to have run; waived is not run', () => {
  const gate = (run: string, check: string, verdict: string) =>
    ['gate.evaluated', 1, { run, check, verdict, required: ['a', 'b'] }] as const
  const answer = kpi('K14', [
    gate('r1', 'a', 'passed'),
    gate('r1', 'b', 'failed'),
    gate('r2', 'a', 'passed'),
    gate('r2', 'b', 'skipped'),
    gate('r3', 'a', 'passed'),
    gate('r3', 'b', 'waived'),
    gate('r4', 'a', 'passed'),
  ])
  assert.deepEqual(at(answer, 'value', 'n', 'waived'), [0.25, 4, 1])
})

it('K15 is until no production runs it; what is not affected is not counted', () => {
  const found = (cve: string, hours: number, more: object = {}) =>
    [
      'vuln.detected',
      hours,
      { cve, digests: ['bad'], publishedAt: START + 10 * HOUR, ...more },
    ] as const
  const answer = kpi('K15', [
    deployed('a', 1, { digest: 'bad' }),
    deployed('b', 2, { digest: 'bad', environment: 'prod-eu' }),
    found('c1', 12),
    found('c2', 12),
    ['vuln.assessed', 13, { cve: 'c2', status: 'not_affected' }],
    found('c3', 12, { severity: 'high' }),
    found('c4', 12, { digests: ['never'] }),
    deployed('c', 20, { digest: 'good' }),
    deployed('d', 30, { digest: 'good', environment: 'prod-eu' }),
    ['vuln.detected', 40, { cve: 'c5' }],
  ])
  assert.deepEqual(at(answer, 'value', 'n', 'open'), [20 * HOUR, 1, 1])
})

it('K16 wants a template with nothing overridden that may not be', () => {
  const service = (name: string) => ['service.registered', 0, { service: name }] as const
  const applied = (name: string, version: string, isCompliant = true) =>
    ['template.applied', 1, { service: name, template: 't', version, isCompliant }] as const
  const answer = kpi('K16', [
    ...['a', 'b', 'c', 'd'].map(service),
    ['service.changed', 2, { service: 'd', isActive: false }],
    applied('a', '9'),
    applied('b', '10', false),
  ])
  assert.deepEqual(at(answer, 'value', 'n', 'notCompliant'), [1 / 3, 3, 1])
  assert.deepEqual(answer['versionLag'], { p50: 0.5 })
})

it('K17 counts tickets of the platform once, and for each hundred deployments', () => {
  const answer = kpi('K17', [
    ['ticket.opened', 1, { ticket: 'a', class: 'release-platform' }],
    ['ticket.opened', 2, { ticket: 'a', class: 'release-platform', isReopened: true }],
    ['ticket.opened', 3, { ticket: 'b', class: 'other' }],
    deployed('d1', 1),
    deployed('d2', 2),
    ['change.merged', 1, { change: '1', mergeSha: 'x', author: 'ana' }],
  ])
  assert.deepEqual(at(answer, 'value', 'per100Deployments', 'per100Engineers', 'reopened'), [
    ...[1, 50, 100, 1],
  ])
})

it('K18 shows the latest survey, and none that fewer than five answered', () => {
  const answers = (survey: string, hours: number, scores: number[]) =>
    scores.map((score) => ['survey.responded', hours, { survey, score }] as const)
  const first: Lines = [
    ['survey.sent', 0, { survey: 's1', invited: 10 }],
    ...answers('s1', 1, [5, 4, 4, 3, 4]),
  ]
  assert.deepEqual(at(kpi('K18', first), 'value', 'n', 'responseRate'), [4, 5, 0.5])
  const second = kpi('K18', [
    ...first,
    ['survey.sent', 5, { survey: 's2', invited: 10 }],
    ...answers('s2', 6, [1, 1]),
  ])
  assert.deepEqual(at(second, 'value', 'reason', 'n'), [null, 'n_too_small', 2])
})

it('K20 asks probes, else the jobs of the minute', () => {
  const probe = (minute: number, isGood: boolean, inMaintenance = false) =>
    ['probe.sampled', minute / 60, { pool: 'p', isGood, inMaintenance }] as const
  const job = (minute: number, waitMs: number) =>
    [
      'task.finished',
      minute / 60 + 1,
      {
        ...{ run: `r${minute}`, task: 't', pool: 'p', outcome: 'succeeded' },
        queuedAt: START + minute * MINUTE,
        startedAt: START + minute * MINUTE + waitMs,
      },
    ] as const
  const answer = kpi('K20', [
    probe(0, true),
    probe(1, false),
    probe(2, false, true),
    job(3, 1_000),
    job(4, 61_000),
  ])
  assert.deepEqual(at(answer, 'value', 'good', 'bad'), [0.4, 2, 3])
  assert.deepEqual(answer['withoutMaintenance'], { value: 0.5, n: 4 })
  assert.equal(answer['unknown'], 28 * 24 * 60 - 5)
})
