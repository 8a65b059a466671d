import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { DAY, deployed, HOUR, pushed, START, told } from '../../../test/support/observations.ts'
import type { Observation } from '../observations/observation.ts'
import type { Answer } from './answer.ts'
import { factsOf } from './facts/facts-of.ts'
import { reportOf } from './report.ts'

const ASOF = START + 400 * DAY
type Lines = Parameters<typeof told>[0]

function kpis(lines: Lines, more: object = {}) {
  return reported(told(lines), more).kpis
}

function reported(observations: readonly Observation[], more: object = {}) {
  const asked = { from: START, to: START + 28 * DAY, asOf: ASOF, ...more }
  return reportOf(factsOf(observations, asked.asOf), asked)
}

const at = (answer: Answer | undefined, ...names: string[]) => names.map((name) => answer?.[name])

describe('K1, deployment frequency', () => {
  it('counts what succeeded in production and brought something, a day', () => {
    const { K1 } = kpis([
      deployed('a', 1),
      deployed('b', 25, { kind: 'hotfix' }),
      deployed('c', 26, { kind: 'config' }),
      deployed('d', 27, { kind: 'rollback' }),
      deployed('e', 28, { outcome: 'failed' }),
      deployed('f', 29, { environment: 'staging' }),
      deployed('g', 30, { kind: 'flag' }),
      deployed('early', -1),
      deployed('late', 28 * 24),
    ])
    assert.deepEqual(at(K1, 'value', 'n'), [3 / 28, 3])
    assert.deepEqual(at(K1, 'attempts', 'rollbacks', 'flags', 'notSucceeded'), [6, 1, 1, 1])
  })

  it('says why it knows nothing, and never that nothing is zero', () => {
    assert.deepEqual(at(kpis([])['K1'], 'value', 'reason'), [null, 'no_source'])
    const { K1 } = kpis([deployed('a', -5)])
    assert.deepEqual(at(K1, 'value', 'reason'), [null, 'no_events'])
  })

  it('counts days of weeks, and weeks without any', () => {
    const to = START + 13 * 7 * DAY
    // In seven of thirteen weeks two days, in the others none.
    const lines = Array.from({ length: 7 }, (_, week) => [
      deployed(`a${week}`, week * 168),
      deployed(`b${week}`, week * 168 + 1),
      deployed(`c${week}`, week * 168 + 30),
    ]).flat()
    const { K1 } = kpis(lines, { to, service: 'shop' })
    assert.deepEqual(at(K1, 'deployDaysPerWeek', 'level'), [2, 'high'])
    const { K1: six } = kpis(lines.slice(0, -3), { to })
    assert.deepEqual(at(six, 'deployDaysPerWeek', 'level'), [0, undefined])
  })

  it('takes a rollout to many cells as one, and a plan as one for each service', () => {
    const { K1 } = kpis([
      deployed('a', 1),
      deployed('a', 2),
      deployed('p', 3, { service: 'shop' }),
      deployed('p', 3, { service: 'till' }),
    ])
    assert.equal(K1?.n, 3)
  })

  it('leaves out what was voided and follows what was amended', () => {
    const { K1 } = kpis([
      deployed('a', 1),
      deployed('b', 2),
      deployed('c', 3),
      ['deployment.voided', 50, { deployment: 'a', reason: 'a test' }],
      ['deployment.amended', 51, { deployment: 'b', set: { outcome: 'failed' } }],
    ])
    assert.equal(K1?.n, 1)
  })
})

describe('what a deployment was', () => {
  const kindOf = (lines: Lines) => factsOf(told(lines), ASOF).deployments.map(({ kind }) => kind)

  it('is by digest: running is a redeployment, live before is a rollback', () => {
    const kinds = kindOf([
      deployed('a', 1, { digest: 'x' }),
      deployed('b', 2, { digest: 'y' }),
      deployed('c', 3, { digest: 'y' }),
      deployed('d', 4, { digest: 'x', kind: 'normal' }),
      deployed('e', 5, { digest: 'x', configDigest: 'k' }),
      deployed('f', 6, { digest: 'x', configDigest: 'l' }),
      deployed('g', 7, { digest: 'z', outcome: 'failed' }),
      deployed('h', 8, { digest: 'z' }),
    ])
    assert.deepEqual(kinds, [
      ...['normal', 'normal', 'redeploy', 'rollback', 'normal', 'config', 'normal', 'normal'],
    ])
  })
})

