import { between, type Counted, isIn, none, type Window } from './answer.ts'
import type { Facts, RunFact } from './facts/facts.ts'
import { grouped } from './facts/told.ts'
import { medianOf, spreadOf } from './statistics.ts'

const DAY_MS = 86_400_000
const FAILED = new Set(['failed', 'error'])

interface Episode {
  readonly run: RunFact
  readonly failedAt: number
  readonly diagnosedAt: number | null
  /** When the next one was green, where nobody said what it was. */
  readonly greenAt: number | null
}

/**
 * K10, time to diagnose: from the failure of a run on the default or a release branch to its first
 * confirmed diagnosis: a person's, or the triage's when it was accepted or nobody said otherwise
 * for a day. Failures in a row with one class, or with the same failed tests, are one episode.
 * Median; open ones are counted and listed, and what the next green run suggests stands apart as
 * inferred.
 */
export function timeToDiagnose(facts: Facts, window: Window): Counted {
  if (facts.runs.length === 0) return none('no_source')
  const inside = episodesOf(facts, window.asOf).filter((one) => isIn(window, one.failedAt))
  // Who tells a run's jobs as planned names what causes it knows by itself.
  const hasSource =
    facts.told.of('failure.diagnosed').length > 0 ||
    facts.told.of('run.queued').some(({ tasks }) => tasks !== undefined)
  const inferred = inside.flatMap(({ failedAt, greenAt }) =>
    greenAt === null ? [] : [between(failedAt, greenAt)],
  )
  const proxy = { inferred: { p50: medianOf(inferred), n: inferred.length } }
  if (!hasSource) return none('no_source', proxy)
  if (inside.length === 0) return none('no_events', proxy)
  const done = inside.flatMap((one) =>
    one.diagnosedAt === null ? [] : [between(one.failedAt, one.diagnosedAt)],
  )
  const spread = spreadOf(done)
  const open = inside.filter(({ diagnosedAt }) => diagnosedAt === null)
  const oldest = Math.min(...open.map(({ failedAt }) => failedAt))
  return {
    answer: {
      value: spread.p50,
      ...(spread.p50 === null && { reason: 'no_events' as const }),
      n: done.length,
      p50: spread.p50,
      p90: spread.p90,
      mean: spread.mean,
      open: open.length,
      oldestOpenMs: open.length === 0 ? null : between(oldest, window.asOf),
      ...proxy,
    },
    parts: inside.map(({ run, failedAt, diagnosedAt }) => ({
      what: 'run' as const,
      id: run.run,
      at: failedAt,
      counts: diagnosedAt === null ? 'open' : 'diagnosed',
      ...(diagnosedAt !== null && { value: between(failedAt, diagnosedAt) }),
      from: run.from,
    })),
  }
}

function episodesOf(facts: Facts, asOf: number): readonly Episode[] {
  const runs = facts.runs.filter(({ isDefaultBranch, isRelease }) => isDefaultBranch || isRelease)
  const diagnoses = grouped(facts.told.of('failure.diagnosed'), ({ run }) => run)
  const failedTests = failedTestsOf(facts)
  const line = ({ repository, service, branch, template }: RunFact) =>
    [repository ?? service, branch, template].join('\n')
  const episodes: Episode[] = []
  for (const its of grouped(runs, line).values()) {
    let last: { signatures: ReadonlySet<string>; place: number } | undefined
    for (const [i, run] of its.entries()) {
      const failure = run.attempts.find(({ outcome }) => FAILED.has(outcome))
      if (run.outcome === 'succeeded' && failure === undefined) last = undefined
      if (failure === undefined) continue
      const words = diagnoses.get(run.run) ?? []
      const signatures = new Set(words.map((one) => `class ${one.class}`))
      const tests = failedTests.get(run.run)
      if (tests !== undefined) signatures.add(`tests ${tests}`)
      const diagnosedAt = confirmedAt(words, failure.finishedAt, asOf)
      const green = its.slice(i).find(({ outcome }) => outcome === 'succeeded')
      const before = last === undefined ? undefined : episodes[last.place]
      const isSame = last !== undefined && [...signatures].some((one) => last?.signatures.has(one))
      if (last !== undefined && before !== undefined && isSame) {
        const earliest = [before.diagnosedAt, diagnosedAt].filter((at) => at !== null)
        episodes[last.place] = {
          ...before,
          diagnosedAt: earliest.length === 0 ? null : Math.min(...earliest),
        }
        last = { signatures: new Set([...last.signatures, ...signatures]), place: last.place }
      } else {
        const greenAt = green?.finishedAt ?? null
        episodes.push({ run, failedAt: failure.finishedAt, diagnosedAt, greenAt })
        last = { signatures, place: episodes.length - 1 }
      }
      if (run.outcome === 'succeeded') last = undefined
    }
  }
  return episodes.sort((a, b) => a.failedAt - b.failedAt || (a.run.run < b.run.run ? -1 : 1))
}

/** By run, what failed, as one text. */
function failedTestsOf(facts: Facts): ReadonlyMap<string, string> {
  const failed = new Map<string, Set<string>>()
  for (const { run, configuration, tests } of facts.told.of('tests.reported'))
    for (const { test, outcome } of tests)
      if (outcome === 'failed')
        failed.set(run, (failed.get(run) ?? new Set()).add(`${configuration} ${test}`))
  return new Map([...failed].map(([run, its]) => [run, [...its].sort().join('\n')]))
}

interface Word {
  readonly occurredAt: number
  readonly class: string
  readonly task?: string
  readonly isConfirmed: boolean
}

/** Of two jobs each may have failed for a reason of its own. */
const isOfOther = ({ task }: Word, other: Word) =>
  task !== undefined && other.task !== undefined && task !== other.task

function confirmedAt(words: readonly Word[], failedAt: number, asOf: number): number | null {
  for (const word of words) {
    if (word.isConfirmed) return Math.max(failedAt, word.occurredAt)
    const until = word.occurredAt + DAY_MS
    const isContested = words.some(
      (other) =>
        other.class !== word.class &&
        !isOfOther(word, other) &&
        other.occurredAt >= word.occurredAt &&
        other.occurredAt < until &&
        other !== word,
    )
    if (asOf >= until && !isContested) return Math.max(failedAt, word.occurredAt)
  }
  return null
}
