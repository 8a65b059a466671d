import { type Counted, isIn, none, rate, type Window } from './answer.ts'
import type { Facts, Reference } from './facts/facts.ts'
import { referenceOf } from './facts/told.ts'

interface Told {
  readonly key: string
  readonly test: string
  readonly hasFailed: boolean
  readonly isQuarantined: boolean
}

/**
 * K9, flaky test rate: a test that both failed and passed on one commit in one configuration (job,
 * matrix and image) is a flake there. Of the runs that reported tests, the share with at least one,
 * those in quarantine left out; beside it the share of flaky tests among those executed (quarantine
 * included; a report that does not name what passed says how many ran), and the runs whose failures
 * were nothing but flakes.
 */
export function flakyTests(facts: Facts, window: Window): Counted {
  const reports = facts.told.of('tests.reported')
  if (reports.length === 0) return none('no_source')
  const shas = new Map(facts.runs.map(({ run, sha }) => [run, sha]))
  const outcomes = new Map<string, number>()
  const runs = new Map<string, { at: number; tests: Told[]; from: Reference[] }>()
  const counted = new Map<string, number>()
  for (const report of reports) {
    const { run, configuration, tests, occurredAt } = report
    const commit = report.sha ?? shas.get(run) ?? `run ${run}`
    const inside = isIn(window, occurredAt)
    const its = runs.get(run) ?? { at: occurredAt, tests: [], from: [] }
    for (const { test, outcome, isQuarantined = false } of tests) {
      if (outcome === 'skipped') continue
      const name = `${configuration}\n${test}`
      const key = `${commit}\n${name}`
      const hasFailed = outcome === 'failed'
      outcomes.set(key, (outcomes.get(key) ?? 0) | (hasFailed ? 1 : 2))
      if (inside) its.tests.push({ key, test: name, hasFailed, isQuarantined })
    }
    if (!inside) continue
    if (report.executed !== undefined)
      counted.set(configuration, Math.max(report.executed, counted.get(configuration) ?? 0))
    its.from.push(referenceOf(report))
    runs.set(run, its)
  }
  if (runs.size === 0) return none('no_events')
  const isFlake = ({ key }: Told) => outcomes.get(key) === 3
  const judged = [...runs].map(([run, its]) => ({ run, ...its, flakes: its.tests.filter(isFlake) }))
  const flaked = judged.filter(({ flakes }) => flakes.some((one) => !one.isQuarantined))
  const executed = executedOf(
    new Set(judged.flatMap(({ tests }) => tests.map(({ test }) => test))),
    counted,
  )
  const flaky = new Set(judged.flatMap(({ flakes }) => flakes.map(({ test }) => test)))
  const damaged = judged.filter(({ tests }) => {
    const failed = tests.filter(({ hasFailed }) => hasFailed)
    return failed.length > 0 && failed.every(isFlake)
  })
  return {
    answer: {
      ...rate(flaked.length, judged.length),
      runsWithFlakes: flaked.length,
      tests: { flaky: flaky.size, executed, ...rate(flaky.size, executed) },
      runsFailedOnlyByFlakes: damaged.length,
    },
    parts: judged.map(({ run, at, from, flakes }) => ({
      what: 'run' as const,
      id: run,
      at,
      counts: flakes.length === 0 ? 'no flake' : `flakes: ${namesOf(flakes)}`,
      from,
    })),
  }
}

/** By configuration: as many as were named, or as one report counted where that is more. */
function executedOf(named: ReadonlySet<string>, counted: ReadonlyMap<string, number>): number {
  const sums = new Map<string, number>()
  for (const test of named) {
    const [configuration = ''] = test.split('\n', 1)
    sums.set(configuration, (sums.get(configuration) ?? 0) + 1)
  }
  for (const [configuration, count] of counted)
    sums.set(configuration, Math.max(count, sums.get(configuration) ?? 0))
  return [...sums.values()].reduce((sum, count) => sum + count, 0)
}

const NAMED = 5
function namesOf(flakes: readonly Told[]): string {
  const names = [...new Set(flakes.map(({ test }) => test.replace('\n', ' ')))].sort()
  const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : ''
  return names.slice(0, NAMED).join(', ') + more
}