describe('K2, lead time', () => {
  it('is from the branch to production, and from the commit beside it', () => {
    const { K2 } = kpis([
      pushed(0, ['a']),
      deployed('d0', 1, { sha: 'a' }),
      pushed(2, ['b', 'c'], { before: 'a' }),
      pushed(10, ['d'], { before: 'c' }),
      deployed('d1', 12, { sha: 'd' }),
    ])
    // b and c waited ten hours, d two; the first deployment counts none.
    assert.deepEqual(at(K2, 'value', 'n'), [10 * HOUR, 3])
    assert.equal(K2?.['commitToProd'] && (K2['commitToProd'] as Answer)['p50'], 11 * HOUR)
  })

  it('ends at the first success: failures deliver nothing, rollbacks take nothing away', () => {
    const { K2 } = kpis([
      pushed(0, ['a']),
      deployed('d0', 1, { sha: 'a' }),
      pushed(2, ['b'], { before: 'a' }),
      deployed('d1', 3, { sha: 'b', outcome: 'failed' }),
      deployed('d2', 4, { sha: 'b' }),
      deployed('d3', 5, { sha: 'a', kind: 'rollback' }),
      deployed('d4', 6, { sha: 'b' }),
    ])
    assert.deepEqual(at(K2, 'value', 'n'), [2 * HOUR, 1])
  })

  it('takes a squash from its first commit, a merge as nothing of its own', () => {
    const { K2 } = kpis([
      pushed(0, ['a']),
      deployed('d0', 1, { sha: 'a' }),
      pushed(5, ['s'], { before: 'a' }),
      ['change.merged', 5, { change: '1', mergeSha: 's', firstCommitAt: START - 5 * HOUR }],
      [
        'commit.pushed',
        6,
        {
          before: 's',
          after: 'm',
          commits: [
            { sha: 'x', parents: ['s'], committedAt: START },
            { sha: 'm', parents: ['s', 'x'], committedAt: START },
          ],
        },
      ],
      deployed('d1', 10, { sha: 'm' }),
    ])
    assert.equal(K2?.n, 2)
    assert.equal(K2?.['commitToProd'] && (K2['commitToProd'] as Answer)['p50'], 12.5 * HOUR)
  })

  it('knows a cherry-pick and a revert for what they are of', () => {
    const { K2 } = kpis([
      pushed(0, ['a']),
      deployed('d0', 1, { sha: 'a' }),
      pushed(2, ['fix'], { before: 'a' }),
      [
        'commit.pushed',
        4,
        {
          ref: 'refs/heads/release/1',
          before: 'a',
          after: 'pick',
          commits: [{ sha: 'pick', parents: ['a'], message: 'x (cherry picked from commit fix)' }],
        },
      ],
      deployed('d1', 5, { sha: 'pick' }),
      [
        'commit.pushed',
        6,
        { before: 'fix', after: 'r', commits: [{ sha: 'r', message: 'This reverts commit fix.' }] },
      ],
      deployed('d2', 8, { sha: 'r' }),
    ])
    assert.deepEqual(at(K2, 'value', 'n'), [3 * HOUR, 1])
    const pairs = K2?.['pairs'] as Record<string, Answer>
    assert.equal(pairs['mergeToProd']?.n, 3)
  })

  it('takes merges for the branch, where pushes tell only of branches of people', () => {
    const { K2 } = kpis([
      pushed(0, ['x'], { ref: 'refs/heads/feature' }),
      ['change.merged', 1, { change: '1', mergeSha: 'm1' }],
      deployed('d0', 2, { sha: 'm1' }),
      ['change.merged', 3, { change: '2', mergeSha: 'm2' }],
      ['change.merged', 4, { change: '3', mergeSha: 'm3' }],
      deployed('d1', 6, { sha: 'm3' }),
    ])
    assert.deepEqual(at(K2, 'value', 'n'), [2.5 * HOUR, 2])
  })

  it('counts of a monorepo what touches the service', () => {
    const commit = (sha: string, path: string) => ({ sha, paths: [path], committedAt: START })
    const commits = [commit('b', 'shop/x.ts'), commit('c', 'till/x.ts')]
    const { K2 } = kpis([
      ['service.registered', -10, { paths: ['shop/**'] }],
      pushed(0, ['a']),
      deployed('d0', 1, { sha: 'a' }),
      ['commit.pushed', 2, { before: 'a', after: 'c', commits }],
      deployed('d1', 4, { sha: 'c' }),
    ])
    assert.equal(K2?.n, 1)
  })

  it('clamps what was delivered before it was merged, and says so', () => {
    const report = reported(
      told([
        pushed(0, ['a']),
        deployed('d0', 1, { sha: 'a' }),
        pushed(9, ['b'], { before: 'a' }),
        deployed('d1', 5, { sha: 'b' }),
        deployed('d2', 6, { sha: 'nowhere' }),
      ]),
    )
    assert.deepEqual(at(report.kpis['K2'], 'value', 'n'), [0, 1])
    assert.deepEqual(report.anomalies, { negativeLeadTime: 1, unknownCommit: 1 })
  })
})

