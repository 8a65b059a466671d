/** Random logs: what laws about figures are tried on. */
import fc from 'fast-check'
import { HOUR, START } from './observations.ts'

const hour = fc.integer({ min: 0, max: 30 * 24 })
const at = hour.map((n) => START + n * HOUR)

const line = (type: string, fields: Record<string, fc.Arbitrary<unknown>>) =>
  fc.tuple(fc.constant(type), hour, fc.record(fields, { requiredKeys: Object.keys(fields) }))

/** Lines for `told`: a month of anything; with few names most of it hangs together. */
export function months(names: number, services = ['shop', 'till', 'stock']) {
  const few = fc.integer({ min: 0, max: names })
  const service = fc.constantFrom(...services)
  const repository = fc.constantFrom(...services.map((one) => `r${one}`), 'r')
  const sha = few.map((n) => `c${n}`)
  const deployment = few.map((n) => `d${n}`)
  const incident = few.map((n) => `i${n % 8}`)
  const version = few.map((n) => `1.${n % 4}`)
  const digest = few.map((n) => `x${n}`)
  return fc.array(
    fc.oneof(
      line('deployment.finished', {
        deployment,
        service,
        sha,
        digest,
        outcome: fc.constantFrom('succeeded', 'succeeded', 'failed', 'abortedByAnalysis'),
        kind: fc.constantFrom('normal', 'normal', 'hotfix', 'rollback'),
        isExposed: fc.boolean(),
      }),
      line('deployment.finished', {
        deployment,
        service,
        remediates: deployment,
        outcome: fc.constant('succeeded'),
      }),
      line('deployment.amended', {
        deployment,
        set: fc.record({ kind: fc.constantFrom('config', 'flag') }),
      }),
      line('deployment.voided', { deployment: fc.constantFrom('d0', 'd1') }),
      line('service.changed', { service, tier: fc.integer({ min: 0, max: 3 }) }),
      line('commit.pushed', {
        after: sha,
        before: sha,
        commits: fc.array(
          fc.record({
            sha,
            message: fc.oneof(
              fc.constant(''),
              sha.map((one) => `This reverts commit ${one}.`),
            ),
            patchId: fc.constantFrom('p', 'q', 'r', 's'),
          }),
          { minLength: 1, maxLength: 3 },
        ),
      }),
      line('incident.opened', { incident, service }),
      line('incident.causeLinked', { incident, deployment, isConfirmed: fc.boolean() }),
      line('incident.mitigated', { incident }),
      line('run.finished', {
        run: few.map((n) => `r${n}`),
        attempt: fc.integer({ min: 1, max: 3 }),
        sha,
        service,
        outcome: fc.constantFrom('succeeded', 'failed', 'cancelled', 'error'),
      }),
      line('tests.reported', {
        run: few.map((n) => `r${n}`),
        sha,
        tests: fc.constantFrom(
          [{ test: 't', outcome: 'passed' }],
          [{ test: 't', outcome: 'failed' }],
        ),
      }),
      line('failure.diagnosed', {
        run: few.map((n) => `r${n}`),
        class: fc.constantFrom('a', 'b'),
        isConfirmed: fc.boolean(),
      }),
      line('deployment.finished', {
        deployment,
        service,
        environment: fc.constantFrom('prod', 'elsewhere', 'live'),
        version: version,
        undoes: deployment,
        outcome: fc.constantFrom('succeeded', 'timedOut'),
      }),
      line('deployment.started', { deployment, service, sha }),
      line('service.changed', { service, dependsOn: fc.array(service, { maxLength: 2 }) }),
      line('service.changed', { service, repository, team: fc.constantFrom('a', 'b') }),
      line('environment.changed', {
        environment: fc.constantFrom('elsewhere', 'prod'),
        kind: fc.constantFrom('production', 'staging'),
      }),
      line('commit.pushed', {
        repository,
        after: sha,
        commits: fc.array(
          fc.record({ sha, parents: fc.array(sha, { maxLength: 2 }), committedAt: at }),
          { minLength: 1, maxLength: 2 },
        ),
      }),
      line('change.opened', { repository, change: few.map(String), author: fc.constant('a') }),
      line('change.merged', { repository, change: few.map(String), mergeSha: sha }),
      line('release.published', { service, version: version, sha }),
      line('release.published', { repository, version: version, sha }),
      line('artifact.published', {
        service,
        sha,
        digest,
        run: few.map((n) => `r${n}`),
        hasProvenance: fc.boolean(),
      }),
      line('incident.opened', { incident, service, environment: fc.constant('live') }),
      line('ticket.opened', { ticket: few.map(String), class: fc.constant('release-platform') }),
      line('survey.responded', { survey: fc.constant('s'), score: fc.integer({ min: 1, max: 5 }) }),
      line('snapshot.observed', {
        service,
        environment: fc.constant('prod'),
        digests: digest.map((one) => [one]),
      }),
      line('gate.evaluated', {
        run: few.map((n) => `r${n}`),
        check: fc.constantFrom('a', 'b'),
        verdict: fc.constantFrom('passed', 'skipped'),
      }),
      line('promotion.planned', {
        promotion: few.map((n) => `p${n}`),
        service,
        environment: fc.constantFrom('prod', 'live'),
        release: few.map((n) => `l${n}`),
      }),
      line('release.published', {
        service,
        version: version,
        sha,
        release: few.map((n) => `l${n}`),
        run: few.map((n) => `r${n}`),
        tickets: fc.constantFrom([], ['T-1']),
      }),
      line('gate.evaluated', {
        run: few.map((n) => `p${n}`),
        check: fc.constantFrom('a', 'b'),
        verdict: fc.constantFrom('passed', 'failed'),
        also: fc.constantFrom([], [{ check: 'c', verdict: 'passed' }]),
      }),
      line('run.queued', {
        run: few.map((n) => `r${n}`),
        attempt: fc.constant(1),
        service,
        tasks: fc.constantFrom([], [{ task: 'test', needs: [] }]),
      }),
      line('artifact.scanned', { service, digest }),
      line('vuln.detected', {
        cve: fc.constantFrom('v1', 'v2'),
        digests: fc.constant(['x1', 'x2']),
      }),
    ),
    { maxLength: 60 },
  )
}

/** Three services that share what they can. */
export const lines = months(12)