describe('K3, change failure rate', () => {
  const rateOf = (lines: Lines) => at(kpis(lines)['K3'], 'failed', 'suspected', 'n')

  it('is of what users met, without rollbacks, each once', () => {
    const counted = rateOf([
      deployed('a', 1),
      deployed('b', 2, { outcome: 'failed' }),
      deployed('c', 3, { outcome: 'abortedByAnalysis', isExposed: true }),
      deployed('d', 4),
      ['incident.opened', 5, { incident: 'i1' }],
      ['incident.opened', 5, { incident: 'i2' }],
      ['incident.causeLinked', 6, { incident: 'i1', deployment: 'd', confirmed: true }],
      ['incident.causeLinked', 6, { incident: 'i2', deployment: 'd', confirmed: true }],
      deployed('e', 7, { kind: 'rollback' }),
    ])
    assert.deepEqual(counted, [2, 0, 3])
  })

  it('marks what ran when a rollback came, not what was rolled back to', () => {
    const facts = factsOf(
      told([
        deployed('v1', 1, { digest: '1' }),
        deployed('v2', 2, { digest: '2' }),
        deployed('v3', 3, { digest: '3' }),
        deployed('back', 4, { digest: '1' }),
      ]),
      ASOF,
    )
    assert.deepEqual(
      facts.failures.map((one) => [one.deployment.id, one.evidence[0]?.kind]),
      [['v3', 'rollback']],
    )
  })

  it('follows a remedy, and a revert that was shipped later', () => {
    const revert = [{ sha: 'r', parents: ['c'], message: 'This reverts commit b.' }]
    const counted = rateOf([
      pushed(0, ['a']),
      deployed('d0', 1, { sha: 'a' }),
      pushed(2, ['b', 'c'], { before: 'a' }),
      deployed('d1', 3, { sha: 'c' }),
      ['commit.pushed', 4, { before: 'c', after: 'r', commits: revert }],
      deployed('d2', 5, { sha: 'r' }),
      deployed('d3', 6, { remediates: 'd2' }),
    ])
    assert.deepEqual(counted, [2, 0, 4])
  })

  it('takes a revert that came along with what it reverts for nobody’s failure', () => {
    const commits = [
      { sha: 'b', parents: ['a'] },
      { sha: 'r', parents: ['b'], message: 'This reverts commit b.' },
    ]
    const counted = rateOf([
      pushed(0, ['a']),
      deployed('d0', 1, { sha: 'a' }),
      ['commit.pushed', 2, { before: 'a', after: 'r', commits }],
      deployed('d1', 3, { sha: 'r' }),
    ])
    assert.deepEqual(counted, [0, 0, 2])
  })

  it('only suspects what is near in time, what nobody confirmed, what a hotfix followed', () => {
    const counted = rateOf([
      ['service.registered', -10, { tier: 1, dependsOn: ['stock'] }],
      deployed('a', 1),
      ['incident.opened', 5, { incident: 'i1' }],
      deployed('b', 40, { service: 'stock' }),
      ['incident.opened', 41, { incident: 'i2' }],
      deployed('c', 100),
      ['incident.opened', 100 + 25, { incident: 'i3' }],
      deployed('d', 200),
      ['incident.opened', 201, { incident: 'i4' }],
      ['incident.causeLinked', 202, { incident: 'i4', deployment: 'd' }],
      deployed('e', 300),
      deployed('f', 301, { kind: 'hotfix' }),
    ])
    // c is a day and an hour before the harm, which in tier 1 is too long.
    assert.deepEqual(counted, [0, 4, 6])
  })

  it('forgets an incident that was voided, and one of other places', () => {
    const counted = rateOf([
      deployed('a', 1),
      ['incident.opened', 2, { incident: 'i1' }],
      ['incident.causeLinked', 3, { incident: 'i1', deployment: 'a', confirmed: true }],
      ['incident.voided', 4, { incident: 'i1' }],
      ['incident.opened', 5, { incident: 'i2', environment: 'staging' }],
    ])
    assert.deepEqual(counted, [0, 0, 1])
  })
})

describe('K4, recovery', () => {
  it('is to the earliest remedy in the same place, and open while there is none', () => {
    const { K4 } = kpis([
      deployed('a', 1),
      ['incident.opened', 3, { incident: 'i', impactStartedAt: START + 2 * HOUR }],
      ['incident.causeLinked', 3, { incident: 'i', deployment: 'a', confirmed: true }],
      ['incident.mitigated', 6, { incident: 'i' }],
      deployed('fix', 5, { remediates: 'a' }),
      deployed('elsewhere', 2, { remediates: 'a', environment: 'staging' }),
    ])
    assert.deepEqual(at(K4, 'value', 'n', 'open'), [3 * HOUR, 1, 0])
  })

  it('never makes up an end: too many open ones make it a survival median', () => {
    const failing = (id: string, start: number, end?: number) => [
      deployed(id, start),
      ['incident.opened', start, { incident: id }] as const,
      ['incident.causeLinked', start, { incident: id, deployment: id, confirmed: true }] as const,
      ...(end === undefined ? [] : [['incident.mitigated', end, { incident: id }] as const]),
    ]
    const lines = [...failing('a', 1, 2), ...failing('b', 10, 13), ...failing('c', 20)]
    const { K4 } = kpis(lines)
    assert.deepEqual(at(K4, 'value', 'n', 'open', 'estimator'), [3 * HOUR, 2, 1, 'kaplan-meier'])
    const { K4: two } = kpis([...failing('a', 1, 2), ...failing('b', 10), ...failing('c', 20)])
    assert.deepEqual(at(two, 'value', 'reason', 'open'), [null, 'n_too_small', 2])
  })

  it('clamps harm that ended before users met it, and says so', () => {
    const report = reported(
      told([
        deployed('a', 10),
        ['incident.opened', 1, { incident: 'i' }],
        ['incident.causeLinked', 11, { incident: 'i', deployment: 'a', confirmed: true }],
        ['incident.mitigated', 5, { incident: 'i' }],
      ]),
    )
    assert.equal(report.kpis['K4']?.value, 0)
    assert.deepEqual(report.anomalies, { incidentBeforeDeployment: 1, negativeRecovery: 1 })
  })
})

describe('K5, rework, and K6, success', () => {
  it('counts what was unplanned because of an incident', () => {
    const { K5 } = kpis([
      deployed('a', 1),
      deployed('b', 2, { isUnplanned: true, causedByIncident: 'i' }),
      deployed('c', 3, { isUnplanned: true }),
      deployed('d', 4, { kind: 'rollback' }),
      deployed('e', 5, { kind: 'hotfix', isUnplanned: false }),
    ])
    assert.deepEqual(at(K5, 'value', 'n'), [2 / 5, 5])
  })

  it('is of automation: what people or gates stopped is left out', () => {
    const { K6 } = kpis([
      deployed('a', 1, { attempt: 1, outcome: 'failed' }),
      deployed('a', 2, { attempt: 2 }),
      deployed('b', 3),
      deployed('c', 4, { outcome: 'timedOut' }),
      deployed('d', 5, { outcome: 'abortedByAnalysis' }),
      deployed('e', 6, { outcome: 'cancelledByUser' }),
    ])
    assert.deepEqual(at(K6, 'value', 'n'), [2 / 3, 3])
    assert.equal(K6?.['firstAttempt'] && (K6['firstAttempt'] as Answer).value, 1 / 3)
  })
})

it('tiers are those of then, and each has its target', () => {
  const { K1 } = kpis([
    ['service.registered', -10, { tier: 2 }],
    deployed('a', 1),
    ['service.changed', 5, { tier: 0 }],
    deployed('b', 6),
    deployed('c', 7, { service: 'stranger' }),
  ])
  const tiers = K1?.['tiers'] as unknown as Record<string, Answer>
  assert.deepEqual(
    Object.entries(tiers).map(([tier, { n }]) => [tier, n]),
    [
      ['0', 1],
      ['2', 1],
      ['unknown', 1],
    ],
  )
  assert.equal((tiers['0'] as unknown as { target: { value: number } }).target.value, 1 / 7)
})
